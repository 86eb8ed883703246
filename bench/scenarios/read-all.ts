import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { to } from 'pg-copy-streams';
import type { StoredEvent } from '../../eventstore/port.ts';
import { PostgresEventStore } from '../../eventstore/postgres/store.ts';
import { createClient } from '../../platform/postgres.ts';
import { checkLog, fault } from '../checks.ts';
import type { Scenario } from '../context.ts';
import { invoiceAppend, usageAppend } from '../events.ts';
import { fill } from '../fill.ts';
import { Tally } from '../measure.ts';

const BATCH = 5_000;

/** The whole log in batches of 5,000 events as objects; beside it COPY of the same rows to us, as bytes. */
export const readAll: Scenario = {
  name: 'read-all',
  async run({ preset, freshDatabase }) {
    const database = await freshDatabase();
    const store = new PostgresEventStore({ url: database.url });
    const client = createClient({ url: database.url, name: 'bench', as: 'owner' });
    const [read, copied] = [new Tally(), new Tally()];
    const faults: string[] = [];
    try {
      await client.connect();
      const half = Math.floor(preset.readEvents / 2);
      const sent = [
        ...(await fill(store, 0, half, usageAppend)),
        ...(await fill(store, 0, preset.readEvents - half, invoiceAppend)),
      ];
      for (let slice = 0; slice < preset.slices; slice += 1) {
        const ids = new Set<string>();
        let last = 0;
        let isDense = true;
        await read.time(sent.length, () =>
          readWhole(store, ({ id, position }) => {
            ids.add(id);
            isDense &&= position === last + 1;
            last = position;
          }),
        );
        await copied.time(sent.length, () => copyOut(client));
        faults.push(
          ...fault(isDense && last === sent.length, `the positions read are not 1 to ${sent.length}`),
          ...fault(ids.size === sent.length && sent.every((id) => ids.has(id)), 'other events were read'),
        );
      }
      return [
        {
          work: 'read-all, 5,000 a batch',
          unit: 'events',
          rate: read.perSecond,
          reference: { name: 'COPY to the client', rate: copied.perSecond },
          expectedRatio: undefined,
          latency: undefined,
          faults: [...faults, ...(await checkLog(database.pool, sent))],
        },
      ];
    } finally {
      await client.end();
      await store.close();
      await database.drop();
    }
  },
};

/** One batch ahead, as projections and rebuilds read. */
async function readWhole(store: PostgresEventStore, seen: (event: StoredEvent) => void): Promise<void> {
  let next = store.readAll(0, BATCH);
  for (let events = await next; events.length > 0; events = await next) {
    next = store.readAll(events[events.length - 1]?.position ?? 0, BATCH);
    for (const event of events) seen(event);
  }
}

function copyOut(client: ReturnType<typeof createClient>): Promise<void> {
  const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
  return pipeline(client.query(to('copy (select * from log.events order by position) to stdout')), sink);
}
