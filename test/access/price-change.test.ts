import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService } from '../../api/service/service.ts';
import { useCatalogues } from '../../domain/catalogue/catalogue.ts';
import { CatalogueFileError } from '../../domain/catalogue/file.ts';
import { loadConfig } from '../../platform/config.ts';
import { createLogger } from '../../platform/logging.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { type InvoiceBody, OWNER_KEY, startTestService, type TestService } from '../support/service.ts';
import { removeTemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';

const EXAMPLE = fileURLToPath(new URL('../../docs/catalogue.example.json', import.meta.url));
const quiet = createLogger({ level: 'silent' });

describe('the price change of docs/catalogue.md', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService({ CATALOGUE_FILE: EXAMPLE, CLOCK: 'manual:2026-12-10T00:00:00Z' });
  });
  afterAll(async () => {
    await service?.close();
    useCatalogues([]);
  });

  const signUp = (customerId: string) =>
    service.ok<{ subscription: { price: { amount: string } } }>('initializeCustomerRevenue', {
      customerId,
      tier: 'growth',
      paymentMethod: true,
    });
  async function payAll(customerId: string): Promise<void> {
    const minPosition = await service.service.core.store.head();
    const { body } = await service.ok<{ data: InvoiceBody[] }>('listInvoices', { customerId, minPosition });
    for (const { invoiceId, due } of body.data) {
      if (due.amount !== '0.00')
        await service.ok('recordInvoicePayment', { invoiceId, amount: due, method: 'card' });
    }
  }
  const has = (customerId: string, featureName: string) =>
    service.ok<Record<string, unknown>>('hasFeatureAccess', { customerId, featureName });
  const limit = (customerId: string) =>
    service.ok<Record<string, unknown>>('checkUsageLimit', {
      customerId,
      resource: 'segments',
      currentUsage: 0,
    });

  it('leaves who bought before with what it bought, and sells the new version from its date on', async () => {
    expect((await signUp('before')).body.subscription.price.amount).toBe('299.00');
    expect((await service.ok('listCatalogueVersions')).body).toEqual({
      versions: [
        { id: '2026-01', effectiveFrom: '1970-01-01T00:00:00.000Z', state: 'inForce' },
        { id: '2027-01', effectiveFrom: '2027-01-01T00:00:00.000Z', state: 'toCome' },
      ],
    });
    await payAll('before');
    await service.ok('advanceClock', { to: '2027-01-03T00:00:00Z' });
    await payAll('before');
    await service.ok('advanceClock', { to: '2027-02-02T00:00:00Z' });
    expect((await signUp('after')).body.subscription.price.amount).toBe('329.00');

    expect((await has('before', 'analytics.ltv')).body).toMatchObject({
      enabled: true,
      rule: 'grandfathered-plan',
      catalogueVersion: '2026-01',
    });
    expect((await has('before', 'campaigns.ab_testing')).body).toMatchObject({
      enabled: false,
      rule: 'default',
    });
    expect((await limit('before')).body).toMatchObject({ limit: 100, rule: 'grandfathered-plan' });
    const position = await service.service.core.store.head();
    await service.ok('hasFeatureAccess', {
      customerId: 'after',
      featureName: 'core.profiles',
      minPosition: position,
    });
    expect((await has('after', 'analytics.ltv')).body).toMatchObject({ enabled: false });
    expect((await has('after', 'campaigns.ab_testing')).body).toMatchObject({
      enabled: true,
      rule: 'plan',
      catalogueVersion: '2027-01',
    });
    expect((await limit('after')).body).toMatchObject({
      limit: 150,
      rule: 'plan',
      catalogueVersion: '2027-01',
    });

    const { body } = await service.ok<{ data: InvoiceBody[] }>('listInvoices', { customerId: 'before' });
    expect(body.data.slice(0, 2).map(({ total }) => total.amount)).toEqual(['299.00', '299.00']);
    const { body: tiers } = await service.ok<{ catalogueVersion: string }>('getTierComparison');
    expect(tiers.catalogueVersion).toBe('2027-01');
  });

  it('is bought with a change of tier', async () => {
    const changed = await service.ok('changeSubscriptionTier', { customerId: 'before', newTier: 'pro' });
    expect(
      (
        await service.ok('hasFeatureAccess', {
          customerId: 'before',
          featureName: 'analytics.ltv',
          minPosition: changed.position,
        })
      ).body,
    ).toMatchObject({
      rule: 'plan',
      source: 'pro',
      catalogueVersion: '2027-01',
    });
  });
});

describe('a start', () => {
  let database: TestDatabase;
  let folder: string;
  beforeAll(async () => {
    database = await createTestDatabase();
    folder = await temporaryFolder();
  });
  afterAll(async () => {
    await database?.drop();
    await removeTemporaryFolder(folder);
    useCatalogues([]);
  });

  const start = (clock: string, file?: string) =>
    startService({
      config: loadConfig({
        PORT: '0',
        CLOCK: `manual:${clock}`,
        DATABASE_URL: database.url,
        ADMIN_API_KEY: OWNER_KEY,
        ...(file === undefined ? {} : { CATALOGUE_FILE: file }),
      }),
      log: quiet,
    });

  it('with a version in force that is missing or changed ends before anything is priced', async () => {
    const first = await start('2027-03-01T00:00:00Z', EXAMPLE);
    await first.close();
    await expect(start('2027-03-01T00:00:00Z')).rejects.toThrow(/2027-01 has been in force.*is missing/);
    const changed = join(folder, 'changed.json');
    const json = JSON.parse(await readFile(EXAMPLE, 'utf8'));
    json.versions[0].tiers.pro.price.monthly = '1.00';
    await writeFile(changed, JSON.stringify(json));
    await expect(start('2027-03-01T00:00:00Z', changed)).rejects.toThrow(
      /2027-01 has been in force.*was changed/,
    );
    const again = await start('2027-03-01T00:00:00Z', EXAMPLE);
    await again.close();
  });

  it('with a file that cannot be read or used says why', async () => {
    await expect(start('2027-03-01T00:00:00Z', join(folder, 'nowhere.json'))).rejects.toThrow(
      /nowhere\.json: ENOENT/,
    );
    const broken = join(folder, 'broken.json');
    await writeFile(broken, '{ "versions": [');
    await expect(start('2027-03-01T00:00:00Z', broken)).rejects.toThrow(CatalogueFileError);
  });
});
