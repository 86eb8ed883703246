import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { type Refusal, refuse } from '../domain/kernel/decider.ts';
import { addMillis, type Instant, type Month, monthEnd } from '../domain/kernel/time.ts';
import { unlessAborted } from '../platform/abort.ts';
import { SessionLock, unlocked } from '../platform/session-lock.ts';
import { type BillRunCounts, type BillRunProgress, BillRunRecords, readBillRun } from './bill-run-record.ts';
import { type CommandContext, wasRefused } from './context.ts';
import type { JobRuns } from './job-runs.ts';
import { inParallel, isLasting } from './lanes.ts';
import {
  discardDraft,
  draftMonthlyInvoice,
  generateMonthlyInvoice,
  INVOICE_GRACE_MS,
} from './monthly-invoice.ts';

export interface BillRunOptions {
  readonly context: CommandContext;
  readonly pool: pg.Pool;
  /** Database of the pool: who works on a run holds a connection of its own. */
  readonly url: string;
  readonly runs: JobRuns;
  customersToInvoice(period: Month): Promise<readonly string[]>;
  /** Whose monthly invoice of the month is a draft. */
  customersDrafted(period: Month): Promise<readonly string[]>;
  /** Whose monthly invoice of the month is final. */
  customersInvoiced(period: Month): Promise<readonly string[]>;
  /** Waits until the read models have all that is in the log. */
  readonly drain: () => Promise<void>;
  readonly onFailure?: (customerId: string, error: Error) => void;
  /** The connection that holds a run is broken. */
  readonly onError?: (error: Error) => void;
}

/** This process was told to stop. The run stays open: it goes on in whichever process takes it up. */
export class BillRunStoppedError extends Error {
  override readonly name = 'BillRunStoppedError';

  constructor(period: Month, options?: ErrorOptions) {
    super(`the bill run of ${period} was stopped`, options);
  }
}

type OnProgress = (progress: BillRunProgress) => void;
type Outcome = 'invoiced' | 'skipped' | 'failed';

const MAX_DETAIL = 500;
const SAVE_EVERY = 50;
const LOOK_AGAIN_MS = 500;

/**
 * The bill run of a month: everybody who is to be invoiced, once, whoever asks and however often. An invoice has
 * an id of its own nature and what is done is no longer asked for, so that a run that broke off goes on. One process
 * at a time works on a month; when it is gone, or its run broke off, another one may take the month up.
 */
export class BillRun {
  readonly #options: BillRunOptions;
  readonly #records: BillRunRecords;
  readonly #running = new Map<Month, Promise<BillRunProgress>>();
  readonly #stopping = new AbortController();

  constructor(options: BillRunOptions) {
    this.#options = options;
    this.#records = new BillRunRecords(options.pool);
  }

  /** Why a month cannot be billed: it has not ended. */
  fault(period: Month): Refusal | undefined {
    if (this.#options.context.now() >= monthEnd(period)) return undefined;
    return refuse('period-not-ended', `${period} ends at ${monthEnd(period)}`, 'period');
  }

  /**
   * Bills the month. Joins a run of it that is under way, in this process or, with its progress, in another one; if
   * that one is gone before it has finished, goes on with what is left.
   * @throws BillRunStoppedError after `stop`
   */
  run(period: Month, onProgress?: OnProgress): Promise<BillRunProgress> {
    const known = this.#running.get(period);
    if (known !== undefined) return known;
    const running = this.#run(period, onProgress).finally(() => this.#running.delete(period));
    this.#running.set(period, running);
    return running;
  }

  /** Notes that the month is to be billed, durably, before it begins. */
  async start(period: Month): Promise<BillRunProgress> {
    await this.#options.drain();
    const { counts } = await this.#survey(period);
    return this.#records.note(period, this.#options.context.now(), counts);
  }

  progress(period: Month): Promise<BillRunProgress | undefined> {
    return readBillRun(this.#options.pool, period);
  }

  /** Ended months whose run was asked for and is not finished, and on which no process works. */
  async abandoned(): Promise<readonly Month[]> {
    const open = await this.#records.open();
    const free = await unlocked(this.#options.pool, open.map(lockOf));
    return open.filter((period) => free.has(lockOf(period)) && this.fault(period) === undefined);
  }

  /** Breaks off what runs here: the invoices under way are finished, no other is begun. For good. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.allSettled(this.#running.values());
  }

  /** The month has ended: drafts of what will be invoiced. */
  async draft(period: Month): Promise<number> {
    const { context } = this.#options;
    const customers = await this.#options.customersToInvoice(period);
    await inParallel(customers, (customerId) => draftMonthlyInvoice(context, customerId, period));
    return customers.length;
  }

  async #run(period: Month, onProgress: OnProgress | undefined): Promise<BillRunProgress> {
    const stopping = this.#stopping.signal;
    try {
      stopping.throwIfAborted();
      const before = await this.progress(period);
      let joined = before?.status === 'running';
      await using lock = await this.#lock(period, (progress) => {
        joined = true;
        onProgress?.(progress);
      });
      const found = await this.progress(period);
      if (joined && found?.status === 'finished') return found;
      return await this.#billAll(period, lock, onProgress);
    } catch (error) {
      throw stopping.aborted ? new BillRunStoppedError(period, { cause: error }) : error;
    }
  }

