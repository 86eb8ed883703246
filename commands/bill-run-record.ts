import type pg from 'pg';
import type { Instant, Month } from '../domain/kernel/time.ts';

/**
 * How far the invoices of a month are. The counters are of the month, whichever run or process did the work: each
 * customer is in one of them at most, and in exactly one when the run is finished. They are taken anew when a run
 * begins, is repeated, or is taken up after it broke off.
 */
export interface BillRunProgress {
  readonly period: Month;
  /** `running` from when it is asked for until everybody was asked, also while nobody works on it after a crash. */
  readonly status: 'running' | 'finished';
  /** When the month was asked for first. */
  readonly startedAt: Instant;
  /** When the last run had asked everybody; null while one is running. */
  readonly finishedAt: Instant | null;
  /** Everybody of the month, done or not: who is invoiced for it already, and who is still to be. */
  readonly customers: number;
  /** Their invoice of the month is final, by this run, one before it, or a command of its own. */
  readonly invoiced: number;
  /** Asked, and nothing to bill or suspended. Asked again by the next run. */
  readonly skipped: number;
  /** Asked, and could not be billed for what they are; see the job journal. Tried again by the next run. */
  readonly failed: number;
}

/** What a run finds when it begins. */
export interface BillRunCounts {
  readonly customers: number;
  readonly invoiced: number;
}

/** What is kept of bill runs, a row for each month. */
export class BillRunRecords {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** Notes that a month is to be billed. A run that is open is left as it is: somebody may be working on it. */
  async note(period: Month, at: Instant, counts: BillRunCounts): Promise<BillRunProgress> {
    return (await this.#write(NOTE, period, at, counts)) ?? this.#known(period);
  }

  /** A run begins, or is taken up. Only its holder may call it. */
  async begin(period: Month, at: Instant, counts: BillRunCounts): Promise<BillRunProgress> {
    return (await this.#write(BEGIN, period, at, counts)) ?? this.#known(period);
  }

  async save({ period, finishedAt, invoiced, skipped, failed }: BillRunProgress): Promise<void> {
    await this.#pool.query(
      'update ops.bill_runs set finished_at = $2, invoiced = $3, skipped = $4, failed = $5 where period = $1',
      [period, finishedAt, invoiced, skipped, failed],
    );
  }

  /** Months whose run was asked for and is not finished. */
  async open(): Promise<readonly Month[]> {
    const { rows } = await this.#pool.query<{ period: Month }>(
      'select period from ops.bill_runs where finished_at is null order by period',
    );
    return rows.map(({ period }) => period);
  }

  async #write(
    statement: string,
    period: Month,
    at: Instant,
    { customers, invoiced }: BillRunCounts,
  ): Promise<BillRunProgress | undefined> {
    const { rows } = await this.#pool.query<BillRunRow>(statement, [period, at, customers, invoiced]);
    return rows[0] === undefined ? undefined : asProgress(rows[0]);
  }

  async #known(period: Month): Promise<BillRunProgress> {
    const progress = await readBillRun(this.#pool, period);
    if (progress === undefined) throw new Error(`the bill run of ${period} was written and is not there`);
    return progress;
  }
}

/** How far the run of a month is, whoever runs it; undefined if none was begun. */
export async function readBillRun(pool: pg.Pool, period: Month): Promise<BillRunProgress | undefined> {
  const { rows } = await pool.query<BillRunRow>(`select ${COLUMNS} from ops.bill_runs where period = $1`, [
    period,
  ]);
  return rows[0] === undefined ? undefined : asProgress(rows[0]);
}

const COLUMNS = 'period, started_at, finished_at, customers, invoiced, skipped, failed';

const WRITE = `
  insert into ops.bill_runs as r (period, started_at, customers, invoiced) values ($1, $2, $3, $4)
  on conflict (period) do update set finished_at = null, skipped = 0, failed = 0,
    invoiced = excluded.invoiced, customers = excluded.customers`;

const BEGIN = `${WRITE} returning ${COLUMNS}`;

const NOTE = `${WRITE} where r.finished_at is not null returning ${COLUMNS}`;

interface BillRunRow {
  readonly period: Month;
  readonly started_at: Instant;
  readonly finished_at: Instant | null;
  readonly customers: number;
  readonly invoiced: number;
  readonly skipped: number;
  readonly failed: number;
}

function asProgress({ started_at, finished_at, ...row }: BillRunRow): BillRunProgress {
  const status = finished_at === null ? 'running' : 'finished';
  return { ...row, status, startedAt: started_at, finishedAt: finished_at };
}
