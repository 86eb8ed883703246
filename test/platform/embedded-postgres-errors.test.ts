import { lstat, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  deleteEmbeddedPostgres,
  EmbeddedPostgresError,
  startEmbeddedPostgres,
} from '../../platform/embedded-postgres/index.ts';
import { removeTemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';

let dataDir: string;
const log = () => undefined;

beforeEach(async () => {
  dataDir = await temporaryFolder();
});

afterEach(async () => {
  await removeTemporaryFolder(dataDir);
});

async function refusal(folder = dataDir): Promise<EmbeddedPostgresError> {
  const error = await startEmbeddedPostgres({ dataDir: folder, log }).catch((reason: unknown) => reason);
  if (!(error instanceof EmbeddedPostgresError)) throw new Error('not refused', { cause: error });
  return error;
}

async function createOnce(): Promise<void> {
  await (await startEmbeddedPostgres({ dataDir, log })).stop();
}

test('a cluster of another major version is refused, and usable again with its own', async () => {
  await createOnce();
  const version = join(dataDir, 'postgres/data/PG_VERSION');
  await writeFile(version, '17\n');
  const error = await refusal();
  expect(error.code).toBe('wrong-version');
  expect(error.message).toMatch(/PostgreSQL 17.*brings 18/);
  await writeFile(version, '18\n');
  await createOnce();
});

test('a file in place of the data folder is refused', async () => {
  const file = join(dataDir, 'file');
  await writeFile(file, '');
  expect(await refusal(file)).toMatchObject({ code: 'folder-unusable' });
});

test('a database that was kept elsewhere and is gone is never replaced by empty books', async () => {
  const entry = join(dataDir, 'postgres');
  await symlink(join(dataDir, 'gone'), entry);
  expect(await refusal()).toMatchObject({ code: 'data-missing' });
  await rm(entry);
});

test('a lost password is reported as such, and the server does not stay behind', async () => {
  await createOnce();
  await rm(join(dataDir, 'postgres/password'));
  expect(await refusal()).toMatchObject({ code: 'data-missing' });
  await expect(lstat(join(dataDir, 'postgres/data/postmaster.pid'))).rejects.toThrow('ENOENT');
});

test('what PostgreSQL says about a start that fails is in the error', async () => {
  await createOnce();
  await writeFile(join(dataDir, 'postgres/data/postgresql.conf'), 'nonsense = on\n');
  const error = await refusal();
  expect(error.code).toBe('start-failed');
  expect(error.message).toContain('unrecognized configuration parameter "nonsense"');
});

test('a database in use is not deleted', async () => {
  const server = await startEmbeddedPostgres({ dataDir, log });
  await expect(deleteEmbeddedPostgres({ dataDir, log })).rejects.toMatchObject({ code: 'folder-in-use' });
  await server.stop();
  await deleteEmbeddedPostgres({ dataDir, log });
  await expect(lstat(join(dataDir, 'postgres'))).rejects.toThrow('ENOENT');
});
