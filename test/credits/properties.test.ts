import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Block, burn, burningOrder, unburn } from '../../domain/credits/burning.ts';
import type { CreditEvent } from '../../domain/credits/events.ts';
import type { CreditsState } from '../../domain/credits/state.ts';
import { eventDefinitions } from '../../domain/events.ts';
import { cents } from '../invoicing/support.ts';
import { balancesOf } from '../ledger/posting-support.ts';
import { History, step } from './history.ts';

const steps = fc.array(step, { minLength: 1, maxLength: 30 });
const total = (amounts: readonly string[]) => amounts.reduce((sum, amount) => sum + cents(amount), 0n);
const leftOf = (blocks: readonly Block[]) => total(blocks.map(({ left }) => left));

/** What an event gives to a fund and takes from it, in cents. */
function flow({ type, data }: CreditEvent): { wallet?: bigint; credit?: bigint; promotion?: bigint } {
  switch (type) {
    case 'wallet.topped_up':
      return { wallet: cents(data.amount) };
    case 'wallet.expired':
      return { wallet: -cents(data.amount) };
    case 'credit.added':
      return { credit: cents(data.amount) };
    case 'funds.used':
      return { wallet: -cents(data.wallet), credit: -cents(data.credit) };
    case 'funds.returned':
      return { wallet: cents(data.wallet), credit: cents(data.credit) };
    case 'credit.refund_requested':
      return { credit: -cents(data.amount) };
    case 'credit.granted':
    case 'promotion.returned':
      return { promotion: cents(data.amount) };
    case 'promotion.used':
    case 'grant.expired':
      return { promotion: -cents(data.amount) };
    default:
      return {};
  }
}

test('whatever happens, what came in is what went out and what is left, and nothing is ever below zero', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const sums = { wallet: 0n, credit: 0n, promotion: 0n };
      const history = new History('acme');
      history.onDecided = (event) => {
        expect(eventDefinitions[event.type].schema.parse(event.data)).toEqual(event.data);
        const moved = flow(event);
        for (const fund of ['wallet', 'credit', 'promotion'] as const) sums[fund] += moved[fund] ?? 0n;
      };
      for (const next of list) {
        history.run(next);
        const { credit, topUps, grants } = history.state;
        expect(sums).toEqual({ wallet: leftOf(topUps), credit: cents(credit), promotion: leftOf(grants) });
        for (const { left, amount } of [...topUps, ...grants]) {
          expect(cents(left)).toBeGreaterThanOrEqual(0n);
          expect(cents(left)).toBeLessThanOrEqual(cents(amount));
        }
        expect(cents(credit)).toBeGreaterThanOrEqual(0n);
      }
    }),
    { numRuns: 200 },
  );
});

test('whatever happens, the books owe what is left: 2210 the wallet, 2200 the credit balance, 2220 refunds', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const history = new History('acme');
      for (const next of list) {
        history.run(next);
        const books = balancesOf(history.events);
        const owed = (account: string) => -cents(books[account] ?? '0.00');
        const { credit, topUps, refunds } = history.state;
        expect(owed('2210')).toBe(leftOf(topUps));
        expect(owed('2200')).toBe(cents(credit));
        const payable = refunds.filter(({ status }) => status !== 'settled').map(({ amount }) => amount);
        expect(owed('2220')).toBe(total(payable));
      }
    }),
    { numRuns: 200 },
  );
});

/** Sorts as it is read: priority, expiry, id. */
const sortKey = ({ priority, expiresAt, id }: Block) =>
  `${String(priority).padStart(3, '0')} ${expiresAt ?? '9999'} ${id}`;

function expectOrder(event: CreditEvent, before: CreditsState): void {
  if (event.type !== 'funds.used' && event.type !== 'promotion.used') return;
  const [blocks, parts] =
    event.type === 'funds.used'
      ? [before.topUps, event.data.parts.map(({ topUpId: id, amount }) => ({ id, amount }))]
      : [before.grants, event.data.parts.map(({ grantId: id, amount }) => ({ id, amount }))];
  const usable = blocks
    .filter(({ left, expiresAt }) => left !== '0.00' && (expiresAt ?? '9999') > event.effectiveAt)
    .sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
  // A run of whole blocks from the first on; only the last one may be burnt in part.
  expect(parts.map(({ id }) => id)).toEqual(usable.slice(0, parts.length).map(({ id }) => id));
  for (const [index, { amount }] of parts.slice(0, -1).entries()) expect(amount).toBe(usable[index]?.left);
}

test('blocks are burnt in order, one after the other, and never after their end', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const history = new History('acme');
      history.onDecided = expectOrder;
      for (const next of list) history.run(next);
    }),
    { numRuns: 200 },
  );
});

const blocks = fc.uniqueArray(
  fc.record({
    id: fc.stringMatching(/^[a-d]{1,2}$/),
    left: fc.integer({ min: 0, max: 500 }).map((units) => (units / 100).toFixed(2)),
    amount: fc.constant('5.00'),
    priority: fc.integer({ min: 0, max: 2 }),
    expiresAt: fc.constantFrom(null, '2026-04-01T00:00:00.000Z', '2026-05-01T00:00:00.000Z'),
  }),
  { selector: ({ id }) => id },
);
const wanted = fc.integer({ min: 0, max: 2_000 });

test('burning reaches what was wanted or takes all there is; coming back undoes its end', () => {
  const at = '2026-04-01T00:00:00.000Z';
  fc.assert(
    fc.property(blocks, wanted, fc.double({ min: 0, max: 1, noNaN: true }), (list, units, share) => {
      const parts = burn(list, (units / 100).toFixed(2), at);
      const usable = list.filter(({ expiresAt }) => expiresAt === null || expiresAt > at);
      const burnt = total(parts.map(({ amount }) => amount));
      expect(burnt).toBe(leftOf(usable) < BigInt(units) ? leftOf(usable) : BigInt(units));
      const back = BigInt(Math.floor(Number(burnt) * share));
      const returned = unburn(parts, (Number(back) / 100).toFixed(2));
      expect(total(returned.map(({ amount }) => amount))).toBe(back);
      // What stays burnt is what burning the rest alone would have taken.
      const kept = new Map(parts.map(({ id, amount }) => [id, cents(amount)]));
      for (const { id, amount } of returned) kept.set(id, (kept.get(id) ?? 0n) - cents(amount));
      const again = burn(list, (Number(burnt - back) / 100).toFixed(2), at);
      const left = [...kept].filter(([, amount]) => amount > 0n);
      expect(left).toEqual(again.map(({ id, amount }) => [id, cents(amount)]));
    }),
  );
});

test('the order of burning is total: any shuffle sorts the same', () => {
  fc.assert(
    fc.property(blocks, (list) => {
      const sorted = list.toSorted(burningOrder);
      expect(list.toReversed().sort(burningOrder)).toEqual(sorted);
      expect(sorted.map(sortKey)).toEqual(list.map(sortKey).sort());
    }),
  );
});
