import type pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { migrations } from '../../api/service/schema.ts';
import { CatalogueChangedError, keepCatalogues } from '../../commands/catalogue.ts';
import { catalogueVersions, firstCatalogue, useCatalogues } from '../../domain/catalogue/catalogue.ts';
import { decode, UnknownEventError, whyUnknown } from '../../eventstore/codec.ts';
import { migrate } from '../../platform/migrations.ts';
import { createPool } from '../../platform/postgres.ts';
import { stored, subscribed } from '../support/events.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

const next = { ...firstCatalogue, id: '2027-01', effectiveFrom: '2027-01-01T00:00:00.000Z' };
const dearer = {
  ...next,
  tiers: { ...next.tiers, pro: { ...next.tiers.pro, price: { monthly: '899.00', annual: '8630.40' } } },
};
const BEFORE = '2026-12-31T23:59:59.999Z';
const SINCE = '2027-01-01T00:00:00.000Z';

afterEach(() => useCatalogues([]));

describe('versions that this data has been priced by', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  const keep = (versions: Parameters<typeof keepCatalogues>[1], now: string) =>
    keepCatalogues(pool, versions, now);

  beforeAll(async () => {
    database = await createTestDatabase();
    await migrate(database.url, migrations);
    pool = createPool({ url: database.url, name: 'test' });
  });
  afterEach(() => pool.query('delete from ops.catalogue_versions'));
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  it('may be changed and withdrawn until they come into force', async () => {
    await keep([firstCatalogue, next], BEFORE);
    await keep([firstCatalogue, dearer], BEFORE);
    await keep([firstCatalogue], BEFORE);
    await keep([firstCatalogue, next], BEFORE);
    await expect(keep([firstCatalogue, next], SINCE)).resolves.toBeUndefined();
  });

  it('are the same for ever after', async () => {
    await keep([firstCatalogue, next], BEFORE);
    await expect(keep([firstCatalogue, dearer], SINCE)).rejects.toThrow(
      /2027-01 has been in force since 2027-01-01T00:00:00.000Z and was changed/,
    );
    await expect(keep([firstCatalogue], SINCE)).rejects.toThrow(CatalogueChangedError);
    await expect(keep([firstCatalogue], SINCE)).rejects.toThrow(/is missing: give it in CATALOGUE_FILE/);
    await expect(keep([firstCatalogue, next], SINCE)).resolves.toBeUndefined();
  });

  it('do not come into force after the fact, except on new data', async () => {
    await keep([firstCatalogue], BEFORE);
    await expect(keep([firstCatalogue, next], SINCE)).rejects.toThrow(/before now.*month to come/);
    await pool.query('delete from ops.catalogue_versions');
    await expect(keep([firstCatalogue, next], SINCE)).resolves.toBeUndefined();
  });

  it('that are noted by many processes at once are noted once', async () => {
    await Promise.all(Array.from({ length: 6 }, () => keep([firstCatalogue, next], BEFORE)));
    const { rows } = await pool.query('select id from ops.catalogue_versions order by id');
    expect(rows).toEqual([{ id: '2026-01' }, { id: '2027-01' }]);
  });
});

describe('an event of a version that this process does not know', () => {
  function ofLaterVersion() {
    useCatalogues([next]);
    const [event] = stored(subscribed('acme', { now: SINCE, tier: 'growth' }));
    if (event === undefined) expect.unreachable('nothing was decided');
    return event;
  }

  it('is read where the version is known', () => {
    const event = ofLaterVersion();
    expect(catalogueVersions()).toHaveLength(2);
    expect(decode(event).data).toMatchObject({ catalogueVersion: '2027-01' });
    expect(whyUnknown(event)).toBeUndefined();
  });

  it('stops its reader elsewhere, and says what is missing', () => {
    const event = ofLaterVersion();
    useCatalogues([]);
    expect(() => decode(event)).toThrow(UnknownEventError);
    expect(() => decode(event)).toThrow(
      /catalogue version 2027-01 that subscription\.started names.*CATALOGUE_FILE/,
    );
    expect(whyUnknown(event)).toMatch(/does not know the catalogue version 2027-01/);
  });
});
