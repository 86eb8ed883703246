import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startEmbeddedPostgres } from '../../platform/embedded-postgres/index.ts';
import { removeTemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { openInProcess, postmasterPid, query, untilGone } from './embedded-postgres-support.ts';

let dataDir: string;
const log = () => undefined;

beforeEach(async () => {
  dataDir = await temporaryFolder();
});

afterEach(() => removeTemporaryFolder(dataDir));

async function killServer(): Promise<number> {
  const pid = await postmasterPid(dataDir);
  process.kill(pid, 'SIGKILL');
  await untilGone(pid);
  return pid;
}

/** Asks until the server answers again. */
async function queryWhenBack(url: string, sql: string): Promise<unknown[]> {
  for (;;) {
    const rows = await query(url, sql).catch(() => undefined);
    if (rows !== undefined) return rows;
    await sleep(50);
  }
}

test('a server that dies under its owner comes back at the same address, every time, with what was committed', async () => {
  const owner = await startEmbeddedPostgres({ dataDir, log });
  await query(owner.url, 'create table fact (n int)');
  for (const n of [1, 2]) {
    await query(owner.url, `insert into fact values (${n})`);
    const killed = await killServer();
    const rows = await queryWhenBack(owner.url, 'select n from fact order by n');
    expect(rows).toEqual([{ n: 1 }, { n: 2 }].slice(0, n));
    expect(await postmasterPid(dataDir)).not.toBe(killed);
  }
  const last = await postmasterPid(dataDir);
  await owner.stop();
  await untilGone(last);
  await expect(query(owner.url, 'select 1')).rejects.toThrow('ECONNREFUSED');
});

test('so does one that was adopted', async () => {
  const first = await openInProcess(dataDir);
  await query(first.url, 'create table fact (n int)');
  await first.kill();
  const heir = await startEmbeddedPostgres({ dataDir, log });
  expect(heir).toMatchObject({ owned: true, url: first.url });
  await killServer();
  expect(await queryWhenBack(heir.url, 'select n from fact')).toEqual([]);
  await heir.stop();
});

test('a stop while it is down or starting leaves nothing running', async () => {
  const owner = await startEmbeddedPostgres({ dataDir, log });
  await killServer();
  await owner.stop();
  await expect(query(owner.url, 'select 1')).rejects.toThrow('ECONNREFUSED');
  const next = await startEmbeddedPostgres({ dataDir, log });
  expect(next.owned).toBe(true);
  await next.stop();
});
