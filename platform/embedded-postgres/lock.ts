import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { systemCode } from './errors.ts';

export interface FolderLock {
  release(): void;
}

const SQLITE_BUSY = 5;
const held = new Set<DatabaseSync>();

/**
 * Takes the lock of a data folder, or answers undefined while any process (this one too) holds it.
 *
 * It is a lock of the kernel's, which SQLite takes on the file for us: it ends with the process however that
 * ends, so there is no stale lock to judge, no pid to be mistaken for a reused one and nothing to take over.
 * The file stays empty. This process must not open it in any other way: closing that would drop the lock.
 * @throws Error of the file system's or of SQLite's when the file cannot be opened
 */
export function tryLock(path: string): FolderLock | undefined {
  createFile(path);
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    // Without a journal on disk nothing is ever written: the lock can be had on a full disk too.
    database.exec('pragma journal_mode = memory');
    database.exec('begin exclusive');
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
  held.add(database);
  return {
    release() {
      if (held.delete(database)) database.close();
    },
  };
}

/** Makes the file before SQLite would, for us alone: whoever may read it could hold it. */
function createFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}
