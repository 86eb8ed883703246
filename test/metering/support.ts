import type { MeterId } from '../../domain/catalogue/types.ts';
import {
  type MeteredTotal,
  type RatingCommand,
  ratingDecider,
} from '../../domain/metering/rating-decider.ts';
import { specification } from '../support/decider-spec.ts';
import { decided } from '../support/events.ts';

export const spec = specification(ratingDecider);

/** March 2026 of `acme`, as a specification's history. */
export function given(...commands: readonly RatingCommand[]) {
  return spec.given(...decided(ratingDecider, commands));
}

export const total = (meter: MeterId, quantity: bigint, included = 0n): MeteredTotal => ({
  meter,
  quantity,
  included,
});

export function accrue(
  now: string,
  totals: readonly MeteredTotal[],
  {
    overflow = true,
    countedThrough = 1,
    invoiceFinal = false,
  }: { overflow?: boolean; countedThrough?: number; invoiceFinal?: boolean } = {},
): RatingCommand {
  const usage = { customerId: 'acme', month: '2026-03', currency: 'USD' };
  return { type: 'accrueUsage', now, ...usage, countedThrough, totals, invoiceFinal, overflow };
}

export function bill(now: string, invoiceId = 'inv-march', period = '2026-03'): RatingCommand {
  return { type: 'billUsage', now, customerId: 'acme', month: '2026-03', invoiceId, period };
}

/** Used and included of the catalogue's golden example: a Growth customer with 1,625.00 of usage. */
export const GOLDEN: readonly MeteredTotal[] = [
  total('event.tracked', 25_000_000n, 5_000_000n),
  total('data.exported', 500_000n, 500_000n),
  total('api.called', 1_100_000n, 1_000_000n),
  total('email.sent', 350_000n, 50_000n),
  total('audience.activated', 350_000n, 50_000n),
  total('prediction.scored', 120_000n, 20_000n),
  total('sms.sent', 0n),
  total('profile.enriched', 22_500n, 2_500n),
  total('ai.brief_generated', 75n, 25n),
  total('model.trained', 2n),
];
