import fc from 'fast-check';
import { expect, it } from 'vitest';
import { historyOf, type Kind, timeline } from './arbitrary-histories.ts';
import { DAY, monthAfter, startOf, textOf } from './calendar.ts';
import { runHistories } from './service-run.ts';
import { samples, shrunk } from './shrinking.ts';

interface Run {
  readonly seed: number;
  readonly customers: number;
  readonly first: string;
  readonly months: number;
  readonly perMonth: number;
}

const weights: Partial<Record<Kind, number>> = { use: 6, change: 2, pay: 3, invoice: 1, attach: 1 };

async function check({ seed, customers, first, months, perMonth }: Run): Promise<void> {
  const [instants = []] = fc.sample(timeline(first, months, perMonth), { numRuns: 1, seed });
  const checks = Array.from({ length: months }, (_, index) =>
    textOf(startOf(monthAfter(first, index + 1)) + DAY),
  );
  const arbitrary = historyOf(instants, weights);
  const values = samples(arbitrary, seed, customers);
  const outcomes = await runHistories(
    values.map(({ value }) => value),
    checks,
  );
  const failing = outcomes.findIndex((outcome) => outcome !== undefined);
  if (failing === -1) return;
  const found = outcomes[failing];
  const value = values[failing];
  if (found === undefined || value === undefined) throw new Error('nothing failed');
  const smallest = await shrunk(arbitrary, value, found, (all) => runHistories(all, checks));
  const failed = outcomes.filter((outcome) => outcome !== undefined).length;
  const story = smallest.history.map(({ at, command }) => `  ${at} ${JSON.stringify(command)}`).join('\n');
  const message = `seed ${seed}, ${failed} of ${customers} differ, first at ${smallest.at}:\n${story}`;
  expect(smallest.actual, message).toEqual(smallest.expected);
}

const RUNS: readonly Run[] = [{ seed: 1, customers: 40, first: '2027-12', months: 4, perMonth: 4 }];

it.each(RUNS)('books, invoices and access of random months equal a naive model: %o', check, 600_000);
