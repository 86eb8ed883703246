import { z } from 'zod';
import { addMonths, type Instant } from '../../domain/kernel/time.ts';
import type { MovementFilter } from '../../projections/mrr/filter.ts';
import type { Slice } from '../../projections/revenue/slice.ts';

export const drillDown = z
  .strictObject({
    operationId: z.enum(['listJournalEntries', 'listMrrMovements', 'listReceivables', 'listFinanceInputs']),
    parameters: z.record(z.string(), z.union([z.string(), z.int(), z.boolean()])),
    sum: z
      .string()
      .describe(
        'Member of the items that adds up to the figure over all pages; with a minus sign, reversed.',
      ),
  })
  .meta({ id: 'DrillDown' });

export type DrillDown = z.output<typeof drillDown>;

type Parameters = Readonly<Record<string, string | number | boolean | undefined>>;

function drill(operationId: DrillDown['operationId'], parameters: Parameters, sum: string): DrillDown {
  const given = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return { operationId, parameters: Object.fromEntries(given), sum };
}

/** What a figure shows: credits less debits, or debits less credits. */
type Sign = 'credits' | 'debits';
const SUM = { credits: '-matched', debits: 'matched' } as const;

/** The entries of a slice. */
export function drillToEntries(slice: Slice, sign: Sign): DrillDown {
  const { from, to } = slice;
  const months =
    from === to && from !== undefined
      ? { period: from }
      : {
          from: from === undefined ? undefined : `${from}-01`,
          to: to === undefined ? undefined : `${addMonths(to, 1)}-01`,
        };
  return drill('listJournalEntries', { ...months, ...postingsOf(slice) }, SUM[sign]);
}

/** The entries of a slice that were posted on a day: `2026-01-31`. */
export function drillToDay(slice: Slice, day: string, sign: Sign): DrillDown {
  const next = Temporal.PlainDate.from(day).add({ days: 1 }).toString();
  return drill('listJournalEntries', { from: day, to: next, ...postingsOf(slice) }, SUM[sign]);
}

function postingsOf(slice: Slice): Parameters {
  const { accounts, customerId, revenueStream, serviceMonth, meter, eventTypes } = slice;
  const orNone = (value: string | undefined) => (value === '' ? 'none' : value);
  return {
    account: accounts.join(','),
    customerId,
    revenueStream,
    servicePeriod: orNone(serviceMonth),
    meter: orNone(meter),
    type: eventTypes?.join(','),
  };
}

/** The entries of an account, up to an instant, exclusive: a balance. */
export function drillToBalance(
  account: string,
  {
    to,
    stream,
    customerId,
  }: { readonly to?: Instant; readonly stream?: string; readonly customerId?: string },
  sign: Sign,
): DrillDown {
  return drill('listJournalEntries', { account, to, stream, customerId }, SUM[sign]);
}

/** The movements that make a recurring amount, as `delta.mrr` shows it or `delta.arr` says exactly. */
export function drillToMovements(filter: MovementFilter): DrillDown {
  return drill('listMrrMovements', { ...filter }, 'delta.arr');
}

export function drillToReceivables(parameters: Parameters): DrillDown {
  return drill('listReceivables', parameters, 'open');
}
