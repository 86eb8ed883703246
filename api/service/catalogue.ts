import { readFile } from 'node:fs/promises';
import { useCatalogues } from '../../domain/catalogue/catalogue.ts';
import { CatalogueFileError, parseCatalogueFile } from '../../domain/catalogue/file.ts';
import type { Config } from '../../platform/config.ts';

/**
 * Reads CATALOGUE_FILE and lets this process know its versions; without one it knows the built-in version alone.
 * To be called before anything else is opened.
 * @throws CatalogueFileError naming everything that is wrong with the file
 */
export async function loadCatalogues(config: Pick<Config, 'CATALOGUE_FILE'>): Promise<void> {
  const { CATALOGUE_FILE: path } = config;
  useCatalogues(path === undefined ? [] : parseCatalogueFile(await readJson(path)));
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CatalogueFileError([`${path}: ${reason}`]);
  }
}
