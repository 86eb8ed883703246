import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DraftLine, type InvoiceCommand, invoiceDecider } from '../../domain/invoicing/decider.ts';
import type { InvoiceEvent } from '../../domain/invoicing/events.ts';
import { amountDue, type FinalInvoice, isFinal, unreleasedRest } from '../../domain/invoicing/state.ts';
import { isRefusal } from '../../domain/kernel/decider.ts';
import { addMillis, toMillis } from '../../domain/kernel/time.ts';
import { balancesOf } from '../ledger/posting-support.ts';
import { subscriptionLine } from '../support/events.ts';
import {
  april,
  cancelled,
  cents,
  creditUnused,
  goodwill,
  handOver,
  history,
  pay,
  refund,
  release,
  restOf,
  settle,
  spec,
  usageCredit,
  usageLine,
  voided,
  writeOff,
} from './support.ts';

const SPAN = toMillis(april.to) - toMillis(april.from);
const FAR = '2030-01-01T00:00:00.000Z';

const promotion: DraftLine = { kind: 'promotion', description: 'Promotional credit', amount: '-7.77' };
const INVOICES = [
  [subscriptionLine('299.00', april)],
  [subscriptionLine('0.01', april)],
  [subscriptionLine('0.00', april)],
  [usageLine('68.33', '68.334'), usageLine('57.50', '57.4999')],
  [subscriptionLine('99.00', april), usageLine('31.07', '31.071'), promotion],
];

interface Step {
  readonly name: string;
  /** Where in the month, and how much of what the invoice came to; both per mille. */
  readonly when: number;
  readonly share: number;
}

const NAMES = [
  ...['pay', 'pay', 'funds', 'goodwill', 'goodwill', 'release', 'release', 'refund', 'refundUnused'],
  ...['settle', 'fail', 'cancel', 'cancelRefund', 'pause', 'downgrade', 'freeze', 'unfreeze'],
  ...['writeOff', 'void', 'handOver', 'dunning', 'failure', 'creditUsage', 'creditUsage'],
];

const WHOLE = 1_000;
const step = (name: string) => ({
  name: fc.constant(name),
  when: fc.integer({ min: 0, max: 1_000 }),
  share: fc.oneof(fc.constant(WHOLE), fc.integer({ min: 1, max: 1_100 })),
});

/** Half of them begin with a payment of all of it. */
const steps = fc
  .tuple(
    fc.boolean(),
    fc.array(fc.oneof(...NAMES.map((name) => fc.record(step(name)))), { minLength: 1, maxLength: 12 }),
  )
  .map(([paid, rest]): Step[] => (paid ? [{ name: 'pay', when: 0, share: WHOLE }, ...rest] : rest));

function commandOf({ name, share }: Step, now: string, index: number, invoice: FinalInvoice): InvoiceCommand {
  const part = Math.max(1, Math.round((Number(invoice.total) * share) / 10)) / 100;
  const amount = part.toFixed(2);
  const left = invoice.schedules.reduce((sum, line) => sum + cents(unreleasedRest(line)), 0n);
  switch (name) {
    case 'pay':
      return pay(amount, now, 'card', `p-${index}`);
    case 'funds':
      return { type: 'applyFunds', effectiveAt: now, fundsId: `f-${index}`, wallet: amount, credit: '5.00' };
    case 'goodwill':
      return goodwill(amount, now, `cn-${index}`);
    case 'refund':
      return refund(amount, '0.00', now, 'card', `ref-${index}`);
    case 'refundUnused': {
      const net = Math.min(Number(left) / 100, Math.floor(part * 90) / 100);
      return refund(amount, net.toFixed(2), now, 'card', `ref-${index}`);
    }
    case 'settle':
    case 'fail': {
      const id = invoice.refunds[share % Math.max(1, invoice.refunds.length)]?.refundId ?? 'none';
      return settle(name === 'settle' ? 'settled' : 'failed', id, now);
    }
    case 'cancel':
    case 'cancelRefund':
      return cancelled(name === 'cancel' ? 'none' : 'unused', now);
    case 'pause':
      return creditUnused('pause', now);
    case 'downgrade':
      return creditUnused('change', now, restOf((Math.round(part * 50) / 100).toFixed(2), now));
    case 'creditUsage': {
      const usage = invoice.lines.filter(({ kind }) => kind === 'usage');
      const billed = total(usage.map((line) => line.amount)) - cents(invoice.creditedUsage);
      return usageCredit(Math.min(part, Number(billed) / 100).toFixed(2), `cn-${index}`, now);
    }
    case 'freeze':
      return { type: 'freezeSchedules', at: now };
    case 'unfreeze':
      return { type: 'unfreezeSchedules', at: now, to: addMillis(april.to, share * 1_000) };
    case 'writeOff':
      return writeOff(now);
    case 'void':
      return voided(now);
    case 'handOver':
      return handOver(now);
    case 'dunning':
      return { type: 'advanceDunning', step: 'past_due', now: addMillis(april.to, 1) };
    case 'failure':
      return { type: 'recordPaymentFailure', now, reason: 'declined', hard: share % 2 === 0 };
    default:
      return release(now);
  }
}

