import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { projections } from '../../api/service/schema.ts';
import { ALERT_WATCHER } from '../../commands/usage-alerts.ts';
import { EventStoreDbEventStore } from '../../eventstore/eventstoredb/store.ts';
import type { EventStore, StoredEvent } from '../../eventstore/port.ts';
import { PostgresEventStore } from '../../eventstore/postgres/store.ts';
import { postingFor } from '../../ledger/posting/index.ts';
import { createPool } from '../../platform/postgres.ts';
import { verify } from '../../projections/verify.ts';
import { formatReport } from '../../projections/verify-report.ts';
import type { CountedUsage } from './check-usage.ts';

/** All that follow the log. */
const FOLLOWERS = [...projections.map(({ name }) => name), 'follow-ups', ALERT_WATCHER];
const DRAINED_WITHIN_MS = 120_000;
const POLL_MS = 50;
const PAGE = 5_000;

/** Log and database of a running deployment, read past its API. */
export class Books {
  readonly store: EventStore;
  readonly #url: string;
  readonly #pool: pg.Pool;

  constructor(databaseUrl: string, eventStoreUrl: string | undefined) {
    this.#url = databaseUrl;
    this.#pool = createPool({ url: databaseUrl, name: 'crash-check', as: 'owner', max: 2 });
    this.store =
      eventStoreUrl === undefined
        ? new PostgresEventStore({ url: databaseUrl })
        : new EventStoreDbEventStore({ url: eventStoreUrl });
  }

  /** Waits until reactors and read models have handled the whole log. Throws if that takes too long. */
  async drained(): Promise<void> {
    for (const deadline = Date.now() + DRAINED_WITHIN_MS; ; await sleep(POLL_MS)) {
      const head = await this.store.head();
      const { rows } = await this.#pool.query<{ name: string; position: string }>(
        `select projection as name, position from ops.checkpoints
         union all select reactor, position from ops.reactor_checkpoints`,
      );
      const behind = rows.filter(({ position }) => Number(position) < head);
      const isComplete = FOLLOWERS.every((follower) => rows.some(({ name }) => name === follower));
      if (isComplete && behind.length === 0 && (await this.store.head()) === head) return;
      if (Date.now() > deadline) {
        throw new Error(`not drained to ${head} in time: ${JSON.stringify(rows)}`);
      }
    }
  }

  async log(): Promise<readonly StoredEvent[]> {
    const events: StoredEvent[] = [];
    for (;;) {
      const page = await this.store.readAll(events.at(-1)?.position ?? 0, PAGE);
      events.push(...page);
      if (page.length < PAGE) return events;
    }
  }

  async countedUsage(): Promise<CountedUsage> {
    const { rows } = await this.#pool.query<Record<'customer_id' | 'month' | 'meter' | 'quantity', string>>(
      'select customer_id, month, meter, quantity::text from read.usage_monthly where quantity > 0',
    );
    return new Map(rows.map((row) => [`${row.customer_id} ${row.month} ${row.meter}`, BigInt(row.quantity)]));
  }

  /** What `aura verify` finds wrong: entries, trial balance, every read model against a rebuild. */
  async verify(): Promise<string[]> {
    const report = await verify({
      store: this.store,
      url: this.#url,
      projections,
      recompute: postingFor,
    });
    return report.ok ? [] : [formatReport(report)];
  }

  async close(): Promise<void> {
    await this.store.close();
    await this.#pool.end();
  }
}
