import { expect, test } from 'vitest';
import type { StoredEvent } from '../../eventstore/port.ts';
import { postingFor } from '../../ledger/posting/index.ts';
import { LogVerifier } from '../../projections/verify-log.ts';
import { stored, usage } from '../support/events.ts';

const eventStoreDb = { name: 'eventstoredb', uniqueEventIds: false } as const;
const postgres = { name: 'postgres', uniqueEventIds: true } as const;

const fact = stored([
  usage({ customerId: 'cus', eventId: 'f', at: '2026-01-10T00:00:00.000Z' }),
])[0] as StoredEvent;
const again: StoredEvent = { ...fact, revision: 1, position: 2 };
const contradicting: StoredEvent = {
  ...again,
  metadata: { ...fact.metadata, requestHash: 'another content' },
};

function idFinding(store: typeof eventStoreDb | typeof postgres, events: readonly StoredEvent[]) {
  const verifier = new LogVerifier(store, postingFor);
  for (const event of events) verifier.add(event);
  return verifier.findings().find(({ name }) => name.includes('event id'));
}

test('over EventStoreDB a usage fact may stand again with the same content, and the report says so', () => {
  const found = idFinding(eventStoreDb, [fact, again]);
  expect(found?.ok).toBe(true);
  expect(found?.detail).toContain('1 usage facts stand again');
});

test('with another content it may not', () => {
  expect(idFinding(eventStoreDb, [fact, contradicting])?.ok).toBe(false);
});

test('in the Postgres log no id may stand twice', () => {
  expect(idFinding(postgres, [fact, again])?.ok).toBe(false);
});
