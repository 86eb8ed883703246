import { setImmediate } from 'node:timers/promises';
import type pg from 'pg';
import type { EventStore } from '../eventstore/port.ts';
import { createPool, queryBuilder } from '../platform/postgres.ts';
import type { JournalTables } from './journal/tables.ts';
import { trialBalance } from './journal/trial-balance.ts';
import type { Projection } from './projection.ts';
import { type RebuildProgress, rebuildProjection } from './rebuild.ts';
import type { TableComparison } from './runtime/compare.ts';
import { readLog } from './runtime/read-log.ts';
import { LogVerifier, type Recompute } from './verify-log.ts';
import type { Finding, VerifyReport } from './verify-report.ts';
import { verifyTables } from './verify-tables.ts';

export type VerifyProgress =
  | { readonly phase: 'log'; readonly position: number; readonly head: number }
  | ({ readonly phase: 'projection' } & { readonly rebuild: RebuildProgress });

export interface VerifyOptions {
  readonly store: EventStore;
  readonly url: string;
  readonly projections: readonly Projection[];
  readonly recompute: Recompute;
  /** Tables beside OPERATIONAL_TABLES that are not verified, with a reason each. */
  readonly operational?: Readonly<Record<string, string>>;
  readonly onProgress?: (progress: VerifyProgress) => void;
  readonly signal?: AbortSignal;
}

const BATCH_SIZE = 20_000;
const EVENTS_BETWEEN_YIELDS = 1_000;

/**
 * Proves that the books follow from the log: reads the whole log once and checks every event and entry, rebuilds
 * every read model beside the live one and compares them, and leaves no table of the database unexplained.
 * Changes nothing; the service may work meanwhile.
 */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  const { store, url, projections, operational } = options;
  const pool = createPool({ url, name: 'verify', as: 'owner', max: 2 });
  try {
    const position = await store.head();
    const log = new LogVerifier(store, options.recompute);
    await readWhole(log, position, options);
    const checks = [...log.findings()];
    for (const projection of projections) checks.push(...(await verifyProjection(projection, options)));
    if (projections.some(({ name }) => name === 'journal')) checks.push(await verifyTrialBalance(pool));
    checks.push(await verifyTables(pool, { projections, operational }));
    return { ok: checks.every(({ ok }) => ok), position, events: log.events, checks };
  } finally {
    await pool.end();
  }
}

async function readWhole(log: LogVerifier, head: number, options: VerifyOptions): Promise<void> {
  const { store, signal, onProgress } = options;
  for await (const events of readLog(store, { after: 0, through: head, batchSize: BATCH_SIZE, signal })) {
    for (const [index, event] of events.entries()) {
      log.add(event);
      if (index % EVENTS_BETWEEN_YIELDS === 0) await setImmediate();
    }
    onProgress?.({ phase: 'log', position: events[events.length - 1]?.position ?? head, head });
  }
}

/** One check for each table, and one that nothing is set aside. */
async function verifyProjection(projection: Projection, options: VerifyOptions): Promise<Finding[]> {
  const { store, url, signal, onProgress } = options;
  const prefix = `read model ${projection.name}`;
  try {
    const { tables, parked } = await rebuildProjection({
      projection,
      store,
      url,
      signal,
      compareOnly: true,
      onProgress: (rebuild) => onProgress?.({ phase: 'projection', rebuild }),
    });
    const compared = tables?.map((table) => tableFinding(prefix, table)) ?? [
      { name: `${prefix}: has rows of this version`, ok: false, detail: 'it was never built', count: 0 },
    ];
    const applied: Finding = {
      name: `${prefix}: every event can be applied`,
      ok: parked === 0,
      detail: parked === 0 ? '' : `${parked} events are parked`,
      count: parked,
    };
    return [...compared, applied];
  } catch (error) {
    signal?.throwIfAborted();
    const detail = error instanceof Error ? error.message : String(error);
    return [{ name: `${prefix}: can be rebuilt`, ok: false, detail, count: 0 }];
  }
}

function tableFinding(prefix: string, comparison: TableComparison): Finding {
  const { table, equal, liveRows, rebuiltRows, differences } = comparison;
  const examples = differences
    .slice(0, MAX_EXAMPLES)
    .map(({ kind, row }) => `${kind} ${JSON.stringify(row)}`)
    .join('; ');
  return {
    name: `${prefix}: ${table} equals a rebuild`,
    ok: equal,
    detail: equal ? '' : `${liveRows} rows, ${rebuiltRows} in the rebuild; ${examples}`,
    count: liveRows,
  };
}

const MAX_EXAMPLES = 4;

async function verifyTrialBalance(pool: pg.Pool): Promise<Finding> {
  const { accounts, totals, zero } = await trialBalance(queryBuilder<JournalTables>(pool));
  return {
    name: 'trial balance: zero in every currency',
    ok: zero,
    detail: totals.map(({ currency, debit, credit }) => `${currency} Dr ${debit} Cr ${credit}`).join('; '),
    count: accounts.length,
  };
}
