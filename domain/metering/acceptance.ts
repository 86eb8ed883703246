import { addMillis, DAY_MS, type Instant } from '../kernel/time.ts';

const ACCEPTED_BACK_MS = 35 * DAY_MS;
const ACCEPTED_AHEAD_MS = 5 * 60_000;

/**
 * Why a fact is quarantined: it happened more than 35 days before now, or is dated more than 5 minutes ahead
 * (catalogue, metering defaults). Undefined inside the window, both ends included.
 */
export function outsideWindow(occurredAt: Instant, now: Instant): 'too-old' | 'in-the-future' | undefined {
  if (occurredAt < addMillis(now, -ACCEPTED_BACK_MS)) return 'too-old';
  return occurredAt > addMillis(now, ACCEPTED_AHEAD_MS) ? 'in-the-future' : undefined;
}
