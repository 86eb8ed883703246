import { addMillis, DAY_MS, type Instant, type Month, monthEnd, monthOf } from '../domain/kernel/time.ts';
import { unlessAborted } from '../platform/abort.ts';
import type { BillRun } from './bill-run.ts';
import { type CommandContext, type CommandResult, wasRefused } from './context.ts';
import { expireCredits } from './credits.ts';
import { applyScheduledCancellation, applyScheduledChange, convertTrial, renewTerm } from './due-billing.ts';
import { advanceDunning, retryPayment } from './dunning.ts';
import { releaseRevenue } from './invoicing.ts';
import type { Job, JobRuns } from './job-runs.ts';
import { inParallel, isLasting } from './lanes.ts';
import { INVOICE_GRACE_MS } from './monthly-invoice.ts';
import { type ProvisionReadings, postProvision } from './provision.ts';
import { accrueAtClose } from './rating.ts';

/** What falls due for one thing, a customer or an invoice, at an instant of its own. */
export interface Due {
  readonly subject: string;
  readonly at: Instant;
}

export type DueKind =
  | 'credit-expiry'
  | 'cancellation'
  | 'scheduled-change'
  | 'trial-end'
  | 'renewal'
  | 'dunning'
  | 'payment-retry';

export interface DueRelease {
  readonly invoiceId: string;
  /** Released through here so far. */
  readonly from: Instant;
}

/** What the read models know to be due. */
export interface DueReadings {
  /** Month of the first customer; undefined while there is none. */
  firstMonth(): Promise<Month | undefined>;
  /** Due at or before an instant, in order of time and subject, after one, at most `limit`. */
  due(kind: DueKind, until: Instant, after: Due | undefined, limit: number): Promise<readonly Due[]>;
  /** Invoices with revenue to release through an instant, in a fixed order, after one, at most `limit`. */
  invoicesToRelease(
    through: Instant,
    after: DueRelease | undefined,
    limit: number,
  ): Promise<readonly DueRelease[]>;
  /** Customers with usage or a commitment in a month, or with usage before it that is not billed. */
  customersToAccrue(month: Month): Promise<readonly string[]>;
}

export interface SchedulerOptions {
  readonly context: CommandContext;
  readonly due: DueReadings;
  readonly runs: JobRuns;
  readonly billRun: BillRun;
  readonly cadence: 'monthly' | 'daily';
  /** Posts the ageing provision at month ends; left out, nobody does. */
  readonly provision?: ProvisionReadings;
  /** Waits until reactors and projections have handled all that is in the log. */
  readonly drain: () => Promise<void>;
  readonly onJob?: (job: Job, done: number) => void;
  /** A customer's or invoice's part of a job cannot be done; it is recorded as skipped, and the rest goes on. */
  readonly onFailure?: (job: Job, error: Error) => void;
}

const PAGE = 1_000;
const MAX_DETAIL = 500;
const NEVER = new AbortController().signal;

/** At one instant: daily close, usage close, expiry, tier change, invoice, payment (billing rule 5). */
const ORDER = [
  'release',
  'accrue',
  'credit-expiry',
  'provision',
  'cancellation',
  'scheduled-change',
  'trial-end',
  'renewal',
  'draft-invoice',
  'monthly-invoice',
  'dunning',
  'payment-retry',
];

type Command = (context: CommandContext, subject: string, at: Instant) => Promise<CommandResult<unknown>>;

const FOR_ONE: Readonly<Record<DueKind, Command>> = {
  'credit-expiry': expireCredits,
  cancellation: applyScheduledCancellation,
  'scheduled-change': applyScheduledChange,
  'trial-end': convertTrial,
  renewal: renewTerm,
  dunning: advanceDunning,
  'payment-retry': retryPayment,
};

const DUE_KINDS = Object.keys(FOR_ONE) as DueKind[];

