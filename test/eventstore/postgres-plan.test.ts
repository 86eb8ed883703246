import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Append } from '../../eventstore/port.ts';
import { batchParameters } from '../../eventstore/postgres/batch.ts';
import { appendJson } from '../../eventstore/size.ts';
import { appendOf, freshStream, newEvents, taken } from './contract/support.ts';
import { createPostgresLog, type PostgresLog } from './postgres-support.ts';

const LOADED = 50_000;

describe('generic plan: made on an empty log, it stays good when the log is large', () => {
  let log: PostgresLog;

  beforeAll(async () => {
    log = await createPostgresLog();
  });
  afterAll(() => log.dispose());

  it.each([
    'where stream = $1 and revision >= $2 order by revision limit $3',
    'where event_id = $1',
    'where position > $1 order by position limit $2',
  ])('a reading whose plan is kept goes by index: %s', async (where) => {
    const { rows } = await log.owner.query(`explain (generic_plan) select * from log.events ${where}`);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toMatch(/Index Scan|Bitmap Index Scan/);
    expect(plan).not.toMatch(/Seq Scan/);
  });

  it('an append reads as few rows after 50,000 events as after two', async () => {
    const app = await log.connect('app');
    const hot = freshStream('hot');
    const known = appendOf(freshStream(), 'none', newEvents(1));
    await send(app, [appendOf(hot, 'any', newEvents(2)), known]);
    // One of each kind: hot stream, new stream, exact revision, events that stand in the log already.
    const probe = async () => {
      const before = await rowsRead(app);
      const answers = await send(app, [
        appendOf(hot, 'any', newEvents(1)),
        appendOf(freshStream(), 'none', newEvents(1)),
        appendOf(freshStream(), 7, newEvents(1)),
        known,
      ]);
      expect(answers.map(({ status }) => status)).toEqual([0, 0, 2, 1]);
      const after = await rowsRead(app);
      return { bySequence: after.bySequence - before.bySequence, byIndex: after.byIndex - before.byIndex };
    };
    const early = await probe();
    const store = log.open();
    for (let count = 0; count < LOADED; count += 10_000) {
      const appends = Array.from({ length: 100 }, (_, index) =>
        appendOf(index % 2 === 0 ? hot : freshStream(), 'any', newEvents(100)),
      );
      for (const result of await store.appendMany(appends)) taken(result);
    }
    const late = await probe();

    expect(early.bySequence).toBe(0);
    expect(late.bySequence).toBe(0);
    expect(late.byIndex).toBeLessThanOrEqual(early.byIndex + 4);
    expect(late.byIndex).toBeLessThan(40);
  });

  it('reads go by index, before and after the statistics are known', async () => {
    const reads = [
      'select * from log.events where position > 40000 order by position limit 1000',
      `select * from log.events where stream = 'x' and revision >= 3 order by revision`,
      'select coalesce(max(position), 0) as head from log.events',
      `select * from log.events where (stream, revision) in
         (select * from unnest(array['a', 'b'], array[1, 2])) order by position`,
    ];
    for (const analysed of [false, true]) {
      if (analysed) await log.owner.query('analyze log.events');
      for (const sql of reads) {
        const { rows } = await log.owner.query(`explain ${sql}`);
        const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
        expect(plan).toMatch(/Index (Only )?Scan|Bitmap Index Scan/);
        expect(plan).not.toMatch(/Seq Scan/);
      }
    }
  });
});

type Client = PostgresLog['owner'];

/** Calls log.append on this very connection, whose plans were made when the log was empty. */
async function send(client: Client, appends: readonly Append[]): Promise<{ status: number }[]> {
  const batch = appends.map((append) => ({
    append,
    json: appendJson(append),
    resolve: () => undefined,
    reject: () => undefined,
  }));
  const text = 'select status from log.append($1,$2,$3,$4,$5,$6,$7,$8,$9)';
  const { rows } = await client.query<{ status: number }>({
    name: 'a',
    text,
    values: batchParameters(batch),
  });
  return rows;
}

async function rowsRead(client: Client): Promise<{ bySequence: number; byIndex: number }> {
  await client.query('select pg_stat_force_next_flush()');
  const { rows } = await client.query(
    `select seq_tup_read::int as sequence, idx_tup_fetch::int as fetched,
            (select sum(idx_tup_read)::int from pg_stat_user_indexes where relid = t.relid) as read
       from pg_stat_user_tables t where relid = 'log.events'::regclass`,
  );
  return { bySequence: rows[0].sequence, byIndex: rows[0].fetched + rows[0].read };
}
