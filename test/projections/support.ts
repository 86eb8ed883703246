import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { EventData } from '../../domain/events.ts';
import type { EntryData } from '../../eventstore/metadata.ts';
import type { NewEvent, StoredEvent } from '../../eventstore/port.ts';
import { logMigration } from '../../eventstore/postgres/migration.ts';
import { PostgresEventStore } from '../../eventstore/postgres/store.ts';
import { postingFor } from '../../ledger/posting/index.ts';
import { createLogger, type Logger } from '../../platform/logging.ts';
import { migrate, sqlMigration } from '../../platform/migrations.ts';
import { createPool } from '../../platform/postgres.ts';
import { journalProjection } from '../../projections/journal/projection.ts';
import type { Projection } from '../../projections/projection.ts';
import { runtimeMigration } from '../../projections/runtime/migration.ts';
import { foldRows } from '../../projections/runtime/rows.ts';
import { createTestDatabase } from '../support/postgres.ts';

export interface Books {
  readonly url: string;
  readonly store: PostgresEventStore;
  /** As the owner: tests also do what the service may not. */
  readonly pool: pg.Pool;
  readonly log: Logger;
  close(): Promise<void>;
}

export const quiet = createLogger({ level: 'silent' });

/** A database of its own with log, runtime, journal and the tests' own read model `tally`. */
export async function openBooks(): Promise<Books> {
  const database = await createTestDatabase();
  await migrate(database.url, [
    logMigration,
    runtimeMigration,
    journalProjection.migration,
    tallyProjection.migration,
  ]);
  const store = new PostgresEventStore({ url: database.url });
  const pool = createPool({ url: database.url, name: 'test', as: 'owner' });
  return {
    url: database.url,
    store,
    pool,
    log: quiet,
    async close() {
      await store.close();
      await pool.end();
      await database.drop();
    },
  };
}

type TallyRow = { customer_id: string; facts: string; units: string };

/** A small read model that parks: counts usage facts by customer. A fact of 666 units cannot be applied. */
export const tallyProjection: Projection = {
  name: 'tally',
  version: 1,
  tables: ['tally'],
  migration: sqlMigration('0004_tally', import.meta.url, ['tally.sql']),
  onPoison: 'park',
  async apply(events, client) {
    await foldRows<StoredEvent, TallyRow>(
      client,
      {
        table: 'tally',
        keyColumns: ['customer_id'],
        keyOf: (event) =>
          event.type === 'usage.recorded' ? { customer_id: event.metadata.customerId } : undefined,
        evolve(row, event) {
          const { customerId, quantity } = event.data as { customerId: string; quantity: string };
          if (quantity === '666') throw new Error('not a quantity to count');
          return {
            customer_id: customerId,
            facts: String(BigInt(row?.facts ?? 0) + 1n),
            units: String(BigInt(row?.units ?? 0) + BigInt(quantity)),
          };
        },
      },
      events,
    );
  },
};

export function fact(customerId: string, quantity: string, at = '2026-01-15T12:00:00.000Z'): NewEvent {
  const data = {
    customerId,
    eventType: 'email_sent',
    eventId: randomUUID(),
    occurredAt: at,
    quantity,
    uniqueKey: null,
    metadata: {},
  };
  return {
    id: randomUUID(),
    type: 'usage.recorded',
    schemaVersion: 1,
    data,
    metadata: metadata(customerId, at),
  };
}

export interface PaymentOptions {
  readonly at?: string;
  readonly recordedAt?: string;
  /** Replaces the entry, to bring one into the log that the service would refuse. */
  readonly entry?: EntryData;
}

/** A payment of an invoice with the entry of its rule: Dr cash, Cr receivable. */
export function payment(customerId: string, amount: string, options: PaymentOptions = {}): NewEvent {
  const at = options.at ?? '2026-01-15T12:00:00.000Z';
  const data: EventData<'invoice.payment_received'> = {
    invoiceId: `inv-${customerId}`,
    customerId,
    paymentId: randomUUID(),
    method: 'bank_transfer',
    currency: 'USD',
    amount,
    applied: amount,
    excess: '0.00',
  };
  const entry = options.entry ?? postingFor({ type: 'invoice.payment_received', data, effectiveAt: at });
  return {
    id: randomUUID(),
    type: 'invoice.payment_received',
    schemaVersion: 1,
    data,
    metadata: { ...metadata(customerId, at), recordedAt: options.recordedAt ?? at, entry },
  };
}

function metadata(customerId: string, at: string): NewEvent['metadata'] {
  const id = randomUUID();
  return {
    commandId: id,
    commandType: 'test',
    correlationId: id,
    causationId: id,
    actor: 'key:test',
    requestHash: '0'.repeat(64),
    recordedAt: at,
    effectiveAt: at,
    customerId,
  };
}

/** Appends each event to a stream of its customer and answers the log's head. */
export async function append(store: PostgresEventStore, events: readonly NewEvent[]): Promise<number> {
  for (let start = 0; start < events.length; start += 10_000) {
    await store.appendMany(
      events.slice(start, start + 10_000).map((event) => ({
        stream: `test-${event.metadata.customerId}`,
        expected: 'any',
        events: [event],
      })),
    );
  }
  return store.head();
}

export async function eventually(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export async function countRows(pool: pg.Pool, table: string): Promise<number> {
  const { rows } = await pool.query<{ count: string }>(`select count(*) as count from ${table}`);
  return Number(rows[0]?.count);
}
