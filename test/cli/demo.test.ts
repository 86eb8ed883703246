import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removeTemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';

const DEMO = fileURLToPath(new URL('../../cli/demo.ts', import.meta.url));
const CURL = /curl -s -H 'Authorization: Bearer (\S+)' '(http:\/\/127\.0\.0\.1:\d+\/v1\/\S+)'/g;
/** Of the company of this size, month by month. */
const CLOSING_MRR = ['7,171.40', '6,972.40', '5,735.20'];
const SIZE = ['--customers', '12', '--months', '3'];

interface Run {
  readonly child: ChildProcess;
  readonly heard: { readonly out: string; readonly err: string };
  /** Resolves once the text has been said on stdout or stderr; throws if the process ends without. */
  said(text: string): Promise<void>;
  /** Waits for the end. */
  ended(): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
}

function demo(dataDir: string, args: readonly string[], port = '0'): Run {
  const child = spawn(process.execPath, [DEMO, ...args], {
    env: { PATH: process.env['PATH'], DATA_DIR: dataDir, PORT: port },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const heard = { out: '', err: '' };
  const listeners = new Set<() => void>();
  const hear = (name: 'out' | 'err') => (chunk: Buffer) => {
    heard[name] += chunk.toString();
    for (const listener of listeners) listener();
  };
  child.stdout.on('data', hear('out'));
  child.stderr.on('data', hear('err'));
  const closed = once(child, 'close');
  return {
    child,
    heard,
    said: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (`${heard.out}\n${heard.err}`.includes(text)) resolve();
        };
        listeners.add(look);
        look();
        void closed.then(() => reject(new Error(`ended without "${text}":\n${heard.out}\n${heard.err}`)));
      }),
    async ended() {
      await closed;
      return { code: child.exitCode, ...heard };
    },
  };
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

describe('npm run demo', { timeout: 300_000 }, () => {
  let dataDir: string;

  beforeEach(async () => {
    dataDir = await temporaryFolder();
  });

  afterEach(() => removeTemporaryFolder(dataDir));

  it('runs a company, verifies it, and finds the same books when started again', async () => {
    const first = await demo(dataDir, [...SIZE, '--exit']).ended();
    expect(first.err).not.toContain('"level"');
    expect(first.code).toBe(0);
    expect(first.out).toContain('Ran a company of 12 customers and 3 months');
    expect(first.out).toMatch(/verify: (\d+) of \1 checks ok, /);

    const balance = section(first.out, 'Trial balance');
    expect(cells(balance.at(-1) ?? '')).toEqual([
      'Total USD',
      expect.any(String),
      expect.any(String),
      '0.00',
    ]);
    const [, debit, credit] = cells(balance.at(-1) ?? '');
    expect(debit).toBe(credit);
    expect(balance.map((line) => cells(line)[1])).toContain('Subscription revenue');

    const months = section(first.out, 'MRR movements by month, USD').slice(2).map(cells);
    expect(months.map(([month]) => month)).toEqual(['2025-01', '2025-02', '2025-03']);
    expect(months.map((month) => month.at(-2))).toEqual(CLOSING_MRR);
    expect(months[1]?.[1]).toBe(months[0]?.at(-2));

    const second = await demo(dataDir, [...SIZE, '--exit']).ended();
    expect(second.code).toBe(0);
    expect(second.out).toContain('nothing to generate');
    expect(second.out).toMatch(/verify: (\d+) of \1 checks ok, /);
    expect(section(second.out, 'Trial balance')).toEqual(balance);
  });

  it('goes on where it was after a kill -9, and ends with the same books', async () => {
    const whole = await temporaryFolder();
    try {
      const expected = await demo(whole, [...SIZE, '--exit']).ended();
      const killed = demo(dataDir, SIZE);
      await killed.said('events in the log');
      killed.child.kill('SIGKILL');
      await killed.ended();
      const resumed = await demo(dataDir, [...SIZE, '--exit']).ended();
      expect(resumed.code).toBe(0);
      expect(resumed.out).toContain('Ran a company');
      expect(resumed.out).toMatch(/verify: (\d+) of \1 checks ok, /);
      for (const head of ['Trial balance', 'MRR movements by month, USD']) {
        expect(section(resumed.out, head)).toEqual(section(expected.out, head));
      }
    } finally {
      await removeTemporaryFolder(whole);
    }
  });

  it('serves what it prints, on another port if its own is taken, until it is told to stop', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    try {
      const run = demo(dataDir, ['--customers', '3', '--months', '1'], String(port));
      await run.said('Serving.');
      const curls = [...run.heard.out.matchAll(CURL)];
      expect(curls).toHaveLength(5);
      for (const [, key, url] of curls) {
        const { status } = await fetch(url ?? '', { headers: { Authorization: `Bearer ${key}` } });
        expect([url, status]).toEqual([url, 200]);
      }
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
    await mkdir(join(dataDir, 'postgres'));
    const refused = await demo(dataDir, ['--fresh', '--exit']).ended();
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("that is not a demo's");
  });
});
