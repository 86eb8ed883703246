import { existsSync } from 'node:fs';
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
const rows = tableRows(section(await readDocument('CONTRIBUTING.md'), '## The map, in a minute'));

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
