import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { journalProjection } from '../../projections/journal/projection.ts';
import { type Projector, startProjector } from '../../projections/runtime/projector.ts';
import { waitForCheckpoints } from '../../projections/runtime/wait.ts';
import { append, type Books, countRows, eventually, openBooks, payment, quiet } from './support.ts';

const PROGRAM = fileURLToPath(new URL('projector-process.ts', import.meta.url));
const NEVER_MS = 3_600_000;

let books: Books;
let child: ChildProcess;
let projector: Projector | undefined;
let said: string;

beforeEach(async () => {
  books = await openBooks();
});

afterEach(async () => {
  child.kill('SIGKILL');
  await projector?.stop();
  await books.close();
});

async function startChild(leaseMs: number): Promise<void> {
  said = '';
  child = spawn(process.execPath, [PROGRAM, books.url, String(leaseMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout?.on('data', (chunk) => {
    said += String(chunk);
  });
  await eventually('child runs', () => said.includes('running'));
}

function startHere(leaseMs: number): Projector {
  projector = startProjector({
    store: books.store,
    url: books.url,
    projections: [journalProjection],
    log: quiet,
    leaseMs,
    standbyPollMs: 50,
  });
  return projector;
}

it('takes over from a killed process at once, however long its lease', async () => {
  await startChild(NEVER_MS);
  const here = startHere(NEVER_MS);
  const first = await append(books.store, [payment('a', '1.00')]);
  expect(await waitForCheckpoints(books.pool, ['journal'], first, 30_000)).toBe(true);
  expect((await here.status())[0]?.state).toBe('standby');
  child.kill('SIGKILL');
  await here.drained(await append(books.store, [payment('a', '2.00')]));
  expect((await here.status())[0]?.state).toBe('running');
  expect(await countRows(books.pool, 'read.journal_entries')).toBe(2);
});

it('a zombie that wakes up after its lease ran out writes nothing', async () => {
  await startChild(1_000);
  const here = startHere(1_000);
  child.kill('SIGSTOP');
  await here.drained(await append(books.store, [payment('a', '1.00'), payment('b', '2.00')]));
  child.kill('SIGCONT');
  await eventually('the zombie knows', () => said.includes('standby'));
  await here.drained(await append(books.store, [payment('a', '3.00')]));
  const { rows } = await books.pool.query(
    'select entry_no, count(*) from read.journal_entries group by 1 order by 1',
  );
  expect(rows).toEqual(['1', '2', '3'].map((entry_no) => ({ entry_no, count: '1' })));
  expect((await here.status())[0]?.state).toBe('running');
});
