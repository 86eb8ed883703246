import { PostgresEventStore } from '../../eventstore/postgres/store.ts';
import { latencyOf, runCallers } from '../callers.ts';
import { acknowledged, checkLog, fault } from '../checks.ts';
import type { BenchContext, Scenario } from '../context.ts';
import { CopyTwin, chunksOf } from '../copy-twin.ts';
import { range, usageAppend } from '../events.ts';
import { type Measurement, Tally } from '../measure.ts';

const LOG = 'log.events';
const BATCH = 1_000;
/** In the prototypes: 60 % of COPY. */
const EXPECTED = 0.6;

/** 1,000 appends of one event to many streams in each call, as usage comes in; one call at a time, and two. */
export const appendBatch: Scenario = {
  name: 'append-batch-1000',
  async run(context) {
    return [await measure(context, 1), await measure(context, 2)];
  },
};

async function measure({ preset, freshDatabase }: BenchContext, callers: number): Promise<Measurement> {
  const database = await freshDatabase();
  const store = new PostgresEventStore({ url: database.url });
  const twin = await CopyTwin.create(database, [LOG]);
  const [appended, copied] = [new Tally(), new Tally()];
  const sent: string[] = [];
  const times: number[] = [];
  try {
    for (let slice = 0; slice < preset.slices; slice += 1) {
      const after = sent.length;
      const batches = range(0, preset.batches, (batch) => range(after + batch * BATCH, BATCH, usageAppend));
      const call = async (index: number) => {
        const results = await store.appendMany(batches[index] ?? []);
        for (const result of results) acknowledged(result);
      };
      const run = await runCallers(callers, call, { calls: batches.length });
      appended.add(run.calls * BATCH, run.seconds);
      times.push(...run.times);
      sent.push(...batches.flat().flatMap(({ events }) => events.map(({ id }) => id)));
      const written = chunksOf(LOG, 'position', { after, through: sent.length }, BATCH);
      await twin.replay(copied, run.calls * BATCH, written);
    }
    return {
      work: `append-batch-1000, ${callers} in flight`,
      unit: 'events',
      rate: appended.perSecond,
      reference: { name: 'COPY, 1,000 rows a commit', rate: copied.perSecond },
      expectedRatio: EXPECTED,
      latency: latencyOf(times),
      faults: [
        ...(await checkLog(database.pool, sent)),
        ...fault((await twin.differences(LOG)) === 0, 'the reference wrote other rows'),
      ],
    };
  } finally {
    await store.close();
    await twin.close();
    await database.drop();
  }
}
