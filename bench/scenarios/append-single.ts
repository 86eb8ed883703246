import { PostgresEventStore } from '../../eventstore/postgres/store.ts';
import { latencyOf, runCallers } from '../callers.ts';
import { acknowledged, checkLog, fault } from '../checks.ts';
import type { BenchContext, Scenario } from '../context.ts';
import { CopyTwin, chunksOf } from '../copy-twin.ts';
import { range, usageAppend } from '../events.ts';
import { type Measurement, Tally } from '../measure.ts';

const LOG = 'log.events';
const ROWS_A_COMMIT = 1_000;

/** In the prototypes: 20,000 appends a second at 32 callers, where COPY wrote 89,000 rows a second. */
const EXPECTED_AT_32 = 20_000 / 89_000;

/** `ready` appends a second are made before the clock starts: more than any number of callers has asked for. */
const LEVELS = [
  { callers: 1, ready: 8_000 },
  { callers: 8, ready: 30_000 },
  { callers: 32, ready: 50_000, expectedRatio: EXPECTED_AT_32 },
  { callers: 64, ready: 60_000 },
];

/** One event an append, one append a call: 1, 8, 32 and 64 callers that wait for each answer. */
export const appendSingle: Scenario = {
  name: 'append-single',
  async run(context) {
    const measurements: Measurement[] = [];
    for (const level of LEVELS) measurements.push(await measure(context, level));
    return measurements;
  },
};

async function measure(
  { preset, freshDatabase }: BenchContext,
  level: (typeof LEVELS)[number],
): Promise<Measurement> {
  const database = await freshDatabase();
  const store = new PostgresEventStore({ url: database.url });
  const twin = await CopyTwin.create(database, [LOG]);
  const [appended, copied] = [new Tally(), new Tally()];
  const sent: string[] = [];
  const positions = new Set<number>();
  const times: number[] = [];
  try {
    for (let slice = 0; slice < preset.slices; slice += 1) {
      const after = sent.length;
      const appends = range(after, Math.ceil(level.ready * preset.appendSeconds), usageAppend);
      const run = await runCallers(
        level.callers,
        async (index) => {
          const append = appends[index];
          if (append !== undefined) positions.add(acknowledged(await store.append(append)));
        },
        { seconds: preset.appendSeconds, calls: appends.length },
      );
      appended.add(run.calls, run.seconds);
      times.push(...run.times);
      sent.push(...appends.slice(0, run.calls).flatMap(({ events }) => events.map(({ id }) => id)));
      const written = chunksOf(LOG, 'position', { after, through: sent.length }, ROWS_A_COMMIT);
      await twin.replay(copied, run.calls, written);
    }
    return {
      work: `append-single, ${level.callers} ${level.callers === 1 ? 'caller' : 'callers'}`,
      unit: 'events',
      rate: appended.perSecond,
      reference: { name: 'COPY, 1,000 rows a commit', rate: copied.perSecond },
      expectedRatio: level.expectedRatio,
      latency: latencyOf(times),
      faults: [
        ...(await checkLog(database.pool, sent)),
        ...fault(positions.size === sent.length, 'two appends were answered with one position'),
        ...fault((await twin.differences(LOG)) === 0, 'the reference wrote other rows'),
      ],
    };
  } finally {
    await store.close();
    await twin.close();
    await database.drop();
  }
}
