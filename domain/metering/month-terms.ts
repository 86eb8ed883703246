import { catalogueAt, isTier } from '../catalogue/catalogue.ts';
import type { Tier } from '../catalogue/types.ts';
import { earlier, type Month, monthEnd, monthStart } from '../kernel/time.ts';
import type { Stretch } from '../subscriptions/stretches.ts';
import { type AllowanceSegment, overflowsToPaid } from './allowance.ts';

/** What a month's usage is held against. */
export interface MonthTerms {
  /** The tier that the month ends on, as far as is known; null without a subscription. */
  readonly tier: Tier | null;
  /** Whether usage above the allowance is paid for. */
  readonly overflow: boolean;
  /** Time on each tier up to the month's end: the present tier is assumed to stay. */
  readonly segments: readonly AllowanceSegment[];
}

export function monthTerms(stretches: readonly Stretch[], month: Month, paymentMethod: boolean): MonthTerms {
  const end = monthEnd(month);
  const segments = stretches.flatMap(({ tier, from, to, counts }): AllowanceSegment[] =>
    from < end && isTier(tier) ? [{ tier, from, to: earlier(to ?? end, end), counts }] : [],
  );
  const tier = segments.at(-1)?.tier ?? null;
  const overflow = overflowsToPaid(catalogueAt(monthStart(month)), tier, paymentMethod);
  return { tier, overflow, segments };
}
