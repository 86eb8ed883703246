import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { voidInvoice } from '../../commands/adjustments.ts';
import { credits, customers, invoices } from '../../commands/aggregate.ts';
import { type CommandContext, wasRefused } from '../../commands/context.ts';
import {
  expireCredits,
  grantCredit,
  refundCreditBalance,
  settleCreditRefund,
  topUpWallet,
} from '../../commands/credits.ts';
import { following } from '../../commands/envelope.ts';
import { runFollowUps } from '../../commands/follow-ups.ts';
import { usePromotions } from '../../commands/funds.ts';
import { recordInvoicePayment } from '../../commands/payments.ts';
import { type RecordedEvent, recordedFrom } from '../../commands/pipeline.ts';
import { settled } from '../../commands/settled.ts';
import { sumOf } from '../../domain/credits/burning.ts';
import type { CreditsState } from '../../domain/credits/state.ts';
import { promotionLine } from '../../domain/invoicing/lines.ts';
import { amountDue } from '../../domain/invoicing/state.ts';
import { usageLine } from '../invoicing/support.ts';
import { subscriptionLine } from '../support/events.ts';
import {
  type CommandSide,
  createCommandSide,
  envelope,
  followUps,
  registration,
  wholeLog,
} from './support.ts';

let side: CommandSide;
let first: CommandContext;
let second: CommandContext;
let customerId: string;
let count = 0;

const march = { from: '2026-03-01T00:00:00.000Z', to: '2026-04-01T00:00:00.000Z' };
const usd = { currency: 'USD' } as const;

beforeAll(async () => {
  side = await createCommandSide();
  // Two processes on one log: each folds streams for itself.
  first = side.open().context;
  second = side.open().context;
});
afterAll(() => side.dispose());

beforeEach(async () => {
  count += 1;
  customerId = `cus_${count}`;
  side.now = '2026-03-10T12:00:00.000Z';
  await first.pipeline.execute(
    customers,
    customerId,
    registration(side.now, customerId),
    envelope(`register ${customerId}`),
  );
});

const key = (name: string) => envelope(`${customerId} ${name}`);

/** Makes an invoice final; what follows is left to the caller. Net of 8 % tax. */
async function finalize(
  context: CommandContext,
  invoiceId: string,
  fee: string,
  usage?: string,
  promotion?: string,
) {
  const id = `${customerId}-${invoiceId}`;
  const lines = [
    subscriptionLine(fee, march),
    ...(usage === undefined ? [] : [usageLine(usage)]),
    ...(promotion === undefined ? [] : [promotionLine(promotion)]),
  ];
  const header = { invoiceId: id, customerId, kind: 'monthly', period: null, taxRate: '0.08' } as const;
  const command = { type: 'finalizeInvoice', effectiveAt: side.now, ...header, ...usd, lines } as const;
  return context.pipeline.execute(invoices, id, command, key(`finalize ${invoiceId}`));
}

async function bill(context: CommandContext, invoiceId: string, fee: string, usage?: string): Promise<void> {
  const outcome = await finalize(context, invoiceId, fee, usage);
  if (outcome.kind === 'accepted') await settled(context, outcome);
}

const pay = (context: CommandContext, invoiceId: string, amount: string, name = 'pay') =>
  recordInvoicePayment(
    context,
    { invoiceId: `${customerId}-${invoiceId}`, amount, ...usd, method: 'card' },
    key(`${name} ${invoiceId}`),
  );

/** Credit by way of an overpaid invoice of 10.80. */
async function overpay(context: CommandContext, amount: string): Promise<void> {
  await bill(context, 'first', '10.00');
  await pay(context, 'first', `${10.8 + Number(amount)}`);
}

const topUp = (context: CommandContext, amount: string, name = 'top up', expiresAt: string | null = null) =>
  topUpWallet(context, { customerId, amount, ...usd, method: 'card', priority: 50, expiresAt }, key(name));

async function held(): Promise<CreditsState> {
  return (await side.open().context.pipeline.state(credits, customerId, 'fresh')).state;
}

async function due(invoiceId: string): Promise<string> {
  const { state } = await side.open().context.pipeline.state(invoices, `${customerId}-${invoiceId}`, 'fresh');
  return 'total' in state ? amountDue(state) : expect.unreachable('no invoice');
}

/** All that follows from what the log holds for the customer, as the reactor runs it, any number of times. */
async function followAll(context: CommandContext): Promise<void> {
  const log = (await wholeLog(context.store)).filter(({ metadata }) => metadata.customerId === customerId);
  await runFollowUps(
    followUps,
    log.filter(({ type }) => type !== 'customer.registered').map(recordedFrom),
    context,
  );
}

