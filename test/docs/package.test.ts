import { expect, it } from 'vitest';
import { z } from 'zod';
import { readDocument } from './markdown.ts';

const names = z.record(z.string(), z.string()).default({});
const lockFile = z.object({
  packages: z.record(
    z.string(),
    z.object({ dependencies: names, optionalDependencies: names, devDependencies: names }),
  ),
});

/** Where Node would look for a package from inside another, nearest first. */
function placesFor(from: string, name: string): string[] {
  const parts = from === '' ? [] : from.split('/node_modules/');
  const folders = parts.map((_, index) => parts.slice(0, index + 1).join('/node_modules/')).reverse();
  return [...folders.map((folder) => `${folder}/node_modules/${name}`), `node_modules/${name}`];
}

// npm leaves out packages of other platforms when it cannot see them, and then `npm ci` refuses the lock file.
it('the lock file holds every package that another names, for every platform', async () => {
  const { packages } = lockFile.parse(JSON.parse(await readDocument('package-lock.json')));
  const missing = Object.entries(packages).flatMap(([from, entry]) => {
    // Only the root's development dependencies are installed.
    const development = from === '' ? entry.devDependencies : {};
    return Object.keys({ ...entry.dependencies, ...entry.optionalDependencies, ...development })
      .filter((name) => !placesFor(from, name).some((place) => place in packages))
      .map((name) => `${from} needs ${name}`);
  });
  expect(missing).toEqual([]);
});
