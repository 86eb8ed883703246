import type pg from 'pg';
import { type Refusal, refuse } from '../domain/kernel/decider.ts';
import { addMillis, type Instant, type Month, monthEnd } from '../domain/kernel/time.ts';
import { type CommandContext, wasRefused } from './context.ts';
import type { JobRuns } from './job-runs.ts';
import { inParallel, isLasting } from './lanes.ts';
import { draftMonthlyInvoice, generateMonthlyInvoice, INVOICE_GRACE_MS } from './monthly-invoice.ts';

/** How far the invoices of a month are. `status` `running` also while nobody runs it after a crash. */
export interface BillRunProgress {
  readonly period: Month;
  readonly status: 'running' | 'finished';
  readonly startedAt: Instant;
  readonly finishedAt: Instant | null;
  /** Customers to be invoiced, done or not. */
  readonly customers: number;
  readonly invoiced: number;
  /** Nothing to bill, or suspended. */
  readonly skipped: number;
  /** Could not be billed for what they are; see the job journal. Tried again by the next run. */
  readonly failed: number;
}

export interface BillRunOptions {
  readonly context: CommandContext;
  readonly pool: pg.Pool;
  readonly runs: JobRuns;
  customersToInvoice(period: Month): Promise<readonly string[]>;
  /** How many monthly invoices of the month are final. */
  invoicesOf(period: Month): Promise<number>;
  /** Waits until the read models have all that is in the log. */
  readonly drain: () => Promise<void>;
  readonly onFailure?: (customerId: string, error: Error) => void;
}

const MAX_DETAIL = 500;
const SAVE_EVERY = 50;

/**
 * The bill run of a month: everybody who is to be invoiced, once, whoever asks and however often. An invoice has
 * an id of its own nature and what is done is no longer asked for, so that a run that broke off goes on.
 */
export class BillRun {
  readonly #options: BillRunOptions;
  readonly #running = new Map<Month, Promise<BillRunProgress>>();

  constructor(options: BillRunOptions) {
    this.#options = options;
  }

  /** Why a month cannot be billed: it has not ended. */
  fault(period: Month): Refusal | undefined {
    if (this.#options.context.now() >= monthEnd(period)) return undefined;
    return refuse('period-not-ended', `${period} ends at ${monthEnd(period)}`, 'period');
  }

  /** Bills the month; one run of a month at a time in this process. */
  run(period: Month, onProgress?: (progress: BillRunProgress) => void): Promise<BillRunProgress> {
    const running = this.#running.get(period) ?? this.#run(period, onProgress);
    this.#running.set(period, running);
    return running.finally(() => this.#running.delete(period));
  }

  /** Notes that the month is to be billed, durably, before it begins. */
  async start(period: Month): Promise<BillRunProgress> {
    await this.#options.drain();
    const customers = await this.#options.customersToInvoice(period);
    const { rows } = await this.#options.pool.query<BillRunRow>(START, [
      period,
      this.#options.context.now(),
      customers.length,
      await this.#options.invoicesOf(period),
    ]);
    return asProgress(rows[0] as BillRunRow);
  }

  progress(period: Month): Promise<BillRunProgress | undefined> {
    return readBillRun(this.#options.pool, period);
  }

  /** Months whose run was begun and not finished. */
  async unfinished(): Promise<readonly Month[]> {
    const { rows } = await this.#options.pool.query<{ period: Month }>(
      'select period from ops.bill_runs where finished_at is null order by period',
    );
    return rows.map(({ period }) => period);
  }

  /** The month has ended: drafts of what will be invoiced. */
  async draft(period: Month): Promise<number> {
    const { context } = this.#options;
    const customers = await this.#options.customersToInvoice(period);
    await inParallel(customers, (customerId) => draftMonthlyInvoice(context, customerId, period));
    return customers.length;
  }

  async #run(period: Month, onProgress?: (progress: BillRunProgress) => void): Promise<BillRunProgress> {
    let progress = await this.start(period);
    const customers = await this.#options.customersToInvoice(period);
    let unsaved = 0;
    const count = async (outcome: 'invoiced' | 'skipped' | 'failed') => {
      progress = { ...progress, [outcome]: progress[outcome] + 1 };
      onProgress?.(progress);
      unsaved += 1;
      if (unsaved < SAVE_EVERY) return;
      unsaved = 0;
      await this.#save(progress);
    };
    await inParallel(customers, async (customerId) => count(await this.#bill(customerId, period)));
    progress = { ...progress, status: 'finished', finishedAt: this.#options.context.now() };
    await this.#save(progress);
    onProgress?.(progress);
    return progress;
  }

  async #bill(customerId: string, period: Month): Promise<'invoiced' | 'skipped' | 'failed'> {
    const { context, runs, onFailure } = this.#options;
    try {
      return wasRefused(await generateMonthlyInvoice(context, customerId, period)) ? 'skipped' : 'invoiced';
    } catch (error) {
      if (!isLasting(error)) throw error;
      const job = { job: 'monthly-invoice-part', subject: customerId, dueAt: invoicedAt(period) };
      await runs.record(job, 'skipped', `${error.name}: ${error.message}`.slice(0, MAX_DETAIL));
      onFailure?.(customerId, error);
      return 'failed';
    }
  }

  async #save({ period, finishedAt, invoiced, skipped, failed }: BillRunProgress): Promise<void> {
    await this.#options.pool.query(
      `update ops.bill_runs set finished_at = $2, invoiced = $3, skipped = $4, failed = $5 where period = $1`,
      [period, finishedAt, invoiced, skipped, failed],
    );
  }
}

/** How far the run of a month is, whoever runs it; undefined if none was begun. */
export async function readBillRun(pool: pg.Pool, period: Month): Promise<BillRunProgress | undefined> {
  const { rows } = await pool.query<BillRunRow>(`select ${COLUMNS} from ops.bill_runs where period = $1`, [
    period,
  ]);
  return rows[0] === undefined ? undefined : asProgress(rows[0]);
}

/** When a month's invoices become final by themselves. */
function invoicedAt(period: Month): Instant {
  return addMillis(monthEnd(period), INVOICE_GRACE_MS);
}

const COLUMNS = 'period, started_at, finished_at, customers, invoiced, skipped, failed';

/**
 * A run of the same month again goes on with what is left: who was skipped or failed is asked again. What is
 * invoiced already is counted, since a run that broke off may not have saved how far it was.
 */
const START = `
  insert into ops.bill_runs (period, started_at, invoiced, customers) values ($1, $2, $4, $3::int + $4::int)
  on conflict (period) do update set finished_at = null, skipped = 0, failed = 0,
    invoiced = excluded.invoiced, customers = excluded.customers
  returning ${COLUMNS}`;

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
