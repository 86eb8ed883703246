import type pg from 'pg';
import { usageReadings } from '../../api/service/readings.ts';
import { migrations } from '../../api/service/schema.ts';
import { allFollowUps } from '../../commands/all-follow-ups.ts';
import type { CommandContext } from '../../commands/context.ts';
import { type Envelope, naturalUuid } from '../../commands/envelope.ts';
import { runFollowUps } from '../../commands/follow-ups.ts';
import { KeyedMutex } from '../../commands/keyed-mutex.ts';
import { CommandPipeline } from '../../commands/pipeline.ts';
import { PostgresClaims } from '../../commands/postgres-claims.ts';
import { Reactor } from '../../commands/reactor.ts';
import { EventStoreDbEventStore } from '../../eventstore/eventstoredb/store.ts';
import type { EventStore, StoredEvent } from '../../eventstore/port.ts';
import { PostgresEventStore } from '../../eventstore/postgres/store.ts';
import { sha256Hex } from '../../platform/canonical-json.ts';
import { migrate } from '../../platform/migrations.ts';
import { createPool } from '../../platform/postgres.ts';
import { Vault } from '../../platform/vault.ts';
import { waitForCheckpoints } from '../../projections/runtime/wait.ts';
import { startStandin } from '../support/eventstoredb-standin/start-standin.ts';
import { createTestDatabase } from '../support/postgres.ts';

export const followUps = allFollowUps;

export interface ProcessOptions {
  /** Another way to the database, for its log only. */
  readonly url?: string;
  readonly store?: EventStore;
  readonly resolveWithinMs?: number;
  readonly cacheCapacity?: number;
}

/** What one process of the service has of the command side. */
export interface Process {
  readonly store: EventStore;
  readonly pipeline: CommandPipeline;
  readonly context: CommandContext;
}

/** A log with its database, and any number of processes on it. Business time stands where `now` says. */
export interface CommandSide {
  readonly url: string;
  readonly pool: pg.Pool;
  now: string;
  open(options?: ProcessOptions): Process;
  dispose(): Promise<void>;
}

export type LogKind = 'Postgres' | 'EventStoreDB stand-in';

export async function createCommandSide(kind: LogKind = 'Postgres'): Promise<CommandSide> {
  const database = await createTestDatabase();
  await migrate(database.url, migrations);
  const pool = createPool({ url: database.url, name: 'test', max: 8 });
  const standin = kind === 'Postgres' ? undefined : await startStandin(database.url);
  const stores: EventStore[] = [];
  const openStore = ({ url = database.url, resolveWithinMs = 10_000 }: ProcessOptions): EventStore =>
    standin === undefined
      ? new PostgresEventStore({ url, resolveWithinMs })
      : new EventStoreDbEventStore({ url: standin.url });
  const side: CommandSide = {
    url: database.url,
    pool,
    now: '2026-01-10T12:00:00.000Z',
    open(options = {}) {
      const store = options.store ?? openStore(options);
      stores.push(store);
      const now = () => side.now;
      const claims = new PostgresClaims(pool);
      const { cacheCapacity } = options;
      const capacity = cacheCapacity === undefined ? {} : { cacheCapacity };
      const pipeline = new CommandPipeline({ store, now, claims, ...capacity });
      const mutex = new KeyedMutex();
      const context: CommandContext = {
        pipeline,
        store,
        claims,
        vault: new Vault(pool),
        usage: usageReadings(store, pool, (names, position, timeoutMs) =>
          waitForCheckpoints(pool, names, position, timeoutMs),
        ),
        now,
        exclusive: (key, work) => mutex.run(key, work),
        settle: (events) => runFollowUps(followUps, events, context),
      };
      return { store, pipeline, context };
    },
    async dispose() {
      await Promise.all(stores.map((store) => store.close()));
      await standin?.kill();
      await pool.end();
      await database.drop();
    },
  };
  return side;
}

/**
 * Runs the follow-ups of all that is in the log, and of what they append.
 * @param name of the checkpoint that it goes on from
 */
export async function reactToEnd(side: CommandSide, store: EventStore, name = 'follow-ups'): Promise<void> {
  const reactor = new Reactor({
    name,
    followUps,
    context: side.open({ store }).context,
    pool: side.pool,
    whenSettled: async () => undefined,
    onError: (error) => {
      throw error;
    },
  });
  reactor.start();
  for (let head = -1; head !== (await store.head()); ) {
    head = await store.head();
    await reactor.drained(head);
  }
  await reactor.stop();
}

/** An envelope as the edge makes one: the command's id from the key, the hash from the body. */
export function envelope(key: string, body: unknown = {}, more: Partial<Envelope> = {}): Envelope {
  return {
    commandId: naturalUuid('test', key),
    commandType: 'test',
    requestHash: sha256Hex(JSON.stringify(body)),
    actor: 'key:test',
    correlationId: `req-${key}`,
    causationId: `req-${key}`,
    ...more,
  };
}

/** A registration, as it comes in. */
export function registration(now: string, customerId: string, tier = 'starter') {
  return {
    type: 'registerCustomer',
    now,
    customerId,
    subjectId: `sbj_${customerId}`,
    currency: 'USD',
    taxRate: '0.08',
    paymentMethod: true,
    signup: { tier, billingCycle: 'monthly', trialDays: 0 },
  } as const;
}

/** A new subscription, as it comes in. */
export function subscription(now: string, customerId: string, tier = 'starter') {
  return {
    type: 'createSubscription',
    now,
    customerId,
    subscriptionId: `sub_${customerId}`,
    invoiceId: `inv_${customerId}`,
    tier,
    billingCycle: 'monthly',
    trialDays: 0,
    currency: 'USD',
    taxRate: '0.08',
  } as const;
}

export function tierChange(now: string, newTier: string, invoiceId = 'inv_change') {
  return {
    type: 'changeSubscriptionTier',
    now,
    invoiceId,
    newTier,
    effectiveAt: null,
    prorate: 'invoice',
  } as const;
}

/** Every event of the log, in order. */
export async function wholeLog(store: EventStore): Promise<StoredEvent[]> {
  const all: StoredEvent[] = [];
  for (;;) {
    const page = await store.readAll(all.at(-1)?.position ?? 0, 1_000);
    if (page.length === 0) return all;
    all.push(...page);
  }
}
