import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { it } from 'vitest';
import { historyOf, type Kind, timeline } from './arbitrary-histories.ts';
import { DAY, monthAfter, startOf, textOf } from './calendar.ts';
import type { Cadence } from './naive-model.ts';
import { expectSame } from './report.ts';
import { runHistories } from './service-run.ts';
import { samples, shrunk } from './shrinking.ts';

/** Random months of so many customers, side by side in one log, from a month on. */
interface Run {
  readonly seed: number;
  readonly customers: number;
  readonly first: string;
  readonly months: number;
  /** Instants in each month at which something is asked. */
  readonly perMonth: number;
  readonly cadence?: Cadence;
  /** How often all that is owed is paid: fewer reminders, longer lives. */
  readonly payAll?: number;
}

/** How often each kind of command is asked, against the others. */
const WEIGHTS: Record<Kind, number> = {
  use: 6,
  change: 3,
  payAll: 4,
  pay: 2,
  resume: 2,
  correct: 2,
  invoice: 1,
  usageInvoice: 1,
  void: 1,
  writeOff: 1,
  attach: 1,
  cancel: 1,
  subscribe: 1,
  pause: 1,
  coupon: 1,
  credit: 1,
  refund: 1,
  settleRefund: 1,
  release: 1,
  price: 1,
  commit: 1,
  topUp: 1,
  grant: 1,
  refundCredit: 1,
  settleCreditRefund: 1,
};

async function check({ seed, customers, first, months, perMonth, cadence, payAll = 4 }: Run): Promise<void> {
  const [instants = []] = fc.sample(timeline(first, months, perMonth), { numRuns: 1, seed });
  const invoiced = Array.from({ length: months }, (_, index) => monthAfter(first, index + 1));
  const checks = invoiced.map((month) => textOf(startOf(month) + DAY));
  const histories = historyOf(instants, { ...WEIGHTS, payAll }, { maxSteps: 6 * months });
  const values = samples(histories, seed, customers);
  const outcomes = await runHistories(
    values.map(({ value }) => value),
    checks,
    cadence,
  );
  const failing = outcomes.findIndex((outcome) => outcome !== undefined);
  const [found, value] = [outcomes[failing], values[failing]];
  if (found === undefined || value === undefined) return;
  const failed = outcomes.filter((outcome) => outcome !== undefined).length;
  const smallest = await shrunk(histories, value, found, (all) => runHistories(all, checks, cadence));
  expectSame(smallest, `seed ${seed} from ${first}, ${failed} of ${customers} customers: `);
}

const anySeed = () => randomInt(1_000_000, 2 ** 31);
const leapWinter = { first: '2027-12', months: 4, perMonth: 3 };
const daily = { first: '2028-02', months: 1, perMonth: 6, cadence: 'daily' } as const;
const annualTerms = { first: '2027-02', months: 13, perMonth: 1, payAll: 12 };

/** MODEL_RUNS adds so many runs of each kind, with seeds that the log tells. */
const more = Number(process.env['MODEL_RUNS'] ?? 0);
const runs: readonly Run[] = [
  { seed: 1, customers: 20, ...leapWinter },
  { seed: 2, customers: 20, ...annualTerms },
  { seed: anySeed(), customers: 20, ...leapWinter },
  { seed: 3, customers: 20, ...daily },
  ...Array.from({ length: more }, () => [
    { seed: anySeed(), customers: 100, ...leapWinter, months: 6, perMonth: 4 },
    { seed: anySeed(), customers: 100, ...annualTerms, months: 27 },
    { seed: anySeed(), customers: 100, ...daily, months: 3 },
  ]).flat(),
];

it.each(runs)(
  'invoices, balances, recurring revenue, usage and status equal a naive model: seed $seed, $months months from $first',
  check,
  900_000,
);
