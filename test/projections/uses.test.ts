import type { PoolClient } from 'pg';
import { describe, expect, it } from 'vitest';
import { projections } from '../../api/service/schema.ts';
import { eventFixtures } from '../support/event-fixtures.ts';

/** Fails at the first statement: a read model that asks for one wants to write. */
const untouchable = new Proxy({} as PoolClient, {
  get: () => {
    throw new Error('it asked the database for something');
  },
});

describe.each(projections.filter(({ uses }) => uses !== undefined))('read model $name', (projection) => {
  const uses: ReadonlySet<string> = new Set(projection.uses);

  it.each(eventFixtures.filter(({ stored }) => !uses.has(stored.type)))(
    'says rightly that it has no use for $file',
    async ({ stored }) => {
      const place = { id: 'e-1', stream: 's-1', revision: 0, position: 1, storedAt: '2026-01-01T00:00:00Z' };
      await expect(projection.apply([{ ...stored, ...place }], untouchable)).resolves.toBeUndefined();
    },
  );
});
