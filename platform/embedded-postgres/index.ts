import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '../postgres.ts';
import { type Account, canReach, serverAccount } from './account.ts';
import { type Binaries, prepareBinaries } from './binaries.ts';
import { clusterOwner, dataOf, prepareCluster, readPassword, SUPERUSER } from './cluster.ts';
import { EmbeddedPostgresError, explainFileError } from './errors.ts';
import { type FolderLock, tryLock } from './lock.ts';
import { deletePlace, existingPlace, openPlace, reachableBase } from './place.ts';
import { type Postmaster, runningPostmaster } from './postmaster.ts';
import { everySoOften, startServer, stopServer, untilSettled } from './server.ts';
import { Supervisor } from './supervisor.ts';

export { EmbeddedPostgresError, type EmbeddedPostgresErrorCode } from './errors.ts';

export interface EmbeddedPostgresOptions {
  /** Folder of the deployment's data; made if missing. The database lives in `postgres/` inside it. */
  readonly dataDir: string;
  /** Takes one line for each thing an operator should know. */
  readonly log: (line: string) => void;
}

/** A running PostgreSQL server on 127.0.0.1 and its database `aura`. */
export interface EmbeddedPostgres {
  /**
   * Connection string of the superuser, with password. A server that dies under its owner comes back on the same
   * port; another start of the service may choose another.
   */
  readonly url: string;
  /** True if `stop` ends the server; false if another process owns it and we only use it. */
  readonly owned: boolean;
  /** The data folder, absolute. */
  readonly dataDir: string;
  /** Ends the server if we own it: call it after the last query. Otherwise does nothing. */
  stop(): Promise<void>;
}

const DATABASE = 'aura';
const POLL_MS = 50;
const ATTACH_PATIENCE_MS = 120_000;

/**
 * Opens the data folder's PostgreSQL server. One process owns it: it starts the server, or adopts one whose
 * owner was killed. Every other process attaches to the running server and leaves it running.
 * @throws EmbeddedPostgresError with a stable `code` and a message that says what to do
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { log } = options;
  const dataDir = resolve(options.dataDir);
  const place = await openPlace(dataDir, await serverAccount(), log);
  const lock = await lockOrAttach(place, log);
  if ('url' in lock) return { url: lock.url, owned: false, dataDir, stop: async () => undefined };
  try {
    const { url, server } = await own(place, log);
    const supervisor = new Supervisor(server, { place, start: (port) => startAgain(place, port, log), log });
    const stop = once(async () => {
      await supervisor.stop();
      await release(place, lock, log);
    });
    return { url, owned: true, dataDir, stop };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * Deletes the database of a data folder, wherever it is kept, and stops a server that was left behind.
 * @throws EmbeddedPostgresError folder-in-use while a process owns it
 */
export async function deleteEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<void> {
  const dataDir = resolve(options.dataDir);
  const place = await existingPlace(dataDir);
  if (place === undefined) return;
  const lock = openLock(place);
  if (lock === undefined) {
    throw new EmbeddedPostgresError('folder-in-use', `another process uses the database in ${dataDir}`);
  }
  try {
    await stopServer(place, options.log);
    await deletePlace(dataDir, place);
  } finally {
    lock.release();
  }
}

/** Waits until we hold the lock or can use the server of the process that does. */
async function lockOrAttach(
  place: string,
  log: (line: string) => void,
): Promise<FolderLock | { readonly url: string }> {
  const maker = (await stat(place)).uid;
  const mayOwn = maker === process.geteuid?.();
  const patience = everySoOften(log, `waiting for the process that owns the database in ${place}`);
  const deadline = Date.now() + ATTACH_PATIENCE_MS;
  for (;;) {
    const lock = mayOwn ? openLock(place) : undefined;
    if (lock !== undefined) return lock;
    const server = await runningPostmaster(dataOf(place)).catch(() => undefined);
    const url = server?.status === 'ready' ? await attach(place, server) : undefined;
    if (url !== undefined) {
      log(`attached to the PostgreSQL server of another process (${place})`);
      return { url };
    }
    if (!mayOwn) throw wrongUser(place, maker);
    if (Date.now() > deadline) {
      throw new EmbeddedPostgresError(
        'folder-in-use',
        `another process holds the database in ${place}, but its server does not answer: stop that process`,
      );
    }
    patience();
    await sleep(POLL_MS);
  }
}

