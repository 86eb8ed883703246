import fc from 'fast-check';
import { DAY, endOf, HOUR, MINUTE, monthAfter, SECOND, startOf, textOf } from './calendar.ts';
import type { Command, History } from './history.ts';
import { CONTRACTS, type Cycle, hasTrial, METERS, type Price, TIERS } from './prices.ts';

const tier = fc.constantFrom(...TIERS);
const cycle: fc.Arbitrary<Cycle> = fc.oneof(
  { weight: 3, arbitrary: fc.constant('monthly') },
  { weight: 1, arbitrary: fc.constant('annual') },
);
const method = fc.constantFrom('card' as const, 'ach' as const, 'bank_transfer' as const);
const trialDays = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.constantFrom(14, 1, 30) },
);
const pick = fc.nat(5);
const contract = fc.option(fc.constantFrom(...CONTRACTS), { freq: 2 });
const kind = <Do extends Command['do']>(name: Do) => fc.constant(name);

/** A contract is refused for most tiers. */
const rarely = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });

const signUp = fc
  .record({
    do: kind('signUp'),
    tier,
    cycle,
    trialDays,
    taxRate: fc.constantFrom('0', '0.08', '0.19', '0.0825', '0.077'),
    taxInclusive: fc.oneof(fc.constant(false), fc.boolean()),
    paymentMethod: fc.boolean(),
    contract,
  })
  .map((asked) => ({
    ...asked,
    trialDays: hasTrial(asked.tier) ? asked.trialDays : 0,
    contract: asked.tier === 'enterprise' ? asked.contract : null,
  }));

const quantity = fc.oneof(
  fc.integer({ min: 1, max: 10 }),
  fc.integer({ min: 1, max: 1_500_000 }),
  fc.integer({ min: 1, max: 30_000_000 }),
);
const factId = fc.integer({ min: 1, max: 40 }).map((id) => `f${id}`);
const held = <Do extends 'topUp' | 'grant'>(what: Do) =>
  fc.record({
    do: kind(what),
    amount: fc.constantFrom('10.00', '0.37', '300.00', '25000.00'),
    priority: fc.nat(2),
    days: fc.constantFrom(null, 1, 20, 45, 0),
    method,
  });
const use = fc
  .record({
    do: kind('use'),
    id: factId,
    meter: fc.constantFrom(...METERS),
    quantity,
    ago: fc.oneof(
      fc.constant(null),
      fc.integer({ min: 0, max: (36 * DAY) / SECOND }),
      fc.integer({ min: -400, max: 400 }),
    ),
    key: fc.constantFrom('a', 'b', 'c'),
  })
  // Fifty dollars for a training run and two for a brief: a few of them are plenty.
  .map((fact) => (fact.meter === 'model.trained' ? { ...fact, quantity: (fact.quantity % 5) + 1 } : fact));

