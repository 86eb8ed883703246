import { centsString, decimal, fromMicros, microsToCents, toMicros } from '../kernel/money.ts';
import type { Instant, Month } from '../kernel/time.ts';
import type { CreditedLine, RatingEvent } from './events.ts';
import { asStrings, minus, NOTHING_CREDITED, type RatingState, ZERO } from './rating-state.ts';

/** Credits what final invoices billed of the month beyond what is accrued. */
export interface CreditUsage {
  readonly type: 'creditUsage';
  readonly now: Instant;
  readonly customerId: string;
  readonly month: Month;
  readonly currency: string;
  /** Of the invoices that bill the month, those that are final: others are credited once they are. */
  readonly finalInvoices: ReadonlySet<string>;
}

type UsageCredited = Extract<RatingEvent, { type: 'usage.credited' }>;

/** Meters of which more is billed than accrued, with the difference in micros. */
export function overbilled({ accrued, billed }: RatingState): Map<string, bigint> {
  const excess = [...billed].map(
    ([meter, { amount }]) => [meter, amount - (accrued.get(meter)?.amount ?? 0n)] as const,
  );
  return new Map(excess.filter(([, amount]) => amount > 0n));
}

/**
 * The excess of each meter goes to the invoices that billed it, the newest first and none beyond what it billed. What
 * stays billed on a line is the rest of its accrual in cents, half-even, so that the last credit closes it to zero.
 */
export function creditUsage(command: CreditUsage, state: RatingState): UsageCredited[] {
  const { customerId, month, currency, finalInvoices, now } = command;
  const byInvoice = new Map<string, CreditedLine[]>();
  for (const [meter, amount] of overbilled(state)) {
    let excess = amount;
    // The counts close with the first part: money alone is spread.
    let units = minus(state.billed.get(meter) ?? ZERO, state.accrued.get(meter) ?? ZERO);
    for (const invoiceId of [...state.bills.keys()].reverse()) {
      const left = finalInvoices.has(invoiceId) ? stillBilled(state, invoiceId, meter) : undefined;
      if (left === undefined || left.accrued <= 0n || excess <= 0n) continue;
      const part = smaller(left.accrued, excess);
      const credited = left.billed - microsToCents(left.accrued - part);
      const money = { accrued: fromMicros(part), credited: centsString(decimal(fromMicros(credited))) };
      byInvoice.set(invoiceId, [
        ...(byInvoice.get(invoiceId) ?? []),
        { meter, ...asStrings(units), ...money },
      ]);
      excess -= part;
      units = ZERO;
    }
  }
  return [...byInvoice].map(([invoiceId, lines]) => ({
    type: 'usage.credited',
    data: { customerId, month, invoiceId, currency, lines },
    effectiveAt: now,
  }));
}

/** What an invoice bills of a meter after earlier credits, in micros; undefined if it bills none. */
function stillBilled(state: RatingState, invoiceId: string, meter: string) {
  const line = state.bills.get(invoiceId)?.find((billed) => billed.meter === meter);
  if (line === undefined) return undefined;
  const before = state.credits.get(invoiceId)?.get(meter) ?? NOTHING_CREDITED;
  return {
    accrued: toMicros(line.accrued) - before.figures.amount,
    billed: toMicros(line.billed) - before.credited,
  };
}

function smaller(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}