  /** Waits while another process has the month, and tells how far that one is. */
  async #lock(period: Month, onProgress: OnProgress): Promise<SessionLock> {
    const lock = new SessionLock(this.#options.url, lockOf(period), (error) =>
      this.#options.onError?.(error),
    );
    try {
      await lock.open();
      while (!(await lock.tryTake())) {
        const progress = await this.progress(period);
        if (progress !== undefined) onProgress(progress);
        await sleep(LOOK_AGAIN_MS, undefined, { signal: this.#stopping.signal });
      }
      return lock;
    } catch (error) {
      await lock[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #billAll(
    period: Month,
    lock: SessionLock,
    onProgress: OnProgress | undefined,
  ): Promise<BillRunProgress> {
    const { lost } = lock;
    const broken = AbortSignal.any([this.#stopping.signal, lost]);
    await unlessAborted(this.#options.drain(), broken);
    const { left, counts } = await this.#survey(period);
    let progress = await this.#records.begin(period, this.#options.context.now(), counts);
    onProgress?.(progress);
    let unsaved = 0;
    const count = async (outcome: Outcome) => {
      progress = { ...progress, [outcome]: progress[outcome] + 1 };
      onProgress?.(progress);
      unsaved += 1;
      if (unsaved < SAVE_EVERY || lost.aborted) return;
      unsaved = 0;
      await this.#save(progress, lock);
    };
    try {
      await inParallel(left, async (customerId) => {
        if (!broken.aborted) await count(await this.#bill(customerId, period));
      });
      broken.throwIfAborted();
      progress = { ...progress, status: 'finished', finishedAt: this.#options.context.now() };
    } finally {
      if (!lost.aborted) await this.#save(progress, lock);
    }
    onProgress?.(progress);
    return progress;
  }

  /** Without the lock somebody else may be counting. */
  async #save(progress: BillRunProgress, lock: SessionLock): Promise<void> {
    await lock.confirm();
    await this.#records.save(progress);
  }

  /**
   * Who is left, and how many there are with those who have their invoice. Who has it is read last and left out of
   * the others: late usage of theirs is for the next month, and whoever becomes final in between counts once.
   */
  async #survey(
    period: Month,
  ): Promise<{ readonly left: readonly string[]; readonly counts: BillRunCounts }> {
    const due = await this.#options.customersToInvoice(period);
    // A draft is left of what was taken back since: by corrections, or another invoice.
    const candidates = [...new Set([...due, ...(await this.#options.customersDrafted(period))])];
    const invoiced = new Set(await this.#options.customersInvoiced(period));
    const left = candidates.filter((customerId) => !invoiced.has(customerId));
    return { left, counts: { customers: invoiced.size + left.length, invoiced: invoiced.size } };
  }

  /** `invoiced` also if somebody else made the invoice final since the run began: it was not counted then. */
  async #bill(customerId: string, period: Month): Promise<Outcome> {
    const { context, runs, onFailure } = this.#options;
    try {
      const result = await generateMonthlyInvoice(context, customerId, period);
      if (!wasRefused(result)) return 'invoiced';
      if (result.code === 'nothing-to-bill') await discardDraft(context, customerId, period);
      return 'skipped';
    } catch (error) {
      if (!isLasting(error)) throw error;
      const job = { job: 'monthly-invoice-part', subject: customerId, dueAt: invoicedAt(period) };
      await runs.record(job, 'skipped', `${error.name}: ${error.message}`.slice(0, MAX_DETAIL));
      onFailure?.(customerId, error);
      return 'failed';
    }
  }
}

/** When a month's invoices become final by themselves. */
function invoicedAt(period: Month): Instant {
  return addMillis(monthEnd(period), INVOICE_GRACE_MS);
}

function lockOf(period: Month): string {
  return `aura bill-run ${period}`;
}
