import { readFile, writeFile } from 'node:fs/promises';
import { renderMetricsMarkdown } from '../api/metrics/definitions-page.ts';
import { buildDocument, renderDocument } from '../api/openapi/document.ts';
import { renderPermissions } from '../api/openapi/permissions.ts';
import { renderErrorsMarkdown } from '../api/problems/errors-page.ts';
import { allRoutes } from '../api/routes/index.ts';
import { documentOptions } from '../api/service/document.ts';
import { renderEnvExample } from '../platform/config-docs.ts';

/** A committed file that is made from the source, and so is never edited by hand. */
export interface GeneratedFile {
  /** Relative to the repository. */
  readonly path: string;
  render(): string;
}

const generatedFiles: readonly GeneratedFile[] = [
  { path: '.env.example', render: renderEnvExample },
  { path: 'docs/errors.md', render: renderErrorsMarkdown },
  { path: 'docs/permissions.md', render: () => renderPermissions(allRoutes({ manualClock: true })) },
  { path: 'docs/metrics.md', render: renderMetricsMarkdown },
  {
    path: 'openapi.json',
    render: () => renderDocument(buildDocument(allRoutes({ manualClock: true }), documentOptions)),
  },
];

/** Where a generated file lies. */
function locate(file: GeneratedFile): URL {
  return new URL(`../${file.path}`, import.meta.url);
}

/** Writes the files that are not current. @returns their paths */
export async function writeGenerated(files: readonly GeneratedFile[] = generatedFiles): Promise<string[]> {
  const stale = await findStale(files);
  await Promise.all(stale.map((file) => writeFile(locate(file), file.render())));
  return stale.map((file) => file.path);
}

/** The files whose committed text is not what the source says now. */
export async function findStale(files: readonly GeneratedFile[] = generatedFiles): Promise<GeneratedFile[]> {
  const committed = await Promise.all(files.map((file) => readFile(locate(file), 'utf8').catch(() => '')));
  return files.filter((file, index) => committed[index] !== file.render());
}
