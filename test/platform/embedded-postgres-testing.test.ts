import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { createTestDatabase } from '../support/postgres.ts';
import { sweepTemporaryFolders } from '../support/temporary-folder.ts';
import { openInProcess, postmasterPid, query, untilGone } from './embedded-postgres-support.ts';

test('test databases are empty, apart from each other, and gone when dropped', async () => {
  const [one, other] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  await query(one.url, 'create table fact as select 42 as n');
  expect(await query(one.url, 'select n from fact')).toEqual([{ n: 42 }]);
  await expect(query(other.url, 'select n from fact')).rejects.toThrow('does not exist');
  const names = [one.url, other.url].map((url) => new URL(url).pathname.slice(1));
  await one.drop();
  await other.drop();
  const left = `select datname from pg_database where datname in (${names.map((name) => `'${name}'`).join()})`;
  expect(await query(inject('postgresUrl'), left)).toEqual([]);
});

test('what a killed test run left behind, server and folder, goes with the next run', async () => {
  const gone = await endedPid();
  const folder = join(tmpdir(), `aura-ledger-test-${gone}-left`);
  await mkdir(folder, { recursive: true });
  try {
    const left = await openInProcess(folder);
    const pid = await postmasterPid(folder);
    await left.kill();
    await query(left.url, 'select 1');
    await sweepTemporaryFolders();
    await untilGone(pid);
    expect(existsSync(folder)).toBe(false);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

/** The pid of a process that has been and gone. */
async function endedPid(): Promise<number> {
  const opener = await openInProcess('/dev/null');
  await opener.kill();
  return opener.process.pid ?? 0;
}
