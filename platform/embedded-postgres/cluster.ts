import { randomBytes } from 'node:crypto';
import { chmod, chown, lstat, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import { EmbeddedPostgresError, explainFileError, systemCode } from './errors.ts';
import { run } from './process.ts';

export const SUPERUSER = 'postgres';

/** The cluster's files (PGDATA) inside its place. */
export function dataOf(place: string): string {
  return join(place, 'data');
}

/** Uid that owns the cluster's files, or undefined before there are any. */
export async function clusterOwner(place: string): Promise<number | undefined> {
  return (await stat(dataOf(place)).catch(ignoreMissing))?.uid;
}

/**
 * The superuser's password, readable by the place's owner alone.
 * @throws EmbeddedPostgresError wrong-user, data-missing
 */
export async function readPassword(place: string): Promise<string> {
  try {
    return (await readFile(passwordFile(place), 'utf8')).trim();
  } catch (error) {
    switch (systemCode(error)) {
      case 'ENOENT':
        throw new EmbeddedPostgresError(
          'data-missing',
          `the password of the database, ${passwordFile(place)}, is gone: bring it back from a backup`,
          error,
        );
      case 'EACCES':
        throw new EmbeddedPostgresError(
          'wrong-user',
          `only the user that runs the service can open the database in ${place}`,
          error,
        );
      default:
        throw error;
    }
  }
}

/**
 * Makes the cluster if there is none; refuses one of another major version. The caller holds the lock.
 * @throws EmbeddedPostgresError wrong-version, wrong-user, disk-full, start-failed
 */
export async function prepareCluster(
  place: string,
  binaries: Binaries,
  account: Account | undefined,
  log: (line: string) => void,
): Promise<void> {
  try {
    if ((await lstat(dataOf(place)).catch(ignoreMissing)) !== undefined) {
      return await checkCluster(dataOf(place), binaries, account);
    }
    log(`creating the database in ${place}`);
    await createCluster(place, binaries, account);
  } catch (error) {
    throw explainFileError(error, place);
  }
}

async function checkCluster(data: string, binaries: Binaries, account: Account | undefined): Promise<void> {
  const { uid } = await stat(data);
  const user = account?.uid ?? process.geteuid?.();
  if (uid !== user) {
    throw new EmbeddedPostgresError(
      'wrong-user',
      `the database in ${data} belongs to uid ${uid}, but this process would run it as uid ${user}: start the service as the user that created it`,
    );
  }
  const version = (await readFile(join(data, 'PG_VERSION'), 'utf8').catch(ignoreMissing))?.trim();
  if (version === undefined) {
    throw new EmbeddedPostgresError(
      'data-missing',
      `${data} exists but is not a database (no PG_VERSION): restore it, or move it away to start with empty books`,
    );
  }
  if (version !== String(binaries.majorVersion)) {
    throw new EmbeddedPostgresError(
      'wrong-version',
      `the database in ${data} was made by PostgreSQL ${version}, and this release brings ${binaries.majorVersion}: start it with the release that made it, or move the data with pg_dump or pg_upgrade`,
    );
  }
}

/** Initialises beside the final name and renames: an interrupted start leaves nothing that looks finished. */
async function createCluster(place: string, binaries: Binaries, account: Account | undefined): Promise<void> {
  const draft = join(place, 'data.new');
  const handed = join(place, 'password.new');
  await rm(draft, { recursive: true, force: true });
  const password = await createPassword(place);
  await mkdir(draft, { mode: 0o700 });
  try {
    await writeDurably(handed, `${password}\n`);
    if (account !== undefined) {
      await chown(draft, account.uid, account.gid);
      await chown(handed, account.uid, account.gid);
    }
    await run(
      binaries.initdb,
      [
        ...['-D', draft, '-U', SUPERUSER, `--pwfile=${handed}`],
        ...['--auth-local=scram-sha-256', '--auth-host=scram-sha-256', '--data-checksums'],
        // The same order and case rules on every system, whatever its C library.
        ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
      ],
      account,
      place,
    );
    await rename(draft, dataOf(place));
    await syncFolder(place);
  } finally {
    await rm(handed, { force: true });
    await rm(draft, { recursive: true, force: true });
  }
}

async function createPassword(place: string): Promise<string> {
  const draft = `${passwordFile(place)}.draft`;
  const password = randomBytes(32).toString('hex');
  await writeDurably(draft, `${password}\n`);
  await rename(draft, passwordFile(place));
  await syncFolder(place);
  return password;
}

async function writeDurably(path: string, content: string): Promise<void> {
  await rm(path, { force: true });
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await chmod(path, 0o600);
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function passwordFile(place: string): string {
  return join(place, 'password');
}

function ignoreMissing(error: unknown): undefined {
  if (systemCode(error) !== 'ENOENT') throw error;
}
