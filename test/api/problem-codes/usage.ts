import type { Given, Provoked, Scenarios } from './scenario.ts';

const usage = { eventType: 'api.called', eventId: 'of-problem-codes' };

/** Releases one fact, and finds what is wrong with it in its own result. */
async function release({ service }: Given, customerId: string, eventId: string): Promise<Provoked> {
  const { body } = await service.ok<{ results: { problem?: { code: string } }[] }>(
    'releaseQuarantinedUsage',
    { customerId, eventIds: [eventId] },
  );
  return { status: undefined, code: body.results[0]?.problem?.code ?? 'none' };
}

/** Refusals about usage, by code. */
export const usageScenarios = {
  async 'unknown-event-type'({ customer, call }) {
    await customer('singing');
    return call('trackUsageEvent', { ...usage, customerId: 'singing', eventType: 'api.sung' });
  },
  async 'invalid-usage'({ customer, call }) {
    await customer('enriched');
    return call('trackUsageEvent', { ...usage, customerId: 'enriched', eventType: 'profile.enriched' });
  },
  async 'usage-event-conflict'({ customer, call, service }) {
    await customer('twice');
    await service.ok('trackUsageEvent', { ...usage, customerId: 'twice', quantity: 1 });
    return call('trackUsageEvent', { ...usage, customerId: 'twice', quantity: 2 });
  },
  async 'usage-event-not-found'(given) {
    await given.customer('unmetered');
    return release(given, 'unmetered', 'never-sent');
  },
  async 'usage-not-quarantined'(given) {
    await given.customer('in-time');
    await given.service.ok('trackUsageEvent', { ...usage, customerId: 'in-time' });
    await given.service.service.core.drain();
    return release(given, 'in-time', usage.eventId);
  },
  async 'invalid-price'({ customer, call }) {
    await customer('haggling');
    const price = { kind: 'graduated', tiers: [{ upTo: 10, unitPrice: '0.01' }] };
    return call('setPriceOverride', { customerId: 'haggling', eventType: 'api.called', price });
  },
} satisfies Scenarios;
