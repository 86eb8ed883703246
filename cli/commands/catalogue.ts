import { Command } from 'commander';
import { loadCatalogues } from '../../api/service/catalogue.ts';
import { catalogueVersions } from '../../domain/catalogue/catalogue.ts';
import { asCatalogueFile } from '../../domain/catalogue/file.ts';
import { loadConfig } from '../../platform/config.ts';

export const catalogue = new Command('catalogue')
  .description('Check CATALOGUE_FILE and print a version in its form, to start a new one from.')
  .argument('[version]', 'id of the version; the newest if left out')
  .action(async (id: string | undefined) => {
    await loadCatalogues(loadConfig(process.env));
    const versions = catalogueVersions();
    const found = id === undefined ? versions.at(-1) : versions.find((version) => version.id === id);
    if (found === undefined) {
      const ids = versions.map((version) => version.id).join(', ');
      throw new Error(`There is no catalogue version ${id}. There are: ${ids}.`);
    }
    console.log(JSON.stringify(asCatalogueFile([found]), undefined, 2));
  });
