import type { Meter, MeterId } from '../types.ts';

/** Allowances are in units a month; prices in USD apply to the units above them. */
export const meters = {
  'event.tracked': {
    unit: 'event',
    aggregation: { kind: 'COUNT' },
    price: { kind: 'standard', unitPrice: '0.00001' },
    allowance: {
      free: 100_000n,
      starter: 1_000_000n,
      growth: 5_000_000n,
      pro: 25_000_000n,
      enterprise: 250_000_000n,
    },
    limit: 'events',
  },
  'data.exported': {
    unit: 'row',
    aggregation: { kind: 'SUM', of: 'rows' },
    price: { kind: 'package', size: 1_000n, price: '0.05' },
    allowance: { free: 1_000n, starter: 50_000n, growth: 500_000n, pro: 5_000_000n, enterprise: 50_000_000n },
    limit: 'exports',
  },
  'api.called': {
    unit: 'call',
    aggregation: { kind: 'COUNT' },
    price: {
      kind: 'graduated',
      tiers: [
        { upTo: 10_000_000n, unitPrice: '0.0001' },
        { upTo: null, unitPrice: '0.00006' },
      ],
    },
    allowance: {
      free: 10_000n,
      starter: 100_000n,
      growth: 1_000_000n,
      pro: 10_000_000n,
      enterprise: 100_000_000n,
    },
    limit: 'api_calls',
  },
  'email.sent': {
    unit: 'message',
    aggregation: { kind: 'COUNT' },
    price: {
      kind: 'volume',
      tiers: [
        { upTo: 1_000_000n, unitPrice: '0.0008' },
        { upTo: 10_000_000n, unitPrice: '0.0006' },
        { upTo: null, unitPrice: '0.0004' },
      ],
    },
    allowance: { free: 1_000n, starter: 10_000n, growth: 50_000n, pro: 250_000n, enterprise: 2_000_000n },
    limit: null,
  },
  'audience.activated': {
    unit: 'profile synced to a destination',
    aggregation: { kind: 'SUM', of: 'profiles' },
    price: {
      kind: 'graduated',
      tiers: [
        { upTo: 1_000_000n, unitPrice: '0.001' },
        { upTo: 10_000_000n, unitPrice: '0.0007' },
        { upTo: null, unitPrice: '0.0005' },
      ],
    },
    allowance: { free: 0n, starter: 5_000n, growth: 50_000n, pro: 500_000n, enterprise: 5_000_000n },
    limit: null,
  },
  'prediction.scored': {
    unit: 'score',
    aggregation: { kind: 'COUNT' },
    price: {
      kind: 'graduated',
      tiers: [
        { upTo: 1_000_000n, unitPrice: '0.0025' },
        { upTo: null, unitPrice: '0.0015' },
      ],
    },
    allowance: { free: 0n, starter: 2_000n, growth: 20_000n, pro: 200_000n, enterprise: 2_000_000n },
    limit: null,
  },
  /** US list price; other countries by price override. */
  'sms.sent': {
    unit: 'SMS segment',
    aggregation: { kind: 'SUM', of: 'segments' },
    price: { kind: 'standard', unitPrice: '0.012' },
    allowance: { free: 0n, starter: 0n, growth: 0n, pro: 0n, enterprise: 0n },
    limit: null,
  },
  'profile.enriched': {
    unit: 'enrichment',
    aggregation: { kind: 'UNIQUE_COUNT', keys: ['profileId', 'provider'], window: 'day' },
    price: {
      kind: 'graduated',
      tiers: [
        { upTo: 100_000n, unitPrice: '0.02' },
        { upTo: 1_000_000n, unitPrice: '0.015' },
        { upTo: null, unitPrice: '0.01' },
      ],
    },
    allowance: { free: 50n, starter: 500n, growth: 2_500n, pro: 15_000n, enterprise: 100_000n },
    limit: null,
  },
  'ai.brief_generated': {
    unit: 'brief',
    aggregation: { kind: 'COUNT' },
    price: {
      kind: 'graduated',
      tiers: [
        { upTo: 100n, unitPrice: '2.50' },
        { upTo: 1_000n, unitPrice: '2.00' },
        { upTo: null, unitPrice: '1.50' },
      ],
    },
    allowance: { free: 1n, starter: 5n, growth: 25n, pro: 100n, enterprise: 500n },
    limit: 'briefs',
  },
  'model.trained': {
    unit: 'training run',
    aggregation: { kind: 'COUNT' },
    price: { kind: 'standard', unitPrice: '50.00' },
    allowance: { free: 0n, starter: 0n, growth: 0n, pro: 1n, enterprise: 10n },
    limit: null,
  },
} as const satisfies Record<MeterId, Meter>;
