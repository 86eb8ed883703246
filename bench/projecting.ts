import type { Append } from '../eventstore/port.ts';
import { PostgresEventStore } from '../eventstore/postgres/store.ts';
import { createLogger } from '../platform/logging.ts';
import type { Projection } from '../projections/projection.ts';
import { startProjector } from '../projections/runtime/projector.ts';
import { checkLog, fault } from './checks.ts';
import type { BenchContext } from './context.ts';
import { type Chunk, CopyTwin } from './copy-twin.ts';
import type { BenchDatabase } from './database.ts';
import { fill } from './fill.ts';
import { type Measurement, Tally } from './measure.ts';

/** Catch-up of one projection from the log, beside COPY of the rows it has written. */
export interface CatchUp {
  readonly work: string;
  readonly projection: Projection;
  readonly expectedRatio: number | undefined;
  makeEvent(index: number): Append;
  /** What COPY takes for the events between two positions. */
  rowsOf(after: number, through: number): readonly Chunk[];
  /** Tables that batch after batch changes: COPY takes their rows once, after the last slice. */
  readonly changedTables: readonly string[];
  /** What must hold after `events` events. */
  check(database: BenchDatabase, events: number): Promise<string[]>;
}

/** The live runtime's own batch size, and that of the reference's transactions. */
const BATCH = 5_000;
/** The runtime's transactions do not wait for the disk: their checkpoint goes with them. */
const AS_THE_RUNTIME = 'set local synchronous_commit = off';

export async function measureCatchUp(
  { preset, freshDatabase }: BenchContext,
  catchUp: CatchUp,
): Promise<Measurement> {
  const database = await freshDatabase();
  const store = new PostgresEventStore({ url: database.url });
  const tables = [...new Set([...catchUp.rowsOf(0, 1).map(({ table }) => table), ...catchUp.changedTables])];
  const twin = await CopyTwin.create(database, tables);
  const [projected, copied] = [new Tally(), new Tally()];
  const sent: string[] = [];
  try {
    for (let slice = 0; slice < preset.slices; slice += 1) {
      const after = sent.length;
      for (const id of await fill(store, after, preset.projectedEvents, catchUp.makeEvent)) sent.push(id);
      await projected.time(preset.projectedEvents, () => catchUpOnce(database, store, catchUp.projection));
      const batches = batchesBetween(after, sent.length).map(({ from, to }) => catchUp.rowsOf(from, to));
      await twin.replay(copied, preset.projectedEvents, batches, AS_THE_RUNTIME);
    }
    const rest = catchUp.changedTables.map((table) => ({ table, where: 'true', orderBy: '1, 2, 3' }));
    await twin.replay(copied, 0, [rest], AS_THE_RUNTIME);
    const differing: string[] = [];
    for (const table of tables) {
      const rows = await twin.differences(table);
      differing.push(...fault(rows === 0, `the reference wrote ${rows} other rows into ${table}`));
    }
    return {
      work: catchUp.work,
      unit: 'events',
      rate: projected.perSecond,
      reference: { name: 'COPY, 5,000 events a commit', rate: copied.perSecond },
      expectedRatio: catchUp.expectedRatio,
      latency: undefined,
      faults: [
        ...differing,
        ...(await checkLog(database.pool, sent)),
        ...(await catchUp.check(database, sent.length)),
      ],
    };
  } finally {
    await store.close();
    await twin.close();
    await database.drop();
  }
}

/** From a projector's start to the moment the read model contains the whole log. */
async function catchUpOnce(
  database: BenchDatabase,
  store: PostgresEventStore,
  projection: Projection,
): Promise<void> {
  const log = createLogger({ level: 'silent' });
  const projector = startProjector({ store, url: database.url, projections: [projection], log });
  try {
    await projector.drained(await store.head());
  } finally {
    await projector.stop();
  }
}

function batchesBetween(after: number, through: number): { from: number; to: number }[] {
  const batches: { from: number; to: number }[] = [];
  for (let from = after; from < through; from += BATCH)
    batches.push({ from, to: Math.min(from + BATCH, through) });
  return batches;
}
