import type { Given, Provoked, Scenarios } from './scenario.ts';

/** The problem of the only item of a batch, which is answered as a whole. */
async function releaseOf({ service }: Given, customerId: string, eventId: string): Promise<Provoked> {
  const release = { customerId, eventIds: [eventId] };
  const { body } = await service.ok<{ results: { problem?: { code: string } }[] }>(
    'releaseQuarantinedUsage',
    release,
  );
  return { status: undefined, code: body.results[0]?.problem?.code ?? 'none' };
}

/** Refusals about usage and its terms, by code. */
export const meteringScenarios = {
  async 'usage-event-not-found'(given) {
    await given.customer('unused');
    await given.service.service.core.drain();
    return releaseOf(given, 'unused', 'never-sent');
  },
  async 'usage-not-quarantined'(given) {
    await given.customer('punctual');
    const fact = { customerId: 'punctual', eventType: 'api.called', eventId: 'in-time' };
    await given.service.ok('trackUsageEvent', fact);
    await given.service.service.core.drain();
    return releaseOf(given, 'punctual', 'in-time');
  },
  async 'invalid-price'({ customer, call }) {
    await customer('priced');
    // The last tier has an end.
    const price = { kind: 'graduated', tiers: [{ upTo: 10, unitPrice: '0.01' }] };
    return call('setPriceOverride', {
      customerId: 'priced',
      eventType: 'api.called',
      price,
      from: '2026-01',
    });
  },
} satisfies Scenarios;