/** The commands at instants that do not run back, as far as they are accepted. */
function lived(lines: readonly DraftLine[], list: readonly Step[], check: (events: InvoiceEvent[]) => void) {
  const events: InvoiceEvent[] = [...history(lines)];
  let now = april.from;
  for (const [index, step] of list.entries()) {
    const at = addMillis(april.from, Math.floor((SPAN * step.when) / 1_000));
    if (at > now) now = at;
    const invoice = stateOf(events);
    const decision = invoiceDecider.decide(commandOf(step, now, index, invoice), invoice);
    if (isRefusal(decision)) continue;
    events.push(...decision);
    check(events);
  }
  return events;
}

function stateOf(events: readonly InvoiceEvent[]): FinalInvoice {
  const state = events.reduce(invoiceDecider.evolve, invoiceDecider.initialState);
  return isFinal(state) ? state : expect.unreachable('a final invoice');
}

const units = (balances: Record<string, string>, account: string) => cents(balances[account] ?? '0.00');
const total = (amounts: readonly string[]) => amounts.reduce((sum, amount) => sum + cents(amount), 0n);

/** What entries say of the invoice is what its state says. */
function expectTiedOut(events: readonly InvoiceEvent[]): void {
  const books = balancesOf(events);
  const invoice = stateOf(events);
  const due = invoice.status === 'uncollectible' ? 0n : cents(amountDue(invoice));
  expect(units(books, '1200'), '1200').toBe(due);
  const handedOver = total(
    events.flatMap((event) => (event.type === 'schedule.handed_over' ? [event.data.remainder] : [])),
  );
  expect(-units(books, '2100'), '2100').toBe(total(invoice.schedules.map(unreleasedRest)) + handedOver);
  const { tax, reversedTax, recoveredTax, status } = invoice;
  const owedTax = status === 'void' ? 0n : cents(tax) - cents(reversedTax) + cents(recoveredTax);
  expect(-units(books, '2300'), '2300').toBe(owedTax);
  const pending = invoice.refunds.filter((one) => one.status !== 'settled');
  expect(-units(books, '2220'), '2220').toBe(total(pending.map(({ amount }) => amount)));
  if (status === 'void') expect(books, 'of a void invoice').toEqual({});
}

function expectConsistent(events: readonly InvoiceEvent[]): void {
  const invoice = stateOf(events);
  const { status, tax, reversedTax, recoveredTax, dunning, total: billed, refundable } = invoice;
  const due = cents(amountDue(invoice));
  expect(due >= 0n && due <= cents(billed), `due ${due}`).toBe(true);
  if (status === 'paid') expect(due).toBe(0n);
  if (status === 'finalized' || status === 'past_due') {
    expect(due > 0n).toBe(true);
    expect(status).toBe(dunning === null ? 'finalized' : 'past_due');
  }
  const givenUp = cents(reversedTax) - cents(recoveredTax);
  expect(givenUp >= 0n && givenUp <= cents(tax), `${givenUp} cents of ${tax} reversed`).toBe(true);
  expect(cents(refundable) >= 0n).toBe(true);
  for (const line of invoice.schedules) {
    const open = cents(unreleasedRest(line));
    expect(open >= 0n && open <= cents(line.amount)).toBe(true);
  }
}

/** Nobody gets more out of an invoice than went into it. */
function expectNoGift(events: readonly InvoiceEvent[]): void {
  let put = 0n;
  let got = 0n;
  for (const { type, data } of events) {
    if (type === 'invoice.payment_received') put += cents(data.applied);
    if (type === 'invoice.payment_recovered') put += cents(data.net) + cents(data.tax);
    if (type === 'invoice.funds_applied') put += cents(data.wallet) + cents(data.credit);
    if (type === 'credit_note.issued') got += cents(data.toCredit);
    if (type === 'refund.created') got += cents(data.total);
  }
  expect(got <= put, `${got} given back of ${put}`).toBe(true);
}

test('whatever happens to an invoice, its entries and its state agree', () => {
  fc.assert(
    fc.property(fc.constantFrom(...INVOICES), steps, (lines, list) => {
      lived(lines, list, (events) => {
        expectTiedOut(events);
        expectConsistent(events);
        expectNoGift(events);
      });
    }),
    { numRuns: 500 },
  );
});

test('whatever happened, the last release leaves nothing deferred', () => {
  fc.assert(
    fc.property(fc.constantFrom(...INVOICES), steps, (lines, list) => {
      const events = lived(lines, [...list, { name: 'unfreeze', when: 1_000, share: 1 }], () => undefined);
      const closed = [
        ...events,
        ...spec
          .given(...events)
          .when(release(FAR))
          .events(),
      ];
      expectTiedOut(closed);
      expect(stateOf(closed).schedules.every((line) => cents(unreleasedRest(line)) === 0n)).toBe(true);
      const again = spec.given(...closed);
      again.when(release(FAR)).thenNothing();
    }),
    { numRuns: 300 },
  );
});

test('a change that credits nothing after a goodwill whose tax was rounded up has no negative tax (regression)', () => {
  const lines = INVOICES.at(-1) ?? [];
  const list: Step[] = [
    { name: 'goodwill', when: 0, share: 432 },
    { name: 'downgrade', when: 0, share: WHOLE },
    { name: 'release', when: WHOLE, share: WHOLE },
  ];
  expectTiedOut(lived(lines, list, expectTiedOut));
});
