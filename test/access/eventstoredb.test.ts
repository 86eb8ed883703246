import { expect, it } from 'vitest';
import { startTestService } from '../support/service.ts';

it('over EventStoreDB too, answers come from a memory that follows the log', async () => {
  const service = await startTestService({}, 'eventstoredb');
  try {
    const { position } = await service.ok('initializeCustomerRevenue', {
      customerId: 'acme',
      tier: 'growth',
    });
    const ask = (minPosition: number | undefined) =>
      service.ok('hasFeatureAccess', { customerId: 'acme', featureName: 'security.scim', minPosition });
    expect((await ask(position)).body).toMatchObject({ enabled: false, rule: 'default' });
    const on = await service.ok('setFeatureOverride', {
      customerId: 'acme',
      featureName: 'security.scim',
      enabled: true,
    });
    expect((await ask(on.position)).body).toMatchObject({ enabled: true, rule: 'override' });
    const hits = async () => {
      const text = await (await fetch(`${service.url}/metrics`)).text();
      return Number(/^aura_access_lookups_total\{from="hit"\} (\d+)$/m.exec(text)?.[1] ?? 0);
    };
    while ((await hits()) === 0) await ask(on.position);
  } finally {
    await service.close();
  }
});
