import { earlier, type Instant } from '../kernel/time.ts';
import type { TierSegment } from './state.ts';

/** A tier segment with its end, half-open; null: still running. Stretches do not overlap and are in order. */
export type Stretch = TierSegment & { readonly to: Instant | null };

/** Each segment ends where one that the log tells later begins; what is superseded from its start on falls away. */
export function stretchesOf(segments: readonly TierSegment[]): Stretch[] {
  const stretches: Stretch[] = [];
  let end: Instant | null = null;
  for (const segment of segments.toReversed()) {
    const { from } = segment;
    if (end !== null && from >= end) continue;
    stretches.push({ ...segment, to: end });
    end = end === null ? from : earlier(end, from);
  }
  return stretches.reverse();
}

/** True if usage at an instant is rated: on a subscription and not on trial. */
export function countsAt(stretches: readonly Stretch[], at: Instant): boolean {
  return stretches.findLast(({ from }) => from <= at)?.counts ?? false;
}
