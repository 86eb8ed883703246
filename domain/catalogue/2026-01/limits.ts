import type { Limit, LimitId } from '../types.ts';

export const limits = {
  profiles: {
    kind: 'static',
    label: 'Stored profiles (peak in period)',
    values: { free: 1_000n, starter: 10_000n, growth: 50_000n, pro: 250_000n, enterprise: 1_000_000n },
  },
  events: { kind: 'metered', label: 'Tracked events / month', meter: 'event.tracked' },
  segments: {
    kind: 'static',
    label: 'Active segments',
    values: { free: 5n, starter: 25n, growth: 100n, pro: 500n, enterprise: 'unlimited' },
  },
  exports: { kind: 'metered', label: 'Export rows / month', meter: 'data.exported' },
  briefs: { kind: 'metered', label: 'AI briefs / month', meter: 'ai.brief_generated' },
  api_calls: { kind: 'metered', label: 'API calls / month', meter: 'api.called' },
  users: {
    kind: 'static',
    label: 'Seats',
    values: { free: 1n, starter: 3n, growth: 10n, pro: 25n, enterprise: 50n },
  },
} as const satisfies Record<LimitId, Limit>;
