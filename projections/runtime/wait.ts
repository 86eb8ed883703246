import type pg from 'pg';
import { exhaustMap, filter, firstValueFrom, map, merge, type Observable, takeUntil, timer } from 'rxjs';

const POLL_MS = 20;

/** Positions that read models have reached, from their checkpoints; one that never ran is left out. */
export async function readPositions(
  pool: pg.Pool,
  projections: readonly string[],
): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ projection: string; position: string }>(
    'select projection, position from ops.checkpoints where projection = any($1)',
    [projections],
  );
  return new Map(rows.map((row) => [row.projection, Number(row.position)]));
}

/**
 * Waits until all the read models contain everything up to a log position, whichever process writes them.
 * @param progress says when it is worth looking again at once
 * @returns false if that did not happen within `timeoutMs`; with 0 it looks once
 */
export async function waitForPosition(
  positions: () => Promise<ReadonlyMap<string, number>>,
  projections: readonly string[],
  position: number,
  timeoutMs: number,
  progress?: Observable<unknown>,
): Promise<boolean> {
  const reached = async () => {
    const now = await positions();
    return projections.every((name) => (now.get(name) ?? 0) >= position);
  };
  if (await reached()) return true;
  const wakeUps = merge(timer(POLL_MS, POLL_MS), ...(progress === undefined ? [] : [progress]));
  return firstValueFrom(
    wakeUps.pipe(
      exhaustMap(reached),
      filter((done) => done),
      map(() => true),
      takeUntil(timer(timeoutMs)),
    ),
    { defaultValue: false },
  );
}

/** `waitForPosition` for a process without a projector: it watches the checkpoints. */
export function waitForCheckpoints(
  pool: pg.Pool,
  projections: readonly string[],
  position: number,
  timeoutMs: number,
): Promise<boolean> {
  return waitForPosition(() => readPositions(pool, projections), projections, position, timeoutMs);
}
