import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** Root of the repository, with a slash at its end. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface FencedBlock {
  /** What follows the opening fence: `sh`, `json`, `text`, or nothing. */
  readonly language: string;
  readonly text: string;
}

/** A file of the repository as text. */
export function readDocument(path: string): Promise<string> {
  return readFile(`${ROOT}${path}`, 'utf8');
}

/** The part of a document under a heading, up to the next heading of the same level. Throws if there is none. */
export function section(markdown: string, heading: string): string {
  const level = /^#+ /.exec(heading)?.[0] ?? '';
  const lines = markdown.split('\n');
  const start = lines.indexOf(heading);
  if (start < 0) throw new Error(`there is no heading ${heading}`);
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => line.startsWith(level));
  return rest.slice(0, end < 0 ? undefined : end).join('\n');
}

export function fencedBlocks(markdown: string): FencedBlock[] {
  return [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) => ({
    language,
    text,
  }));
}

/** Cells of the first table, without its head. */
export function tableRows(markdown: string): string[][] {
  const lines = markdown.split('\n');
  const head = lines.findIndex((line) => /^\|[-:| ]+\|$/.test(line));
  const rows: string[][] = [];
  for (const line of lines.slice(head + 1)) {
    if (!line.startsWith('|')) break;
    const cells = line.slice(1, -1).split(/(?<!\\)\|/);
    rows.push(cells.map((cell) => cell.trim().replaceAll('\\|', '|')));
  }
  return rows;
}

/** Targets of links that are not URLs, without their anchors. */
export function relativeLinks(markdown: string): string[] {
  return [...markdown.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target.replace(/#.*$/, ''))
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target));
}
