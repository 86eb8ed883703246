import { fencedBlocks } from './markdown.ts';

/** One row of the tables of functions. */
export interface FunctionLine {
  readonly operationId: string;
  readonly summary: string;
  readonly command: string;
  readonly status: number;
  /** Members of the answer, by path: `lines.0.amount.amount`. */
  readonly members: readonly { readonly path: string; readonly value: unknown }[];
}

/** What the section holds, in its order. */
export type Item =
  /** Exports: they hold for every line after them. */
  | { readonly kind: 'setup'; readonly text: string }
  /** Lines that move the story on; each is to be accepted. */
  | { readonly kind: 'stage'; readonly command: string }
  | ({ readonly kind: 'function' } & FunctionLine);

const PARTS = /^```sh\n[\s\S]*?^```$|^\| `.*\|$/gm;

/** @throws Error when a row is not a function, what it does, a line and an answer */
export function itemsOf(markdown: string): Item[] {
  return (markdown.match(PARTS) ?? []).flatMap((part): Item[] => {
    if (part.startsWith('|')) return [{ kind: 'function', ...lineOf(part) }];
    const lines = (fencedBlocks(part)[0]?.text ?? '').split('\n').filter((line) => line !== '');
    return lines.map((line) =>
      line.startsWith('export ') ? { kind: 'setup', text: `${line}\n` } : { kind: 'stage', command: line },
    );
  });
}

function lineOf(row: string): FunctionLine {
  const cells = row.slice(1, -1).split(' | ');
  const [name = '', summary = '', line = '', answer = ''] = cells.map((cell) => cell.trim());
  const status = /^\d{3}/.exec(answer)?.[0];
  if (cells.length !== 4 || status === undefined) throw new Error(`not a row of a function: ${row}`);
  return {
    operationId: codeOf(name),
    summary,
    command: codeOf(line),
    status: Number(status),
    members: [...answer.matchAll(/`([^`:]+): ([^`]+)`/g)].map(([, path = '', value = '']) => ({
      path,
      value: JSON.parse(value) as unknown,
    })),
  };
}

function codeOf(cell: string): string {
  const code = /^`([^`]+)`$/.exec(cell)?.[1];
  if (code === undefined) throw new Error(`not code: ${cell}`);
  return code;
}

interface Paths {
  readonly [path: string]: { readonly [method: string]: { readonly operationId: string } };
}

/** The operation that a curl line calls, by its method and path. */
export function calledBy(command: string, paths: Paths): string | undefined {
  const path = /\$AURA([^\s"?]*)/.exec(command)?.[1] ?? '';
  const method = / -d | -sX POST /.test(command) ? 'post' : 'get';
  const found = Object.entries(paths).filter(
    ([template, methods]) => method in methods && patternOf(template).test(path),
  );
  // A path that is written out goes before one with a parameter in its place.
  const [best] = found.toSorted(([a], [b]) => a.split('{').length - b.split('{').length);
  return best?.[1][method]?.operationId;
}

function patternOf(template: string): RegExp {
  const parts = template.split(/\{\w+\}/).map((part) => part.replace(/[.]/g, '\\.'));
  return new RegExp(`^${parts.join('[^/]+')}$`);
}

/** A member of an answer; undefined where there is none. */
export function memberOf(answer: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, name) =>
        typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined,
      answer,
    );
}
