import type { Tier } from '../../domain/catalogue/types.ts';
import type { Holding } from '../../domain/entitlements/holding.ts';
import { noEntitlements } from '../../domain/entitlements/state.ts';

export const NOW = '2026-03-10T12:00:00.000Z';

/** A customer on a tier in good standing, with nothing beside its plan. */
export function on(tier: Tier, more: Partial<Holding> = {}): Holding {
  return {
    customerId: 'acme',
    status: 'active',
    standing: 'good',
    plan: { tier, catalogueVersion: '2026-01', contract: null },
    entitlements: noEntitlements,
    addOns: [],
    verticalEditions: [],
    ...more,
  };
}