describe('funds', () => {
  it('of an overpayment pay the next invoice that becomes final, and only once', async () => {
    await overpay(first, '25.00');
    expect((await held()).credit).toBe('25.00');
    await bill(second, 'next', '100.00');
    expect([await due('next'), (await held()).credit]).toEqual(['83.00', '0.00']);
    const head = await first.store.head();
    for (const context of [first, second]) await followAll(context);
    expect(await first.store.head()).toBe(head);
  });

  it('are not spent twice by two invoices that become final at once, in two processes', async () => {
    await overpay(first, '100.00');
    await topUp(first, '50.00');
    const bills = ['a', 'b', 'c', 'd'].map((invoiceId, index) =>
      bill(index % 2 === 0 ? first : second, invoiceId, '40.00', '40.00'),
    );
    await Promise.all(bills);
    const { credit, topUps, uses } = await held();
    expect([credit, topUps[0]?.left]).toEqual(['0.00', '0.00']);
    const sum = (amounts: readonly string[]) => amounts.reduce((total, amount) => total + Number(amount), 0);
    expect([sum(uses.map(({ parts }) => sumOf(parts))), sum(uses.map((use) => use.credit))]).toEqual([
      50, 100,
    ]);
    const open = await Promise.all(['a', 'b', 'c', 'd'].map(due));
    expect(sum(open)).toBeCloseTo(4 * 86.4 - 150, 6);
  });

  it('that come after an invoice has become final do not pay it, whenever that is followed up', async () => {
    const final = await finalize(first, 'early', '100.00', '100.00');
    await overpay(first, '25.00');
    await topUp(first, '25.00');
    if (final.kind === 'accepted') await settled(second, final);
    await followAll(second);
    expect([await due('early'), (await held()).credit]).toEqual(['216.00', '25.00']);
  });

  it('that were there before it had do, even if that is followed up by another process, later', async () => {
    await overpay(first, '25.00');
    await finalize(first, 'late', '100.00');
    side.now = '2026-03-11T12:00:00.000Z';
    await followAll(second);
    expect(await due('late')).toBe('83.00');
    const [applied] = (await wholeLog(first.store)).filter(
      ({ type, metadata }) => type === 'invoice.funds_applied' && metadata.customerId === customerId,
    );
    expect(applied?.metadata.effectiveAt).toBe('2026-03-10T12:00:00.000Z');
  });

  it('that the invoice does not need any more come back', async () => {
    await overpay(first, '30.00');
    await topUp(first, '40.00');
    const final = await finalize(first, 'raced', '0.00', '50.00');
    if (final.kind === 'refused') return expect.unreachable('an invoice');
    const used = await setAside(final.events[0]);
    expect(await held()).toMatchObject({ credit: '16.00', topUps: [{ left: '0.00' }] });
    await pay(first, 'raced', '44.00');
    await settled(second, used);
    expect(await due('raced')).toBe('0.00');
    expect(await held()).toMatchObject({ credit: '30.00', topUps: [{ left: '30.00' }] });
    const head = await first.store.head();
    await followAll(first);
    expect(await first.store.head()).toBe(head);
  });

  /** Follows up an invoice up to what is set aside for it, and stops there, as a crash does. */
  async function setAside(event: RecordedEvent | undefined) {
    const stopped: CommandContext = { ...first, settle: async () => 0 };
    if (event === undefined) return expect.unreachable('an invoice');
    await runFollowUps(followUps, [event], stopped);
    const stream = await first.store.readStream(credits.stream(customerId));
    const last = stream.at(-1) ?? expect.unreachable('nothing set aside');
    return { events: [recordedFrom(last)], position: last.position };
  }

  it('do not pay after they have ended, though no job has said so', async () => {
    await topUp(first, '40.00', 'top up', '2026-03-11T00:00:00.000Z');
    side.now = '2026-03-11T00:00:00.000Z';
    await bill(first, 'too-late', '0.00', '10.00');
    expect([await due('too-late'), (await held()).topUps[0]?.left]).toEqual(['10.80', '40.00']);
    await expireCredits(second, customerId, side.now);
    expect((await held()).topUps[0]?.left).toBe('0.00');
  });
});