function openLock(place: string): FolderLock | undefined {
  try {
    return tryLock(join(place, 'lock'));
  } catch (error) {
    throw new EmbeddedPostgresError(
      'folder-unusable',
      `cannot lock ${place}: the folder must be writable by the user that runs this service`,
      error,
    );
  }
}

async function attach(place: string, server: Postmaster): Promise<string | undefined> {
  const url = urlOf(server.port, await readPassword(place), DATABASE);
  try {
    await query(url, 'select 1');
    return url;
  } catch {
    return undefined;
  }
}

/** With the lock held: adopts the server that runs or starts one. */
async function own(
  place: string,
  log: (line: string) => void,
): Promise<{ readonly url: string; readonly server: Postmaster }> {
  const adopted = await untilSettled(place, log);
  const server = adopted ?? (await startHere(place, log));
  if (adopted !== undefined) log(`adopted PostgreSQL (pid ${server.pid}), whose owner was killed`);
  try {
    const password = await readPassword(place);
    await createDatabase(urlOf(server.port, password, 'postgres'));
    log(`PostgreSQL serves ${place} on 127.0.0.1:${server.port}`);
    return { url: urlOf(server.port, password, DATABASE), server };
  } catch (error) {
    if (adopted === undefined) await stopServer(place, log);
    throw error;
  }
}

async function startHere(place: string, log: (line: string) => void): Promise<Postmaster> {
  const { account, binaries } = await programs(place, log);
  try {
    await prepareCluster(place, binaries, account, log);
    return await startServer(place, binaries.postgres, account, log);
  } catch (error) {
    throw explainFileError(error, place);
  }
}

/** The server as it was, never a new one: its files must be there. */
async function startAgain(place: string, port: number, log: (line: string) => void): Promise<Postmaster> {
  const { account, binaries } = await programs(place, log);
  return startServer(place, binaries.postgres, account, log, port);
}

async function programs(
  place: string,
  log: (line: string) => void,
): Promise<{ readonly account: Account | undefined; readonly binaries: Binaries }> {
  const account = await serverAccount(await clusterOwner(place));
  if (account !== undefined && !(await canReach(account, place, 'traverse')))
    throw unreachable(place, account);
  const base = async () => (account === undefined ? place : await reachableBase(account));
  try {
    return { account, binaries: await prepareBinaries(account, base, log) };
  } catch (error) {
    throw explainFileError(error, place);
  }
}

async function release(place: string, lock: FolderLock, log: (line: string) => void): Promise<void> {
  try {
    await stopServer(place, log);
  } finally {
    lock.release();
  }
}

async function createDatabase(url: string): Promise<void> {
  const found = await query(url, `select 1 from pg_database where datname = '${DATABASE}'`);
  if (found === 0) await query(url, `create database ${DATABASE}`);
}

async function query(url: string, sql: string): Promise<number> {
  const client = createClient({ url, name: 'embedded', as: 'owner' });
  try {
    await client.connect();
    return (await client.query(sql)).rows.length;
  } finally {
    await client.end();
  }
}

function urlOf(port: number, password: string, database: string): string {
  return `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`;
}

function wrongUser(place: string, maker: number): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'wrong-user',
    `the database in ${place} was created by uid ${maker}, and this process runs as uid ${process.geteuid?.()}: start the service as the user that created it, or set DATA_DIR to another folder`,
  );
}

function unreachable(place: string, account: Account): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'folder-unusable',
    `PostgreSQL does not run as root, and user ${account.name}, who owns the database, cannot reach ${place} any more: give others the right to pass through the folders above it (chmod o+x)`,
  );
}

/** Runs `work` the first time and answers that run's outcome ever after. */
function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}
