import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deleteEmbeddedPostgres } from '../../platform/embedded-postgres/index.ts';

const PREFIX = 'aura-ledger-test-';

/** A fresh folder that other users can pass through unless `mode` says otherwise; named after our process. */
export async function temporaryFolder(mode = 0o755): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  await chmod(folder, mode);
  return folder;
}

/** Deletes a temporary folder and the embedded database it is the data folder of, wherever that is kept. */
export async function removeTemporaryFolder(folder: string): Promise<void> {
  await deleteEmbeddedPostgres({ dataDir: folder, log: () => undefined });
  await rm(folder, { recursive: true, force: true });
}

/** Deletes what interrupted test runs left: folders of processes that are gone, and servers in them. */
export async function sweepTemporaryFolders(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(/^aura-ledger-test-(\d+)-/.exec(name)?.[1] ?? 0);
    if (pid === 0 || isAlive(pid)) continue;
    await removeTemporaryFolder(join(tmpdir(), name)).catch((error: Error) => {
      console.warn(`${name} of an interrupted test run stays: ${error.message}`);
    });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
