import { afterAll, beforeAll, expect, it } from 'vitest';
import { Collector } from './contract/collector.ts';
import { appendOf, freshStream, newEvents } from './contract/support.ts';
import { createPostgresLog, type PostgresLog } from './postgres-support.ts';

let log: PostgresLog;
beforeAll(async () => {
  log = await createPostgresLog();
});
afterAll(() => log.dispose());

it('what another process appends while nobody listens is found by polling, by all who follow', async () => {
  const reader = log.open();
  const writer = log.open();
  const collectors = [new Collector(reader, 0), new Collector(reader, 0)];
  await writer.append(appendOf(freshStream(), 'none', newEvents(1)));
  for (const one of collectors) await one.until(() => one.events.length === 1);
  // The reader's ear is gone at the moment of the append, and comes back after it.
  await log.terminate('aura-listen');
  await writer.append(appendOf(freshStream(), 'none', newEvents(2)));
  for (const one of collectors) await one.until(() => one.events.length === 3);
  for (const one of collectors) {
    await one.stop();
    expect(one.events.map(({ position }) => position)).toEqual([1, 2, 3]);
  }
});
