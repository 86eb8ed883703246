import { FLAG_IDS } from '../../../domain/catalogue/catalogue.ts';
import type { Scenarios } from './scenario.ts';

/** Refusals about features, by code. */
export const accessScenarios = {
  async 'unknown-feature'({ customer, call, service }) {
    await customer('flying');
    await service.service.core.drain();
    return call('hasFeatureAccess', { customerId: 'flying', featureName: 'teleportation' });
  },
  async 'expiry-not-ahead'({ customer, call }) {
    await customer('granted');
    const [featureName] = FLAG_IDS;
    return call('grantFeature', { customerId: 'granted', featureName, expiresAt: '2025-01-01T00:00:00Z' });
  },
} satisfies Scenarios;
