import { type ChildProcess, spawn } from 'node:child_process';
import { type FileHandle, open, rename, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from './account.ts';
import { dataOf } from './cluster.ts';
import { EmbeddedPostgresError, explainServerOutput, explainSpawnError } from './errors.ts';
import { disownPidFile, isServing, type Postmaster, runningPostmaster } from './postmaster.ts';
import { identityOf } from './process.ts';

/** What every start sets, whatever postgresql.conf says. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '256MB',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  // A new WAL segment stalls commits for 55–65 ms; a recycled one does not.
  min_wal_size: '512MB',
  max_wal_size: '2GB',
  wal_level: 'minimal',
  max_wal_senders: '0',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  // A refused statement is its caller's to report; here it could carry personal data.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};

const POLL_MS = 20;
const PATIENCE_MS = 10_000;
const PORT_ATTEMPTS = 10;
const ORPHAN_ATTEMPTS = 120;
const ORPHAN_PAUSE_MS = 250;
const FAST_SHUTDOWN_MS = 60_000;
const LOG_LIMIT_BYTES = 8 * 1024 * 1024;
const TAIL_BYTES = 4096;

/**
 * Starts the server, on a free port unless one is given, and waits until it takes connections, however long recovery lasts.
 * It is a session of its own, so that a Ctrl-C meant for us does not reach it.
 * @throws EmbeddedPostgresError start-failed, cannot-run, disk-full
 */
export async function startServer(
  place: string,
  program: string,
  account: Account | undefined,
  log: (line: string) => void,
  port?: number,
): Promise<Postmaster> {
  await disownPidFile(dataOf(place));
  let ports = 0;
  let orphans = 0;
  for (;;) {
    const outcome = await attempt(place, program, account, log, port ?? (await freePort()));
    if (typeof outcome !== 'string') return outcome;
    const taken = /could not bind|Address already in use/i.test(outcome) && ++ports < PORT_ATTEMPTS;
    const orphaned = /pre-existing shared memory block/i.test(outcome) && ++orphans < ORPHAN_ATTEMPTS;
    if (!taken && !orphaned) throw explainServerOutput('PostgreSQL', outcome, place);
    // Backends of a server that was killed end by themselves, as soon as they notice; a port that we must have
    // can be some connection's for a moment.
    if (orphaned || port !== undefined) await sleep(ORPHAN_PAUSE_MS);
  }
}

/** One start: the running server, or what it said before it gave up. */
async function attempt(
  place: string,
  program: string,
  account: Account | undefined,
  log: (line: string) => void,
  port: number,
): Promise<Postmaster | string> {
  const output = await openLog(place);
  try {
    const from = (await output.stat()).size;
    const settings = { ...SETTINGS, port: String(port) };
    const child = spawn(
      program,
      [
        '-D',
        dataOf(place),
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      { ...identityOf(account), detached: true, stdio: ['ignore', output.fd, output.fd] },
    );
    const server = await untilReady(child, place, program, log);
    if (server === undefined) return await readTail(output, from);
    child.once('exit', (code, signal) => {
      if (code !== 0) log(`PostgreSQL ended by itself (${signal ?? code})`);
    });
    return server;
  } finally {
    await output.close();
  }
}

async function untilReady(
  child: ChildProcess,
  place: string,
  program: string,
  log: (line: string) => void,
): Promise<Postmaster | undefined> {
  const ended: { error?: Error; done: boolean } = { done: false };
  child.once('error', (error) => Object.assign(ended, { error, done: true }));
  child.once('exit', () => Object.assign(ended, { done: true }));
  child.unref();
  const patience = everySoOften(log, 'PostgreSQL is still starting (after a crash it replays its log first)');
  while (!ended.done) {
    const server = await runningPostmaster(dataOf(place));
    if (server?.pid === child.pid && server?.status === 'ready') return server;
    patience();
    await sleep(POLL_MS);
  }
  if (ended.error !== undefined) throw explainSpawnError(ended.error, program);
  return undefined;
}

/** Waits until a server that is not our child has finished starting, or is gone. */
export async function untilSettled(
  place: string,
  log: (line: string) => void,
): Promise<Postmaster | undefined> {
  const patience = everySoOften(log, 'waiting for a PostgreSQL server that is starting or stopping');
  for (;;) {
    const server = await runningPostmaster(dataOf(place));
    if (server === undefined || server.status === 'ready') return server;
    patience();
    await sleep(POLL_MS);
  }
}

/**
 * Stops the server, ours or adopted: sessions end, transactions in flight roll back, everything is on disk.
 * @throws EmbeddedPostgresError folder-in-use if it will not end
 */
export async function stopServer(place: string, log: (line: string) => void): Promise<void> {
  const server = await runningPostmaster(dataOf(place));
  if (server === undefined) return;
  if (await signalAndWait(server.pid, 'SIGINT', place)) return;
  log('PostgreSQL does not end: stopping it at once, and the next start recovers from its log');
  if (await signalAndWait(server.pid, 'SIGQUIT', place)) return;
  throw new EmbeddedPostgresError('folder-in-use', `PostgreSQL (pid ${server.pid}) in ${place} does not end`);
}

async function signalAndWait(pid: number, signal: NodeJS.Signals, place: string): Promise<boolean> {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone in between.
  }
  for (const deadline = Date.now() + FAST_SHUTDOWN_MS; Date.now() < deadline; await sleep(POLL_MS)) {
    if (!(await isServing(pid, dataOf(place)))) return true;
  }
  return false;
}

async function openLog(place: string): Promise<FileHandle> {
  const path = join(place, 'server.log');
  const size = (await stat(path).catch(() => undefined))?.size ?? 0;
  if (size > LOG_LIMIT_BYTES) await rename(path, `${path}.1`);
  return open(path, 'a+', 0o600);
}

async function readTail(file: FileHandle, from: number): Promise<string> {
  const { size } = await file.stat();
  const start = Math.max(from, size - TAIL_BYTES);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(TAIL_BYTES), 0, TAIL_BYTES, start);
  return buffer.toString('utf8', 0, bytesRead);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

/** A log line for each further stretch of waiting. */
export function everySoOften(log: (line: string) => void, line: string): () => void {
  let next = Date.now() + PATIENCE_MS;
  return () => {
    if (Date.now() < next) return;
    next = Date.now() + PATIENCE_MS;
    log(line);
  };
}