describe('promotional credit', () => {
  const grant = (amount: string) =>
    grantCredit(
      first,
      { customerId, amount, ...usd, reason: 'Launch', priority: 50, expiresAt: null },
      key('grant'),
    );

  it('lowers an invoice once, whoever asks and however often', async () => {
    await grant('30.00');
    const usage = { customerId, invoiceId: `${customerId}-inv`, usageNet: '20.00', at: side.now };
    const answers = await Promise.all([first, second, first].map((context) => usePromotions(context, usage)));
    expect(answers).toEqual(['20.00', '20.00', '20.00']);
    expect(await usePromotions(second, { ...usage, usageNet: '99.00' })).toBe('20.00');
    expect((await held()).grants[0]?.left).toBe('10.00');
    expect(await usePromotions(first, { ...usage, invoiceId: `${customerId}-more` })).toBe('10.00');
    expect(await usePromotions(first, { ...usage, invoiceId: `${customerId}-most` })).toBe('0.00');
  });

  it('of an invoice that is voided comes back, once, by the reversed entry', async () => {
    await grant('30.00');
    const invoiceId = `${customerId}-inv`;
    await usePromotions(first, { customerId, invoiceId, usageNet: '20.00', at: side.now });
    await finalize(first, 'inv', '10.00', '20.00', '20.00');
    await voidInvoice(first, { invoiceId, reason: 'Sent in error' }, key('void'));
    await followAll(second);
    expect((await held()).grants[0]?.left).toBe('30.00');
    const stream = await first.store.readStream(credits.stream(customerId));
    const entries = stream.flatMap(({ metadata }) => metadata.entry?.postings ?? []);
    expect(entries.map(({ side: on, account, amount }) => `${on} ${account} ${amount}`)).toEqual([
      'Dr 4910 20.00',
      'Cr 1210 20.00',
      'Dr 1210 20.00',
      'Cr 4910 20.00',
    ]);
  });

  it('used for an invoice that becomes final without it, later, comes back too; one with it keeps it', async () => {
    await grant('30.00');
    const usage = { customerId, usageNet: '15.00', at: side.now };
    for (const name of ['with', 'without']) {
      await usePromotions(first, { ...usage, invoiceId: `${customerId}-${name}` });
    }
    await finalize(second, 'with', '10.00', '15.00', '15.00');
    await bill(second, 'without', '10.00', '15.00');
    expect((await held()).grants[0]?.left).toBe('15.00');
    await followAll(first);
    expect((await held()).promotions.map(({ returned }) => returned)).toEqual([false, true]);
  });

  it('used for an invoice that another process has made final without it comes back', async () => {
    await grant('30.00');
    const usage = { customerId, usageNet: '20.00', at: side.now };
    await usePromotions(first, { ...usage, invoiceId: `${customerId}-open` });
    await finalize(second, 'final', '10.00', '20.00');
    await usePromotions(first, { ...usage, invoiceId: `${customerId}-final` });
    expect((await held()).grants[0]?.left).toBe('0.00');
    for (const context of [first, second]) await followAll(context);
    const { grants, promotions } = await held();
    expect(grants[0]?.left).toBe('10.00');
    expect(promotions.map(({ parts, returned }) => [sumOf(parts), returned])).toEqual([
      ['20.00', false],
      ['10.00', true],
    ]);
  });

  it('is nothing where nothing was granted, and nothing is recorded', async () => {
    const usage = { customerId, invoiceId: `${customerId}-inv`, usageNet: '20.00', at: side.now };
    expect(await usePromotions(first, usage)).toBe('0.00');
    expect(await first.store.readStream(credits.stream(customerId))).toEqual([]);
  });
});

describe('a refund of the credit balance', () => {
  const ask = (context: CommandContext, amount: string, name = 'refund') =>
    refundCreditBalance(context, { customerId, amount, ...usd }, key(name));

  it('is asked for once with one key, and by two at once only as far as the balance reaches', async () => {
    await overpay(first, '24.11');
    const [one, other] = await Promise.all([
      ask(first, '20.00', 'refund one'),
      ask(second, '20.00', 'refund other'),
    ]);
    const codes = [one, other].map((result) => (wasRefused(result) ? result.code : result.result.status));
    expect(codes.sort()).toEqual(['insufficient-credit', 'requested']);
    const name = wasRefused(one) ? 'refund other' : 'refund one';
    expect(await ask(second, '20.00', name)).toMatchObject({ replayed: true });
    expect((await held()).credit).toBe('4.11');
  });

  it('settles, fails and settles again', async () => {
    await overpay(first, '24.11');
    const asked = await ask(first, '24.11');
    if (wasRefused(asked)) return expect.unreachable('a refund');
    const { refundId } = asked.result;
    const settle = (outcome: 'settled' | 'failed', name: string) =>
      settleCreditRefund(first, customerId, refundId, outcome, key(name));
    for (const [index, outcome] of (['settled', 'failed', 'failed', 'settled'] as const).entries()) {
      expect(await settle(outcome, `settle ${index}`)).toMatchObject({
        result: { refundId, customerId, status: outcome, amount: '24.11', currency: 'USD' },
      });
    }
    const stream = await first.store.readStream(credits.stream(customerId));
    expect(stream.map(({ type, metadata }) => `${type} ${metadata.entry?.template ?? 'memo'}`)).toEqual([
      'credit.added memo',
      'credit.refund_requested REF-4@1',
      'credit.refund_settled REF-2@1',
      'credit.refund_failed REF-5@1',
      'credit.refund_settled REF-2@1',
    ]);
    expect(await settle('settled', 'settle again')).toMatchObject({ code: 'refund-settled' });
    const unknown = await settleCreditRefund(first, customerId, 'crf_none', 'settled', key('none'));
    expect(unknown).toMatchObject({ code: 'refund-not-found' });
  });
});

it('credit derives its identity from the payment that it comes from', async () => {
  await overpay(first, '25.00');
  const [added] = await first.store.readStream(credits.stream(customerId));
  const paid = (await first.store.readStream(`invoice-${customerId}-first`)).at(-1);
  if (paid === undefined) return expect.unreachable('a payment');
  expect(added?.metadata.commandId).toBe(following({ ...paid.metadata, id: paid.id }, 'addCredit').commandId);
  expect(added?.metadata.causationId).toBe(paid.id);
});
