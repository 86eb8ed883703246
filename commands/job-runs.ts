import type pg from 'pg';
import type { Instant } from '../domain/kernel/time.ts';

export interface Job {
  readonly job: string;
  readonly subject: string;
  readonly dueAt: Instant;
}

/** Which time-driven jobs are done, so that each runs once, also across restarts. */
export class JobRuns {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async record(job: Job, outcome: 'done' | 'skipped', detail?: string): Promise<void> {
    await this.#pool.query(
      `insert into ops.job_runs (job, subject, due_at, outcome, detail) values ($1, $2, $3, $4, $5)
       on conflict do nothing`,
      [job.job, job.subject, job.dueAt, outcome, detail ?? null],
    );
  }

  /** Of these jobs, the ones that have not run. */
  async pending<J extends Job>(jobs: readonly J[]): Promise<J[]> {
    if (jobs.length === 0) return [];
    const { rows } = await this.#pool.query<{ job: string; subject: string; due_at: string }>(
      `select job, subject, due_at from ops.job_runs
        where (job, subject, due_at) in (select * from unnest($1::text[], $2::text[], $3::text[]))`,
      [jobs.map((job) => job.job), jobs.map((job) => job.subject), jobs.map((job) => job.dueAt)],
    );
    const done = new Set(rows.map((row) => JSON.stringify([row.job, row.subject, row.due_at])));
    return jobs.filter((job) => !done.has(JSON.stringify([job.job, job.subject, job.dueAt])));
  }

  /** When a calendar job last ran, by its due instant. */
  async latest(job: string): Promise<Instant | undefined> {
    const { rows } = await this.#pool.query<{ due_at: string | null }>(
      'select max(due_at) as due_at from ops.job_runs where job = $1',
      [job],
    );
    return rows[0]?.due_at ?? undefined;
  }
}
