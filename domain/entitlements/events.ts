import { z } from 'zod';
import { FLAG_IDS } from '../catalogue/catalogue.ts';
import { defineEvent, type EventsOf, field } from '../kernel/event.ts';

const common = { customerId: field.id, featureName: z.enum(FLAG_IDS) };

/** Stream `entitlements-{customerId}`: what a customer may do beside or against its plan. All memos. */
export const entitlementEvents = {
  /** The feature is on or off for this customer, whatever it has bought. */
  'entitlement.overridden': defineEvent(1, z.strictObject({ ...common, enabled: z.boolean() })),
  /** The feature is on until an instant, which is not part of it. Replaces a grant before it. */
  'entitlement.granted': defineEvent(1, z.strictObject({ ...common, expiresAt: field.instant })),
  /** An override is withdrawn, or a grant ends early. */
  'entitlement.revoked': defineEvent(1, z.strictObject({ ...common, what: z.enum(['override', 'grant']) })),
};

export type EntitlementEvent = EventsOf<typeof entitlementEvents>;
