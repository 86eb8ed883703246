import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { abridge, linesPattern } from './expected-output.ts';
import { fencedBlocks, ROOT, readDocument, relativeLinks, section } from './markdown.ts';
import { type RunningTour, startTour, tourOf } from './tour.ts';

const readme = await readDocument('README.md');
const hasCurl = spawnSync('curl', ['--version']).status === 0;

describe.skipIf(!hasCurl)('the tour of the README, word for word (needs curl)', () => {
  const tour = tourOf(fencedBlocks(section(readme, '## A tour')));
  let service: RunningTour;

  beforeAll(async () => {
    service = await startTour(tour);
  });
  afterAll(() => service?.stop());

  it.each(tour.steps.map((step, index) => ({ ...step, index, what: firstWords(step.command) })))(
    '$index: $what',
    async ({ command, expected }) => {
      const printed = await service.run(command);
      if (expected.language === 'json') {
        const answer: unknown = JSON.parse(expected.text);
        expect(abridge(JSON.parse(printed), answer)).toEqual(answer);
      } else {
        expect(printed).toMatch(linesPattern(expected.text));
      }
    },
  );

  it('sent again, changes nothing', async () => {
    const verify = tour.steps.at(-1)?.command ?? '';
    const before = await service.run(verify);
    for (const { command } of tour.steps) await service.run(command);
    expect(await service.run(verify)).toBe(before);
  });
});

describe('what the README says of the rest', () => {
  it('names npm scripts that exist', async () => {
    const { scripts }: { scripts: Record<string, string> } = JSON.parse(await readDocument('package.json'));
    const named = [...readme.matchAll(/npm (?:run ([a-z:]+)|(start|test))/g)].map(
      ([, run, bare]) => run ?? bare ?? '',
    );
    expect(named.length).toBeGreaterThan(10);
    for (const name of named) expect(Object.keys(scripts)).toContain(name);
  });

  it.each([
    'README.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    'CHANGELOG.md',
    'docs/docker.md',
    'docs/catalogue.md',
  ])('has no dead links in %s', async (path) => {
    const base = path.includes('/') ? `${ROOT}docs/` : ROOT;
    for (const target of relativeLinks(await readDocument(path))) {
      expect(existsSync(`${base}${target}`), `${path} links to ${target}`).toBe(true);
    }
  });
});

function firstWords(command: string): string {
  return command.replace(/\s+/g, ' ').slice(0, 70);
}