export const commands = {
  use,
  change: fc.record({
    do: kind('change'),
    tier,
    cycle: fc.option<Cycle>(cycle),
    at: fc.constantFrom(null, 'now' as const, 'periodEnd' as const),
    prorate: fc.oneof(
      { weight: 3, arbitrary: fc.constant('invoice' as const) },
      { weight: 1, arbitrary: fc.constant('nextInvoice' as const) },
    ),
    contract: rarely(contract),
  }),
  pay: fc.record({ do: kind('pay'), pick, how: fc.constantFrom('full', 'full', 'part', 'over'), method }),
  payAll: fc.record({ do: kind('payAll'), method }),
  invoice: fc.record({ do: kind('invoice'), back: fc.integer({ min: 0, max: 3 }) }),
  usageInvoice: fc.record({ do: kind('usageInvoice'), back: fc.integer({ min: 0, max: 2 }) }),
  void: fc.record({ do: kind('void'), pick }),
  writeOff: fc.record({ do: kind('writeOff'), pick }),
  attach: fc.record({ do: kind('attach') }),
  cancel: fc.record({
    do: kind('cancel'),
    at: fc.constantFrom('now' as const, 'periodEnd' as const),
    refund: fc.constantFrom('none' as const, 'unused' as const),
  }),
  subscribe: fc.record({ do: kind('subscribe'), tier, cycle, trialDays, contract: rarely(contract) }),
  pause: fc.record({ do: kind('pause') }),
  resume: fc.record({ do: kind('resume') }),
  coupon: fc.record({
    do: kind('coupon'),
    id: fc.constantFrom('spring', 'autumn'),
    percentOff: fc.constantFrom('20', '33.33', '100', '7.5'),
    months: fc.constantFrom(null, 1, 2, 12),
  }),
  credit: fc.record({ do: kind('credit'), pick, percent: fc.integer({ min: 1, max: 110 }) }),
  refund: fc.record({
    do: kind('refund'),
    pick,
    percent: fc.integer({ min: 1, max: 110 }),
    undelivered: fc.constantFrom(0, 10, 50, 100),
    method,
  }),
  correct: fc.record({
    do: kind('correct'),
    meter: fc.constantFrom(...METERS),
    quantity: fc.oneof(
      fc.integer({ min: -30, max: 30 }),
      fc.integer({ min: -2_000_000, max: 2_000_000 }),
      fc.integer({ min: -30_000_000, max: 0 }),
    ),
    ago: fc.integer({ min: 0, max: 100 }),
  }),
  release: fc.record({ do: kind('release'), id: factId }),
  price: fc.record({
    do: kind('price'),
    meter: fc.constantFrom(...METERS),
    price: fc.constantFrom<Price | null>(
      null,
      { per: 'each', steps: [[Infinity, '0.0013']] },
      { per: 'package', size: 500, price: '0.7' },
      {
        per: 'all',
        steps: [
          [1_000, '0.01'],
          [Infinity, '0.001'],
        ],
      },
      {
        per: 'each',
        steps: [
          [10, '1'],
          [1_000_000, '0.000000005'],
          [Infinity, '0.0001'],
        ],
      },
    ),
    back: fc.integer({ min: -1, max: 3 }),
  }),
  commit: fc.record({
    do: kind('commit'),
    amount: fc.constantFrom(null, '50.00', '1234.56', '20000.00'),
    back: fc.integer({ min: -1, max: 2 }),
  }),
  topUp: held('topUp'),
  grant: held('grant'),
  refundCredit: fc.record({ do: kind('refundCredit'), percent: fc.constantFrom(0, 30, 100, 101) }),
  settleCreditRefund: fc.record({
    do: kind('settleCreditRefund'),
    outcome: fc.constantFrom('settled' as const, 'failed' as const),
  }),
  settleRefund: fc.record({
    do: kind('settleRefund'),
    pick,
    outcome: fc.constantFrom('settled' as const, 'failed' as const),
  }),
} satisfies Record<string, fc.Arbitrary<Command>>;

export type Kind = keyof typeof commands;

/** The instants of a run: the customers' steps meet there, so that many of them share a clock. */
export function timeline(first: string, months: number, perMonth: number): fc.Arbitrary<readonly string[]> {
  const ofMonth = (month: string) => {
    const [start, end] = [startOf(month), endOf(month)];
    const somewhere = fc.integer({ min: 0, max: (end - start) / SECOND - 1 }).map((s) => start + s * SECOND);
    const notable = fc.constantFrom(
      start,
      start + SECOND,
      start + 13 * HOUR + 7 * MINUTE,
      start + DAY,
      start + DAY + SECOND,
      start + 14 * DAY,
      end - 3 * DAY + 12 * HOUR,
      end - DAY,
      end - SECOND,
    );
    const instant = fc.oneof({ weight: 2, arbitrary: somewhere }, { weight: 1, arbitrary: notable });
    return fc.uniqueArray(instant, { minLength: perMonth, maxLength: perMonth });
  };
  const all = Array.from({ length: months }, (_, index) => ofMonth(monthAfter(first, index)));
  return fc.tuple(...all).map((times) =>
    times
      .flat()
      .sort((a, b) => a - b)
      .map(textOf),
  );
}

/** A customer's months: a sign-up and then so many steps, each at one of the instants. */
export function historyOf(
  instants: readonly string[],
  weights: Partial<Record<Kind, number>>,
  { minSteps = 0, maxSteps = 16 } = {},
): fc.Arbitrary<History> {
  const weighted = Object.entries(weights).map(([name, weight]) => ({
    weight,
    arbitrary: commands[name as Kind] as fc.Arbitrary<Command>,
  }));
  const place = fc.nat(instants.length - 1);
  const step = fc.record({ place, command: fc.oneof(...weighted) });
  return fc
    .record({
      start: fc.nat(Math.max(0, Math.floor(instants.length / 2))),
      signUp,
      steps: fc.array(step, { minLength: minSteps, maxLength: maxSteps, size: 'max' }),
    })
    .map(({ start, signUp: command, steps }) => [
      { at: instants[start] ?? '', command },
      ...steps
        .filter((one) => one.place >= start)
        .sort((a, b) => a.place - b.place)
        .map((one) => ({ at: instants[one.place] ?? '', command: one.command })),
    ]);
}
