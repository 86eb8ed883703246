import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { DomainEvent } from '../../domain/events.ts';
import { creditsProjection } from '../../projections/credits/projection.ts';
import { CreditReads } from '../../projections/credits/reads.ts';
import { History, type Step, step } from '../credits/history.ts';
import { added, expired, granted, promotion, toppedUp, used } from '../credits/support.ts';
import { cents } from '../invoicing/support.ts';
import { balancesOf } from '../ledger/posting-support.ts';
import { stored } from '../support/events.ts';
import { createReadModels, cutAt, type ReadModels } from '../support/read-models.ts';

let models: ReadModels;
let reads: CreditReads;

beforeAll(async () => {
  models = await createReadModels(creditsProjection);
  reads = new CreditReads(models.pool);
});
beforeEach(() => models.reset(creditsProjection));
afterAll(() => models?.close());

const apply = (...events: DomainEvent[]) => models.apply(creditsProjection, stored(events));
const customers = ['acme', 'bolt', 'core'];

/** What happens to three customers, interleaved as in a log. */
function logOf(steps: readonly (readonly [number, Step])[]): DomainEvent[] {
  const histories = customers.map((id) => new History(id));
  const all: DomainEvent[] = [];
  for (const [who, next] of steps) {
    const history = histories[who % histories.length] as History;
    const before = history.events.length;
    history.run(next);
    all.push(...history.events.slice(before));
  }
  return all;
}

function applied(
  amounts: Readonly<Record<'wallet' | 'credit' | 'walletReturned' | 'creditReturned', string>>,
): DomainEvent {
  const ids = { invoiceId: 'inv', customerId: 'acme', fundsId: 'fnd-inv', currency: 'USD' };
  const data = { ...ids, ...amounts };
  return { type: 'invoice.funds_applied', data, effectiveAt: '2026-04-02T00:00:00.000Z' };
}

const ofCustomer = (events: readonly DomainEvent[], customerId: string) =>
  events.filter(({ data }) => 'customerId' in data && data.customerId === customerId);

const histories = fc.array(fc.tuple(fc.nat(2), step), { minLength: 1, maxLength: 40 });

