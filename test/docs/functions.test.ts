import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { removeTemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { calledBy, itemsOf, memberOf } from './functions.ts';
import { fencedBlocks, readDocument, section } from './markdown.ts';
import { type RunningTour, startTour, tourOf } from './tour.ts';

const openApi = z.object({
  paths: z.record(
    z.string(),
    z.record(z.string(), z.object({ operationId: z.string(), summary: z.string() })),
  ),
});

const readme = await readDocument('README.md');
const items = itemsOf(section(readme, '## Operations'));
const rows = items.filter((item) => item.kind === 'function');
const { paths } = openApi.parse(JSON.parse(await readDocument('openapi.json')));
const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
const hasCurl = spawnSync('curl', ['--version']).status === 0;

const WITHIN_MS = 20_000;

describe('the tables of functions', () => {
  it('have one line for every operation, in the words of openapi.json', () => {
    const described = rows.map(({ operationId, summary }) => `${operationId}: ${summary}`);
    const expected = operations.map(({ operationId, summary }) => `${operationId}: ${summary}`);
    expect(described.toSorted()).toEqual(expected.toSorted());
  });

  it.each(rows)('call $operationId where they say so', ({ operationId, command }) => {
    expect(calledBy(command, paths)).toBe(operationId);
  });
});

describe.skipIf(!hasCurl)('the lines of the functions, in their order (needs curl)', () => {
  let service: RunningTour;
  let folder: string;
  let setup = '';

  beforeAll(async () => {
    const [tour, made] = [tourOf(fencedBlocks(section(readme, '## A tour'))), await temporaryFolder()];
    folder = made;
    service = await startTour(tour);
  });
  afterAll(async () => {
    await service?.stop();
    await removeTemporaryFolder(folder);
  });

  /** Runs a line as it stands, among files that go away; reads also what status curl got. */
  async function send(command: string) {
    const printed = await service.run(`${setup}cd ${folder}\n${command} -w '\\n%{http_code}'`);
    const end = printed.lastIndexOf('\n');
    return { status: Number(printed.slice(end + 1)), text: printed.slice(0, end) };
  }

  /** Read models follow the log in a moment: whoever types has given it to them. */
  async function caughtUp() {
    await vi.waitUntil(async () => !(await service.run('curl -s $AURA/readyz')).includes('behind'), {
      timeout: WITHIN_MS,
      interval: 50,
    });
  }

  it.each(items.map((item, index) => ({ ...item, index, what: whatOf(item) })))(
    '$index: $what',
    async (item) => {
      if (item.kind === 'setup') {
        setup += item.text;
        return;
      }
      const expected = item.kind === 'function' ? item : undefined;
      const isRead = expected !== undefined && !/ -d | -sX POST /.test(item.command);
      let answer = await send(item.command);
      const matches = () =>
        expected === undefined
          ? Math.floor(answer.status / 100) === 2
          : answer.status === expected.status &&
            expected.members.every(({ path, value }) => isMember(answer.text, path, value));
      // What a bill run or an alert does in the background, a reader sees a moment later.
      for (const until = Date.now() + WITHIN_MS; isRead && !matches() && Date.now() < until; ) {
        answer = await send(item.command);
      }
      if (expected === undefined) expect(answer, item.command).toSatisfy(matches);
      else expect(shownOf(answer, expected.members)).toEqual(shown(expected));
      await caughtUp();
    },
  );
});

function whatOf(item: (typeof items)[number]): string {
  if (item.kind === 'function') return item.operationId;
  return item.kind === 'setup' ? item.text.trim() : item.command.slice(0, 70);
}

type Members = (typeof rows)[number]['members'];

function isMember(text: string, path: string, value: unknown): boolean {
  return Object.is(memberOf(JSON.parse(text), path), value);
}

function shown({ status, members }: { readonly status: number; readonly members: Members }) {
  return { status, ...Object.fromEntries(members.map(({ path, value }) => [path, value])) };
}

/** What an answer has where the table says something of it; all of it if it is a problem. */
function shownOf({ status, text }: { readonly status: number; readonly text: string }, members: Members) {
  if (status >= 400) return { status, text };
  const entries = members.map(({ path }) => [path, memberOf(JSON.parse(text), path)]);
  return { status, ...Object.fromEntries(entries) };
}
