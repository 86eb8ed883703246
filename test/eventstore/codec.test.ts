import { describe, expect, test } from 'vitest';
import { ZodError } from 'zod';
import { eventDefinitions } from '../../domain/events.ts';
import { decode, isKnown, UnknownEventError, type Upcasters, upcast } from '../../eventstore/codec.ts';
import type { EventMetadata } from '../../eventstore/metadata.ts';
import { metadataSchema } from '../../eventstore/metadata.ts';
import { type EventFixture, eventFixtures } from '../support/event-fixtures.ts';

const files = eventFixtures.map(({ file }) => file);
const fixture = (type: string): EventFixture =>
  eventFixtures.find(({ stored }) => stored.type === type) ?? expect.unreachable(`no fixture of ${type}`);

describe('golden events', () => {
  test.each(eventFixtures)('$file reads as it always did', ({ stored, decoded }) => {
    expect(metadataSchema.parse(stored.metadata)).toEqual(stored.metadata);
    expect(decode(stored)).toEqual(decoded);
  });

  test.each(Object.entries(eventDefinitions))('%s has one of every version', (type, { version }) => {
    const versions = Array.from({ length: version }, (_, index) => `${type}.v${index + 1}.json`);
    expect(files.filter((file) => file.startsWith(`${type}.v`))).toEqual(versions);
  });

  test('are named after what is in them', () => {
    expect(eventFixtures.map(({ stored }) => `${stored.type}.v${stored.schemaVersion}.json`)).toEqual(files);
    expect(eventFixtures.filter(({ stored }) => !(stored.type in eventDefinitions))).toEqual([]);
  });
});

describe('decoding', () => {
  const { stored } = fixture('clock.advanced');

  test('refuses a type that this program does not know', () => {
    expect(() => decode({ ...stored, type: 'clock.stopped' })).toThrow(UnknownEventError);
  });

  test('refuses a version newer than this program', () => {
    expect(() => decode({ ...stored, schemaVersion: 2 })).toThrow(UnknownEventError);
    expect(() => decode({ ...stored, schemaVersion: 2 })).toThrow(/clock\.advanced version 2 is newer/);
  });

  test('refuses a version from which no upcaster leads on', () => {
    expect(() => decode({ ...stored, schemaVersion: 0 })).toThrow(UnknownEventError);
  });

  test.each([
    ['a missing field', {}],
    ['a wrong one', { to: 'tomorrow' }],
    ['an instant that is not canonical', { to: '2026-04-01T02:00:00+02:00' }],
    ['one too many', { to: '2026-04-01T00:00:00.000Z', note: 'late' }],
    ['another kind of value', []],
  ])('refuses data that has not the shape of its type: %s', (_case, data) => {
    expect(() => decode({ ...stored, data })).toThrow(ZodError);
  });

  test('knows types and versions', () => {
    expect(isKnown('clock.advanced', 1)).toBe(true);
    expect(isKnown('clock.advanced', 2)).toBe(false);
    expect(isKnown('clock.stopped', 1)).toBe(false);
    expect(isKnown('constructor', 1)).toBe(false);
    const fake = {
      type: 'constructor',
      schemaVersion: 1,
      data: {},
      metadata: { effectiveAt: '' } as EventMetadata,
    };
    expect(() => decode(fake)).toThrow(UnknownEventError);
  });
});

describe('upcasting', () => {
  const chain: Upcasters = {
    'tier.changed': {
      1: (data) => ({ ...(data as object), steps: ['1→2'] }),
      2: (data) => ({ ...(data as object), steps: [...(data as { steps: string[] }).steps, '2→3'] }),
    },
    'tier.gone': { 2: (data) => data },
  };

  test('walks from the stored version to the current one, step by step', () => {
    expect(upcast('tier.changed', { tier: 'pro' }, 1, 3, chain)).toEqual({
      tier: 'pro',
      steps: ['1→2', '2→3'],
    });
    const second = { tier: 'pro', steps: [] };
    expect(upcast('tier.changed', second, 2, 3, chain)).toEqual({ tier: 'pro', steps: ['2→3'] });
  });

  test('leaves the current version, and what is stored, as they are', () => {
    const data = Object.freeze({ tier: 'pro' });
    expect(upcast('tier.changed', data, 3, 3, chain)).toBe(data);
    expect(upcast('tier.other', data, 1, 1, {})).toBe(data);
    upcast('tier.changed', data, 1, 3, chain);
    expect(data).toEqual({ tier: 'pro' });
  });

  test.each([
    ['at the start', 'tier.gone', 1, 3],
    ['at the end', 'tier.gone', 2, 4],
    ['everywhere', 'tier.other', 1, 2],
  ])('a gap %s is refused, never guessed over', (_where, type, from, to) => {
    expect(() => upcast(type, {}, from, to, chain)).toThrow(UnknownEventError);
  });

  test('never goes down', () => {
    expect(() => upcast('tier.changed', {}, 4, 3, chain)).toThrow(
      /version 4 is newer than this program \(3\)/,
    );
  });
});
