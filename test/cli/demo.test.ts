import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fencedBlocks, readDocument } from '../docs/markdown.ts';
import { type Ended, type Run, runNode } from '../support/run-node.ts';
import { removeTemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';

const DEMO = fileURLToPath(new URL('../../cli/demo.ts', import.meta.url));
const CURL = /curl -s -H 'Authorization: Bearer (\S+)' '(http:\/\/127\.0\.0\.1:\d+\/v1\/\S+)'/g;
const PATIENCE_MS = 300_000;
/** The customers whose lives are told in full, for as long as that takes. */
const SIZE = ['--customers', '17', '--months', '6'];
/** Of the company of this size, month by month. */
const CLOSING_MRR = ['8,271.99', '8,072.99', '9,196.59', '10,013.99', '10,073.79', '10,073.79'];
/** Takes longer than half a year. */
const LATER = ['years renewed'];
/** How often depends on how the watcher's looks fall among the facts; what is reached is said either way. */
const TIMED = ['alerts', 'alerts taken back'];

function demo(dataDir: string, args: readonly string[], port = '0'): Run {
  return runNode(DEMO, args, { DATA_DIR: dataDir, PORT: port });
}

/** The lines from one to the first empty one after it. */
function section(text: string, head: string): string[] {
  const lines = text.split('\n');
  const start = lines.indexOf(head);
  const end = lines.indexOf('', start);
  return start < 0 ? [] : lines.slice(start + 1, end).map((line) => line.trim());
}

function cells(line: string): string[] {
  return line.split(/ {2,}/);
}

/** How often each kind of thing happened. */
function happenings(text: string): Map<string, number> {
  const rows = section(text, 'What happened').slice(2).map(cells);
  return new Map(rows.map((row) => [row.at(-2) ?? '', Number(row.at(-1)?.replaceAll(',', ''))]));
}

const BOOKS = [
  'Trial balance',
  'MRR movements by month, USD',
  'Subscriptions by tier, MRR in USD',
  'Receivables by age, USD',
];

describe('npm run demo', { timeout: PATIENCE_MS }, () => {
  let dataDir: string;
  let first: Ended;

  beforeAll(async () => {
    dataDir = await temporaryFolder();
    first = await demo(dataDir, [...SIZE, '--exit']).ended();
  }, PATIENCE_MS);
  afterAll(() => removeTemporaryFolder(dataDir));

  it('runs a company and verifies its books', () => {
    expect(first.err).not.toContain('"level"');
    expect({ code: first.code, err: first.code === 0 ? '' : first.err }).toEqual({ code: 0, err: '' });
    expect(first.out).toContain('Ran a company of 17 customers and 6 months');
    expect(first.out).toMatch(/verify: (\d+) of \1 checks ok, /);
    const balance = section(first.out, 'Trial balance');
    const [total, debit, credit, difference] = cells(balance.at(-1) ?? '');
    expect([total, difference]).toEqual(['Total USD', '0.00']);
    expect(debit).toBe(credit);
  });

  it('shows every kind of MRR movement, and each month opens where the one before has closed', () => {
    const months = section(first.out, 'MRR movements by month, USD').slice(2).map(cells);
    expect(months.map((month) => month.at(-2))).toEqual(CLOSING_MRR);
    for (const [index, month] of months.entries()) {
      expect(month[1]).toBe(index === 0 ? '0.00' : months[index - 1]?.at(-2));
    }
    for (const column of [2, 3, 4, 5, 6]) {
      expect(months.map((month) => month[column]).filter((amount) => amount !== '0.00')).not.toEqual([]);
    }
  });

  it('has everything happen at least once that can happen in half a year', () => {
    const counts = happenings(first.out);
    expect(counts.size).toBeGreaterThan(60);
    expect([...counts].filter(([, count]) => !(count > 0)).map(([name]) => name)).toEqual(LATER);
  });

  it('prints what the README says, word for word but for size and address', async () => {
    const readme = await readDocument('README.md');
    const [expected] = fencedBlocks(readme.slice(readme.indexOf('What the demo prints')));
    const lines = (expected?.text ?? '').split('\n').filter((line) => line !== '' && line !== '…');
    expect(lines).toHaveLength(9);
    const printed = first.out
      .replace('17 customers and 6 months', '300 customers and 24 months')
      .replace(/http:\/\/127\.0\.0\.1:\d+$/m, 'http://127.0.0.1:8080');
    let from = 0;
    for (const line of lines) {
      const pattern = line
        .split('…')
        .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        .join('.+');
      const found = new RegExp(`^${pattern}$`, 'm').exec(printed.slice(from));
      expect(found, line).not.toBeNull();
      from += (found?.index ?? 0) + (found?.[0].length ?? 0);
    }
  });

  it('leaves no table empty', () => {
    const tiers = section(first.out, 'Subscriptions by tier, MRR in USD').slice(2).map(cells);
    expect(tiers.map(([tier]) => tier)).toEqual(['free', 'starter', 'growth', 'pro', 'enterprise']);
    for (const [, active] of tiers) expect(Number(active)).toBeGreaterThan(0);
    const ages = section(first.out, 'Receivables by age, USD').slice(2).map(cells);
    expect(ages.map(([age]) => age)).toEqual(['current', '1-30', '31-60', '61-90', '90+', 'Total']);
    const open = ages.map(([, , amount = '']) => Number(amount.replaceAll(',', '')));
    const whole = open.pop() ?? 0;
    expect(open.reduce((sum, amount) => sum + amount, 0)).toBeCloseTo(whole, 2);
    expect(whole).toBeGreaterThan(0);
  });

  it('started again, finds the same books', async () => {
    const again = await demo(dataDir, [...SIZE, '--exit']).ended();
    expect(again.code).toBe(0);
    expect(again.out).toContain('nothing to generate');
    expect(again.out).toMatch(/verify: (\d+) of \1 checks ok, /);
    for (const head of [...BOOKS, 'What happened']) {
      expect(section(again.out, head)).toEqual(section(first.out, head));
    }
  });

  it('goes on where it was after every kill -9, and ends with the same books', async () => {
    const folder = await temporaryFolder();
    try {
      for (let kills = 0; kills < 3; kills += 1) {
        const killed = demo(folder, SIZE);
        await killed.said('events in the log');
        killed.child.kill('SIGKILL');
        await killed.ended();
      }
      const resumed = await demo(folder, [...SIZE, '--exit']).ended();
      expect({ code: resumed.code, err: resumed.code === 0 ? '' : resumed.err }).toEqual({
        code: 0,
        err: '',
      });
      expect(resumed.out).toContain('Ran a company');
      expect(resumed.out).toMatch(/verify: (\d+) of \1 checks ok, /);
      for (const head of BOOKS) expect(section(resumed.out, head)).toEqual(section(first.out, head));
      const untimed = (text: string) => [...happenings(text)].filter(([name]) => !TIMED.includes(name));
      expect(untimed(resumed.out)).toEqual(untimed(first.out));
    } finally {
      await removeTemporaryFolder(folder);
    }
  });

  it('serves what it prints, on another port if its own is taken, until it is told to stop', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    try {
      const run = demo(dataDir, SIZE, String(port));
      await run.said('Serving.');
      const curls = [...run.heard.out.matchAll(CURL)];
      const types: (string | undefined)[] = [];
      for (const [, key, url] of curls) {
        const answer = await fetch(url ?? '', { headers: { Authorization: `Bearer ${key}` } });
        expect([url, answer.status]).toEqual([url, 200]);
        types.push(answer.headers.get('Content-Type')?.split(';')[0]);
      }
      const json = 'application/json';
      expect(types).toEqual([json, json, json, 'application/pdf', 'text/html']);
      run.child.kill('SIGTERM');
      const { code, out, err } = await run.ended();
      expect({ code, err: err.includes('"level"') }).toEqual({ code: 0, err: false });
      expect(out).toContain(`Port ${port} is taken`);
      expect(out).toContain('Stopping.');
    } finally {
      taken.close();
    }
  });

  it('--fresh starts over, but deletes no database that is not a demo’s', async () => {
    const folder = await temporaryFolder();
    try {
      await mkdir(join(folder, 'postgres'));
      const refused = await demo(folder, ['--fresh', '--exit']).ended();
      expect(refused.code).toBe(1);
      expect(refused.err).toContain("that is not a demo's");
    } finally {
      await removeTemporaryFolder(folder);
    }
  });
});
