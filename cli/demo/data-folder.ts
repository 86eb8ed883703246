import { access, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { deleteEmbeddedPostgres } from '../../platform/embedded-postgres/index.ts';
import { SEED } from './seed.ts';

const company = z.strictObject({ seed: z.string(), customers: z.int().min(1), months: z.int().min(1) });

/** Which company a data folder holds. */
export type DemoCompany = z.infer<typeof company>;

/** The folder cannot be used; the message says what to do. */
export class DemoFolderError extends Error {
  override readonly name = 'DemoFolderError';
}

/** The company in a demo's data folder, or undefined if it is not a demo's. */
export async function companyIn(dataDir: string): Promise<DemoCompany | undefined> {
  const text = await readFile(markOf(dataDir), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const { success, data } = company.safeParse(JSON.parse(text));
  if (success && data.seed === SEED) return data;
  throw new DemoFolderError(
    `${dataDir} holds a demo of another version: start over with --fresh, or set DATA_DIR to another folder`,
  );
}

/** Marks a folder as a demo's before anything is written to it. */
export async function markFolder(dataDir: string, wanted: Omit<DemoCompany, 'seed'>): Promise<DemoCompany> {
  const marked = { seed: SEED, ...wanted };
  await mkdir(dataDir, { recursive: true });
  await writeFile(markOf(dataDir), `${JSON.stringify(marked)}\n`);
  return marked;
}

/**
 * Deletes a demo's database. Other folders are left alone.
 * @throws DemoFolderError if the folder has a database that is not a demo's
 */
export async function deleteDemo(dataDir: string, log: (line: string) => void): Promise<void> {
  const isDemo = await access(markOf(dataDir)).then(
    () => true,
    () => false,
  );
  const hasDatabase = (await readdir(dataDir).catch((): string[] => [])).includes('postgres');
  if (hasDatabase && !isDemo) {
    throw new DemoFolderError(`${dataDir} has a database that is not a demo's: it is not deleted`);
  }
  await deleteEmbeddedPostgres({ dataDir, log });
  await rm(markOf(dataDir), { force: true });
}

function markOf(dataDir: string): string {
  return join(dataDir, 'demo.json');
}