describe('the read model', () => {
  test('of every customer is what the books owe, wherever the log stands', async () => {
    await fc.assert(
      fc.asyncProperty(histories, fc.double({ min: 0, max: 1, noNaN: true }), async (steps, share) => {
        await models.reset(creditsProjection);
        const log = logOf(steps);
        // Not after an overpayment that has not become credit: everything else holds at every position.
        let end = Math.ceil(log.length * share);
        while (log[end]?.type === 'credit.added') end += 1;
        const known = log.slice(0, end);
        await apply(...known);
        for (const customerId of customers) {
          const books = balancesOf(ofCustomer(known, customerId));
          const owed = (account: string) => -cents(books[account] ?? '0.00');
          const view = await reads.balanceOf(customerId);
          expect(cents(view.wallet) + cents(view.walletSetAside)).toBe(owed('2210'));
          expect(cents(view.credit) + cents(view.creditSetAside)).toBe(owed('2200'));
          const refunds = view.refunds.reduce((sum, { amount }) => sum + cents(amount), 0n);
          expect(refunds).toBe(owed('2220'));
          const left = (blocks: readonly { readonly remaining: string }[]) =>
            blocks.reduce((sum, { remaining }) => sum + cents(remaining), 0n);
          expect([left(view.topUps), left(view.grants)]).toEqual([cents(view.wallet), cents(view.promotion)]);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('is the same whatever the batches, and its movements add up to its balances', async () => {
    await fc.assert(
      fc.asyncProperty(histories, fc.array(fc.nat(60), { maxLength: 6 }), async (steps, cuts) => {
        const log = stored(logOf(steps));
        await models.reset(creditsProjection);
        await models.apply(creditsProjection, log);
        const whole = await models.dump(creditsProjection);
        await models.reset(creditsProjection);
        await models.apply(creditsProjection, ...cutAt(log, cuts));
        expect(await models.dump(creditsProjection)).toEqual(whole);
        const { rows } = await models.pool.query(
          `select a.customer_id, f.fund from read.credit_accounts a,
             lateral (values ('credit', a.credit), ('wallet', a.wallet), ('promotion', a.promotion))
               as f (fund, balance)
            where f.balance <> (select coalesce(sum(m.amount), 0) from read.credit_movements m
                                 where m.customer_id = a.customer_id and m.fund = f.fund)`,
        );
        expect(rows).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  test('shows what is left in order of burning, and what is set aside', async () => {
    const soon = { priority: 10, expiresAt: '2026-05-01T00:00:00.000Z' };
    await apply(
      toppedUp('a', '30.00'),
      toppedUp('b', '30.00', { priority: 10 }),
      toppedUp('c', '30.00', soon),
      granted('g', '5.00'),
      added('80.00'),
      used('inv', '35.00', '60.00', { c: '30.00', b: '5.00' }),
    );
    expect(await reads.balanceOf('acme')).toMatchObject({
      credit: '20.00',
      creditSetAside: '60.00',
      wallet: '55.00',
      walletSetAside: '35.00',
      promotion: '5.00',
      topUps: [
        { topUpId: 'b', amount: '30.00', remaining: '25.00', priority: 10 },
        { topUpId: 'a', remaining: '30.00', method: 'card' },
      ],
      grants: [{ grantId: 'g', reason: 'Launch' }],
      refunds: [],
    });
  });

  test('keeps aside what is neither applied nor returned', async () => {
    const events = [toppedUp('a', '50.00'), added('80.00'), used('inv', '35.00', '60.00', { a: '35.00' })];
    const taken = applied({
      wallet: '20.00',
      credit: '60.00',
      walletReturned: '15.00',
      creditReturned: '0.00',
    });
    await apply(...events, taken);
    expect(await reads.balanceOf('acme')).toMatchObject({
      credit: '20.00',
      creditSetAside: '0.00',
      wallet: '15.00',
      walletSetAside: '15.00',
    });
    const back = used('inv', '15.00', '0.00', { a: '15.00' }, 'funds.returned');
    await models.apply(creditsProjection, stored([...events, taken, back]).slice(events.length + 1));
    expect(await reads.balanceOf('acme')).toMatchObject({ wallet: '30.00', walletSetAside: '0.00' });
  });

  test('of a customer that nothing was ever held for is zero', async () => {
    expect(await reads.balanceOf('nobody')).toMatchObject({ credit: '0.00', wallet: '0.00', topUps: [] });
  });

  test('knows whose refund it is, and lists it until it is settled', async () => {
    const data = { customerId: 'acme', currency: 'USD', refundId: 'crf', amount: '10.00' };
    const at = '2026-04-02T00:00:00.000Z';
    const asked = { type: 'credit.refund_requested', data, effectiveAt: at } as const;
    const settled = { type: 'credit.refund_settled', data, effectiveAt: at } as const;
    await apply(added('10.00'), asked);
    expect((await reads.balanceOf('acme')).refunds).toEqual([
      { refundId: 'crf', amount: '10.00', status: 'requested', requestedAt: at },
    ]);
    expect(await reads.customerOfRefund('crf')).toBe('acme');
    expect(await reads.customerOfRefund('another')).toBeUndefined();
    await models.apply(creditsProjection, stored([added('10.00'), asked, settled]).slice(2));
    expect((await reads.balanceOf('acme')).refunds).toEqual([]);
  });

  test('says what ends, until it has', async () => {
    const may = '2026-05-01T00:00:00.000Z';
    const events = [
      toppedUp('a', '30.00', { expiresAt: may }),
      granted('g', '5.00', { expiresAt: may }),
      granted('h', '5.00', { expiresAt: '2026-06-01T00:00:00.000Z' }),
      toppedUp('b', '30.00'),
    ];
    await apply(...events);
    expect(await reads.expiries({ until: '2026-04-30T23:59:59.999Z' })).toEqual([]);
    expect(await reads.expiries({ until: may })).toEqual([{ subject: 'acme', at: may }]);
    expect(await reads.expiries({ until: may, after: { subject: 'aaa', at: may } })).toHaveLength(1);
    expect(await reads.expiries({ until: may, after: { subject: 'acme', at: may } })).toEqual([]);
    const ends = [expired('wallet.expired', 'a', '30.00', may), expired('grant.expired', 'g', '5.00', may)];
    await models.apply(creditsProjection, stored([...events, ...ends]).slice(events.length));
    expect(await reads.expiries({ until: may })).toEqual([]);
    expect(await reads.expiries({ until: '2027-01-01T00:00:00.000Z' })).toHaveLength(1);
  });

  test('stops at what cannot be: a block that does not exist, an invoice that nothing was set aside for', async () => {
    const uses = promotion('promotion.used', 'inv', '5.00', { g: '5.00' });
    await expect(apply(uses)).rejects.toThrow(/no block g/);
    const taken = applied({ wallet: '5.00', credit: '0.00', walletReturned: '0.00', creditReturned: '0.00' });
    await expect(apply(taken)).rejects.toThrow(/nothing was set aside/);
  });
});