/**
 * Time-driven commands, by the business clock. Every job is idempotent and recorded when it is done; one that
 * its decider refuses is recorded as skipped.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  /** Jobs that run for everybody at an instant; each answers how many it handled. */
  readonly #calendar: Readonly<Record<string, (at: Instant) => Promise<number>>> = {
    release: (at) => this.#releaseAll(at),
    accrue: (at) => this.#accrueAll(at),
    provision: (at) => this.#provide(at),
    'draft-invoice': (at) => this.#options.billRun.draft(monthOf(addMillis(at, -1))),
    'monthly-invoice': (at) => this.#invoiceAll(at),
  };

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** The earliest instant up to `until` at which something is due and not done. */
  async nextDue(until: Instant): Promise<Instant | undefined> {
    return earliest(await this.#dueJobs(until));
  }

  /**
   * Runs all that is due up to `until`, in order of time and, at one instant, of ORDER.
   * @param signal its abort ends that after the jobs under way, and rejects with its reason
   */
  async runDue(until: Instant, signal: AbortSignal = NEVER): Promise<void> {
    for (;;) {
      await unlessAborted(this.#options.drain(), signal);
      const jobs = await this.#dueJobs(until);
      const at = earliest(jobs);
      if (at === undefined) return;
      await this.#runAt(
        at,
        jobs.filter(({ dueAt }) => dueAt <= at),
        signal,
      );
    }
  }

  /** Kind by kind; what one kind has done can make the next ones due, so that they are asked for anew after it. */
  async #runAt(at: Instant, dueAtFirst: readonly Job[], signal: AbortSignal): Promise<void> {
    let jobs = dueAtFirst;
    for (const kind of ORDER) {
      const due = jobs.filter(({ job }) => job === kind);
      if (due.length === 0) continue;
      await inParallel(due, (job) => this.#run(job));
      await unlessAborted(this.#options.drain(), signal);
      jobs = await this.#dueJobs(at);
    }
  }

  async #dueJobs(until: Instant): Promise<Job[]> {
    return (await Promise.all([this.#calendarJobs(until), this.#singleJobs(until)])).flat();
  }

  async #run(job: Job): Promise<void> {
    const { context, runs, onJob } = this.#options;
    const { subject, dueAt } = job;
    const calendar = this.#calendar[job.job];
    if (calendar !== undefined) {
      const done = await calendar(dueAt);
      await runs.record(job, 'done');
      onJob?.(job, done);
    } else {
      const command = FOR_ONE[job.job as DueKind];
      await this.#part(job, async () => this.#settle(job, await command(context, subject, dueAt)));
    }
  }

  async #settle(job: Job, result: CommandResult<unknown>): Promise<void> {
    const { runs, onJob } = this.#options;
    if (wasRefused(result)) await runs.record(job, 'skipped', result.code);
    else await runs.record(job, 'done');
    onJob?.(job, 1);
  }

  async #releaseAll(through: Instant): Promise<number> {
    const { context, due } = this.#options;
    let done = 0;
    let after: DueRelease | undefined;
    for (;;) {
      const page = await due.invoicesToRelease(through, after, PAGE);
      await inParallel(page, ({ invoiceId }) =>
        this.#part({ job: 'release-part', subject: invoiceId, dueAt: through }, () =>
          releaseRevenue(context, invoiceId, through),
        ),
      );
      done += page.length;
      after = page.at(-1);
      if (page.length < PAGE) return done;
    }
  }

  async #accrueAll(at: Instant): Promise<number> {
    const { context, due } = this.#options;
    const month = monthOf(addMillis(at, -1));
    const customers = await due.customersToAccrue(month);
    await inParallel(customers, (customerId) =>
      this.#part({ job: 'accrue-part', subject: customerId, dueAt: at }, () =>
        accrueAtClose(context, customerId, at),
      ),
    );
    return customers.length;
  }

  async #provide(at: Instant): Promise<number> {
    const { context, provision } = this.#options;
    if (provision === undefined) return 0;
    await postProvision(context, provision, monthOf(addMillis(at, -1)));
    return 1;
  }

  async #invoiceAll(at: Instant): Promise<number> {
    const { customers } = await this.#options.billRun.run(monthOf(addMillis(at, -INVOICE_GRACE_MS - 1)));
    return customers;
  }

  /** What fails for what it is, and would fail again, stops nobody else's books. Other errors end the job. */
  async #part(job: Job, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isLasting(error)) throw error;
      await this.#options.runs.record(job, 'skipped', `${error.name}: ${error.message}`.slice(0, MAX_DETAIL));
      this.#options.onFailure?.(job, error);
    }
  }

  async #calendarJobs(until: Instant): Promise<Job[]> {
    const first = await this.#options.due.firstMonth();
    if (first === undefined) return [];
    const origin = `${first}-01T00:00:00.000Z`;
    const step = this.#options.cadence === 'daily' ? nextDay : nextMonth;
    const latest = (job: string) => this.#options.runs.latest(job);
    const [released, accrued, invoiced, drafted, provided] = await Promise.all(
      ['release', 'accrue', 'monthly-invoice', 'draft-invoice', 'provision'].map(latest),
    );
    const release = step(released ?? origin);
    const accrue = step(accrued ?? origin);
    const month = invoiced === undefined ? origin : addMillis(invoiced, -INVOICE_GRACE_MS);
    const invoice = addMillis(nextMonth(month), INVOICE_GRACE_MS);
    const draft = nextMonth(drafted ?? origin);
    const provision = nextMonth(provided ?? origin);
    const jobs: Job[] = [
      ...(this.#options.provision === undefined
        ? []
        : [{ job: 'provision', subject: 'all', dueAt: provision }]),
      { job: 'release', subject: 'all', dueAt: release },
      { job: 'accrue', subject: 'all', dueAt: accrue },
      { job: 'draft-invoice', subject: 'all', dueAt: draft },
      { job: 'monthly-invoice', subject: 'all', dueAt: invoice },
    ];
    return jobs.filter((job) => job.dueAt <= until);
  }

  async #singleJobs(until: Instant): Promise<Job[]> {
    return (await Promise.all(DUE_KINDS.map((kind) => this.#firstPending(kind, until)))).flat();
  }

  /** The first page with something to do: what was skipped stays due, and must not hide what comes after it. */
  async #firstPending(job: DueKind, until: Instant): Promise<Job[]> {
    const { due, runs } = this.#options;
    let after: Due | undefined;
    for (;;) {
      const page = await due.due(job, until, after, PAGE);
      const pending = await runs.pending(page.map(({ subject, at }) => ({ job, subject, dueAt: at })));
      after = page.at(-1);
      if (pending.length > 0 || page.length < PAGE) return pending;
    }
  }
}

function earliest(jobs: readonly Job[]): Instant | undefined {
  return jobs.reduce<Instant | undefined>(
    (first, { dueAt }) => (first === undefined || dueAt < first ? dueAt : first),
    undefined,
  );
}

function nextMonth(at: Instant): Instant {
  return monthEnd(monthOf(at));
}

function nextDay(at: Instant): Instant {
  return `${addMillis(at, DAY_MS).slice(0, 10)}T00:00:00.000Z`;
}
