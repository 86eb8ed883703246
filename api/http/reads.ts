import { ProblemError } from '../problems/problem.ts';
import { preferredWaitMs } from './headers.ts';
import type { ReadPositions, WireRequest } from './types.ts';

export interface ReadWish {
  readonly minPosition: number | undefined;
  /** How long to wait when the caller does not say. */
  readonly readWaitMs: number;
  readonly request: WireRequest;
}

/**
 * Waits until the projections have reached what the caller wants to see. With `minPosition` an answer from
 * before it is never given; with `Prefer: wait` alone the wait is for the head of the log, and a preference only.
 * @returns a position that the answer is sure to reflect; undefined where no projection is read
 * @throws ProblemError `read-model-behind`
 */
export async function awaitReads(
  projections: readonly string[],
  reads: ReadPositions,
  wish: ReadWish,
): Promise<number | undefined> {
  if (projections.length === 0) return undefined;
  const preferredMs = preferredWaitMs(wish.request);
  if (wish.minPosition !== undefined) {
    const waitMs = preferredMs ?? wish.readWaitMs;
    if (!(await reads.waitFor(projections, wish.minPosition, waitMs))) {
      throw new ProblemError(
        'read-model-behind',
        `The answer is not yet as of position ${wish.minPosition}.`,
        {
          headers: { 'Retry-After': '1' },
        },
      );
    }
  } else if (preferredMs !== undefined) {
    await reads.waitFor(projections, await reads.head(), preferredMs);
  }
  return reads.current(projections);
}
