import { chmod, lstat, mkdir, mkdtemp, readlink, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Account, canReach } from './account.ts';
import { EmbeddedPostgresError, explainFileError, systemCode } from './errors.ts';

/** Where root keeps what the server's user must reach, best first. /var/tmp may be swept by the system. */
const REACHABLE = ['/var/lib/aura-ledger', '/var/tmp/aura-ledger'];

/** Others may pass through a place, to the cluster's files that belong to one of them, but not look around. */
const PASS_THROUGH = 0o711;

/** The database's entry in a data folder: a folder, or a symbolic link to where it had to be put. */
function entryOf(dataDir: string): string {
  return join(dataDir, 'postgres');
}

/**
 * Finds or makes the folder that holds the cluster, its lock, its password and its log.
 * @param account user the server will run as, when it is not ourselves
 * @returns its real path
 * @throws EmbeddedPostgresError folder-unusable, data-missing, disk-full
 */
export async function openPlace(
  dataDir: string,
  account: Account | undefined,
  log: (line: string) => void,
): Promise<string> {
  try {
    await mkdir(dataDir, { recursive: true });
    const folder = await realpath(dataDir);
    return (await existingPlace(folder)) ?? (await makePlace(folder, account, log));
  } catch (error) {
    throw explainFileError(error, dataDir);
  }
}

/**
 * The folder that holds the cluster of `dataDir`, or undefined if there never was one.
 * @throws EmbeddedPostgresError data-missing if it was kept elsewhere and is gone
 */
export async function existingPlace(dataDir: string): Promise<string | undefined> {
  const entry = entryOf(dataDir);
  const found = await lstat(entry).catch(ignoreMissing);
  if (found === undefined) return undefined;
  try {
    return await realpath(entry);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' || !found.isSymbolicLink()) throw error;
    throw new EmbeddedPostgresError(
      'data-missing',
      `the database of ${dataDir} was kept in ${await readlink(entry)}, which is gone: bring it back, or delete ${entry} to start with empty books`,
    );
  }
}

async function makePlace(
  folder: string,
  account: Account | undefined,
  log: (line: string) => void,
): Promise<string> {
  if (account !== undefined && !(await canReach(account, folder, 'traverse'))) {
    return makeElsewhere(folder, account, log);
  }
  const entry = entryOf(folder);
  await mkdir(entry, { recursive: true, mode: account === undefined ? 0o700 : PASS_THROUGH });
  if (account !== undefined) await chmod(entry, PASS_THROUGH);
  return realpath(entry);
}

async function makeElsewhere(folder: string, account: Account, log: (line: string) => void): Promise<string> {
  const place = await mkdtemp(join(await reachableBase(account), 'data-'));
  await chmod(place, PASS_THROUGH);
  await writeFile(join(place, 'README'), `Database of the Aura Ledger data folder ${folder}\n`);
  try {
    await symlink(place, entryOf(folder));
  } catch (error) {
    await rm(place, { recursive: true, force: true });
    const other = systemCode(error) === 'EEXIST' ? await existingPlace(folder) : undefined;
    if (other === undefined) throw error;
    return other;
  }
  log(
    `PostgreSQL does not run as root, and user ${account.name} cannot reach ${folder}: the database is kept in ${place}. To keep it in the data folder, set DATA_DIR to one that ${account.name} can reach`,
  );
  return place;
}

/**
 * A folder of ours that `account` can reach and nobody else can write.
 * @throws EmbeddedPostgresError folder-unusable
 */
export async function reachableBase(account: Account): Promise<string> {
  for (const base of REACHABLE) {
    const made = await mkdir(base, { recursive: true, mode: 0o755 }).catch(() => undefined);
    if (made !== undefined) await chmod(base, 0o755);
    if ((await isTrusted(base)) && (await canReach(account, base, 'traverse'))) return base;
  }
  throw new EmbeddedPostgresError(
    'folder-unusable',
    `PostgreSQL does not run as root, and there is no folder that user ${account.name} can reach (tried ${REACHABLE.join(', ')}): set DATA_DIR to one, start the service as an ordinary user, or set DATABASE_URL`,
  );
}

/** True for a real folder that belongs to us and that nobody else can write. */
export async function isTrusted(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isDirectory() === true && found.uid === process.geteuid?.() && (found.mode & 0o022) === 0;
}

/** Deletes the place and its entry in the data folder. The caller holds the lock and has stopped the server. */
export async function deletePlace(dataDir: string, place: string): Promise<void> {
  await rm(place, { recursive: true, force: true });
  await rm(entryOf(dataDir), { recursive: true, force: true });
}

function ignoreMissing(error: unknown): undefined {
  if (systemCode(error) !== 'ENOENT') throw error;
}
