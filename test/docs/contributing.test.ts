import { existsSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { ROOT, readDocument, section, tableRows } from './markdown.ts';

const biome = z.object({
  overrides: z.array(
    z.object({
      includes: z.array(z.string()),
      linter: z.object({
        rules: z.object({
          style: z
            .object({
              noRestrictedImports: z
                .object({
                  options: z.object({ patterns: z.array(z.object({ group: z.array(z.string()) })) }),
                })
                .optional(),
            })
            .optional(),
        }),
      }),
    }),
  ),
});

const ROOMS = ['domain', 'platform', 'ledger', 'eventstore', 'projections', 'commands', 'api'];
const contributing = await readDocument('CONTRIBUTING.md');
const rows = tableRows(section(contributing, '## The map, in a minute'));

it('maps every room, and no other', () => {
  const mapped = rows.flatMap(([folders = '']) =>
    [...folders.matchAll(/`(\w+)\/`/g)].map(([, name]) => name),
  );
  expect(mapped.toSorted()).toEqual([...ROOMS, 'bench', 'cli', 'dashboard', 'test'].toSorted());
  for (const room of ROOMS) expect(existsSync(`${ROOT}${room}`)).toBe(true);
});

it.each(ROOMS)('says of %s what biome.json enforces', async (room) => {
  const { overrides } = biome.parse(JSON.parse(await readDocument('biome.json')));
  const forbidden = overrides
    .filter(({ includes }) => includes.includes(`${room}/**`))
    .flatMap(({ linter }) => linter.rules.style?.noRestrictedImports?.options.patterns ?? [])
    .flatMap(({ group }) => group.map((pattern) => /^\*\*\/(\w+)\/\*\*$/.exec(pattern)?.[1]));
  expect(forbidden.length).toBeGreaterThan(0);
  const others = ROOMS.filter((other) => other !== room);
  const allowed = others.filter((other) => !forbidden.includes(other));
  const mapped = rows.find(([folder]) => folder === `\`${room}/\``)?.[2] ?? '';
  expect((mapped === 'nothing' ? [] : mapped.split(', ')).toSorted()).toEqual(allowed.toSorted());
});

it.each([
  ['domain', '| in `domain/` and'],
  ['api', '| in `api/`'],
])('has a line for every room in %s', (folder, head) => {
  const table = contributing.slice(contributing.indexOf(head));
  const mapped = tableRows(table).flatMap(([cell = '']) => [
    ...cell.replace(/\(.*\)/, '').matchAll(/`(\w+)\/?`/g),
  ]);
  const rooms = readdirSync(`${ROOT}${folder}`, { withFileTypes: true }).filter((one) => one.isDirectory());
  expect(mapped.map(([, name]) => name).toSorted()).toEqual(rooms.map(({ name }) => name).toSorted());
});

it('names files that are there, but for those of the engine to come', () => {
  const named = contributing.match(/(?<=`)[a-z]+\/[\w./-]+(?=`)/g) ?? [];
  const missing = named.filter((path) => !existsSync(`${ROOT}${path}`));
  expect(named.length).toBeGreaterThan(20);
  expect(missing.filter((path) => !/lending|loan-portfolio/.test(path))).toEqual([]);
});

it('decisions are numbered from 1 on, each once, and titled', async () => {
  const files = readdirSync(`${ROOT}docs/decisions`).toSorted();
  expect(files.map((file) => Number(file.slice(0, 4)))).toEqual(files.map((_, index) => index + 1));
  for (const file of files) expect(await readDocument(`docs/decisions/${file}`)).toMatch(/^# \S.*\n\n\*\*/);
});
