import { findStale, writeGenerated } from './generated-files.ts';

/** `node cli/generate.ts` writes the generated files; with `--check` it fails if one is not current. */
if (process.argv.includes('--check')) {
  const stale = await findStale();
  for (const file of stale) console.error(`${file.path} is not current: run npm run docs:generate`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const path of await writeGenerated()) console.log(`wrote ${path}`);
}
