import { readdirSync, readFileSync } from 'node:fs';
import type { DomainEvent } from '../../domain/events.ts';
import type { StoredEvent } from '../../eventstore/port.ts';

/** An event as a log holds it, word for word, and what the program of today reads in it. Never edited. */
export interface EventFixture {
  readonly file: string;
  readonly stored: Pick<StoredEvent, 'type' | 'schemaVersion' | 'data' | 'metadata'>;
  readonly decoded: DomainEvent;
}

const folder = new URL('../fixtures/events/', import.meta.url);

/** Every `<type>.v<version>.json`; a new version adds a file, it never replaces one. */
export const eventFixtures: readonly EventFixture[] = readdirSync(folder)
  .sort()
  .map((file) => ({ file, ...JSON.parse(readFileSync(new URL(file, folder), 'utf8')) }));
