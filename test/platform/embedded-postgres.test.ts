import { spawn } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startEmbeddedPostgres } from '../../platform/embedded-postgres/index.ts';
import { removeTemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { type Opener, openInProcess, postmasterPid, query, untilGone } from './embedded-postgres-support.ts';

let dataDir: string;
let openers: Opener[];
const lines: string[] = [];
const log = (line: string) => lines.push(line);

beforeEach(async () => {
  dataDir = await temporaryFolder();
  openers = [];
  lines.length = 0;
});

afterEach(async () => {
  for (const opener of openers) await opener.kill();
  await removeTemporaryFolder(dataDir);
});

async function open(): Promise<Opener> {
  const opener = await openInProcess(dataDir);
  openers.push(opener);
  return opener;
}

async function writeFact(url: string): Promise<void> {
  await query(url, 'create table fact (n int)');
  await query(url, 'insert into fact values (42)');
}

test('data survives a stop and a start', async () => {
  const first = await startEmbeddedPostgres({ dataDir, log });
  expect(first).toMatchObject({ owned: true, dataDir });
  expect(new URL(first.url)).toMatchObject({ hostname: '127.0.0.1', pathname: '/aura' });
  await writeFact(first.url);
  const pid = await postmasterPid(dataDir);
  await first.stop();
  await first.stop();
  await untilGone(pid);
  await expect(query(first.url, 'select 1')).rejects.toThrow('ECONNREFUSED');

  const second = await startEmbeddedPostgres({ dataDir, log });
  expect(await query(second.url, 'select n from fact')).toEqual([{ n: 42 }]);
  await second.stop();
});

test('durable, in UTC, in UTF-8, on loopback only and with a password', async () => {
  const server = await startEmbeddedPostgres({ dataDir, log });
  const settings = await query(
    server.url,
    `select name, setting from pg_settings where name in ('fsync', 'full_page_writes', 'synchronous_commit',
      'data_checksums', 'listen_addresses', 'unix_socket_directories', 'wal_level', 'max_wal_senders',
      'min_wal_size', 'max_wal_size', 'jit', 'TimeZone', 'server_encoding') order by name collate "C"`,
  );
  expect(Object.fromEntries(settings.map((row) => Object.values(row as Record<string, string>)))).toEqual({
    TimeZone: 'UTC',
    data_checksums: 'on',
    fsync: 'on',
    full_page_writes: 'on',
    jit: 'off',
    listen_addresses: '127.0.0.1',
    max_wal_senders: '0',
    max_wal_size: '2048',
    min_wal_size: '512',
    server_encoding: 'UTF8',
    synchronous_commit: 'on',
    unix_socket_directories: '',
    wal_level: 'minimal',
  });
  expect((await stat(join(dataDir, 'postgres/password'))).mode & 0o777).toBe(0o600);
  expect((await stat(join(dataDir, 'postgres/lock'))).mode & 0o777).toBe(0o600);
  expect((await stat(join(dataDir, 'postgres/data'))).mode & 0o777).toBe(0o700);

  const stranger = new URL(server.url);
  stranger.password = 'guess';
  await expect(query(stranger.href, 'select 1')).rejects.toThrow('password authentication failed');
  await server.stop();
});

test('another process attaches, and leaves the server running', async () => {
  const owner = await startEmbeddedPostgres({ dataDir, log });
  await writeFact(owner.url);
  const other = await open();
  expect(other).toMatchObject({ owned: false, url: owner.url });
  expect(await query(other.url, 'select n from fact')).toEqual([{ n: 42 }]);
  await other.finish();
  expect(await query(owner.url, 'select n from fact')).toEqual([{ n: 42 }]);
  await owner.stop();
});

test('a second start in the same process attaches too', async () => {
  const owner = await startEmbeddedPostgres({ dataDir, log });
  const second = await startEmbeddedPostgres({ dataDir, log });
  expect(second).toMatchObject({ owned: false, url: owner.url });
  await second.stop();
  await query(owner.url, 'select 1');
  await owner.stop();
  const third = await startEmbeddedPostgres({ dataDir, log });
  expect(third.owned).toBe(true);
  await third.stop();
});

test('of processes that start at once, one owns the server and the others attach', async () => {
  const [a, b, c] = await Promise.all([open(), open(), open()]);
  expect([a.owned, b.owned, c.owned].sort()).toEqual([false, false, true]);
  expect(new Set([a.url, b.url, c.url]).size).toBe(1);
  await query(b.url, 'select 1');
});

test('a server whose owner was killed is adopted, and stops with its new owner', async () => {
  const owner = await open();
  await writeFact(owner.url);
  const pid = await postmasterPid(dataDir);
  await owner.kill();
  expect(await query(owner.url, 'select n from fact')).toEqual([{ n: 42 }]);

  const heirs = await Promise.all([open(), open()]);
  expect(heirs.map(({ owned }) => owned).sort()).toEqual([false, true]);
  expect(heirs.map(({ url }) => url)).toEqual([owner.url, owner.url]);
  expect(await postmasterPid(dataDir)).toBe(pid);
  await heirs.find(({ owned }) => owned)?.finish();
  await untilGone(pid);
  await expect(query(owner.url, 'select 1')).rejects.toThrow('ECONNREFUSED');
});

test('owner and server killed together: the next start recovers what was committed', async () => {
  const owner = await open();
  await writeFact(owner.url);
  const pid = await postmasterPid(dataDir);
  process.kill(pid, 'SIGKILL');
  await owner.kill();
  const next = await startEmbeddedPostgres({ dataDir, log });
  expect(next.owned).toBe(true);
  expect(await postmasterPid(dataDir)).not.toBe(pid);
  expect(await query(next.url, 'select n from fact')).toEqual([{ n: 42 }]);
  await next.stop();
  expect(await readFile(join(dataDir, 'postgres/server.log'), 'utf8')).toContain('automatic recovery');
});

test('a server killed under its owner: the owner stops quietly and the next start recovers', async () => {
  const owner = await startEmbeddedPostgres({ dataDir, log });
  await writeFact(owner.url);
  const pid = await postmasterPid(dataDir);
  process.kill(pid, 'SIGKILL');
  await untilGone(pid);
  await owner.stop();
  const next = await startEmbeddedPostgres({ dataDir, log });
  expect(await query(next.url, 'select n from fact')).toEqual([{ n: 42 }]);
  await next.stop();
});

test("a dead server's pid that was given to a stranger does not hinder the start", async () => {
  const owner = await startEmbeddedPostgres({ dataDir, log });
  await writeFact(owner.url);
  const pid = await postmasterPid(dataDir);
  process.kill(pid, 'SIGKILL');
  await untilGone(pid);
  await owner.stop();
  const { uid, gid } = await stat(join(dataDir, 'postgres/data'));
  const stranger = spawn('sleep', ['600'], { uid, gid });
  const path = join(dataDir, 'postgres/data/postmaster.pid');
  await writeFile(path, (await readFile(path, 'utf8')).replace(/^\d+/, String(stranger.pid)));
  try {
    const next = await startEmbeddedPostgres({ dataDir, log });
    expect(await query(next.url, 'select n from fact')).toEqual([{ n: 42 }]);
    await next.stop();
    expect(stranger.exitCode).toBeNull();
    expect(stranger.signalCode).toBeNull();
  } finally {
    stranger.kill();
  }
});

test('Ctrl-C, a signal to the whole process group, does not reach the server', async () => {
  const owner = await open();
  const group = owner.process.pid ?? 0;
  expect(group).toBeGreaterThan(1);
  process.kill(-group, 'SIGINT');
  await writeFact(owner.url);
  expect(await query(owner.url, 'select n from fact')).toEqual([{ n: 42 }]);
  await owner.finish();
  expect(await readFile(join(dataDir, 'postgres/server.log'), 'utf8')).toContain(
    'database system is shut down',
  );
});
