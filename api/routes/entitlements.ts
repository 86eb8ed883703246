import { z } from 'zod';
import { grantFeature, revokeFeatureGrant, setFeatureOverride } from '../../commands/entitlements.ts';
import { canonicalInstant } from '../../domain/kernel/time.ts';
import { id, instant } from './schemas.ts';
import { command, route } from './services.ts';

const featureName = z.string().min(1).max(60).describe('A feature flag of the catalogue: `core.profiles`.');
export const featureParams = z.strictObject({ customerId: id, featureName });

const entitlement = z
  .strictObject({
    customerId: id,
    featureName: z.string(),
    override: z.boolean().nullable().describe('Null: the plan decides.'),
    grantedUntil: instant.nullable().describe('End of the last grant; it may have passed.'),
  })
  .meta({ id: 'Entitlement' });

const common = {
  method: 'post',
  tags: ['Plans and access'],
  roles: ['admin'],
  kind: 'command',
  response: entitlement,
} as const;

export const entitlementRoutes = [
  route({
    ...common,
    operationId: 'setFeatureOverride',
    path: '/v1/customers/:customerId/features/:featureName/override',
    summary: 'Switch a feature on or off for a customer, whatever its plan says',
    description: 'Goes before grants and the plan, until it is withdrawn with `enabled: null`.',
    request: { params: featureParams, body: z.strictObject({ enabled: z.boolean().nullable() }) },
    errors: ['customer-not-found', 'unknown-feature'],
    handler: ({ params, body }, context) =>
      command(
        context,
        'setFeatureOverride',
        (commands, envelope) => setFeatureOverride(commands, { ...params, ...body }, envelope),
        (result) => ({ body: result }),
      ),
  }),
  route({
    ...common,
    operationId: 'grantFeature',
    path: '/v1/customers/:customerId/features/:featureName/grant',
    summary: 'Give a customer a feature until an instant',
    description: 'Runs out by itself. Another grant of the same feature takes its place.',
    request: { params: featureParams, body: z.strictObject({ expiresAt: instant }) },
    errors: ['customer-not-found', 'unknown-feature', 'expiry-in-past'],
    handler: ({ params, body }, context) =>
      command(
        context,
        'grantFeature',
        (commands, envelope) =>
          grantFeature(commands, { ...params, expiresAt: canonicalInstant(body.expiresAt) }, envelope),
        (result) => ({ body: result }),
      ),
  }),
  route({
    ...common,
    operationId: 'revokeFeatureGrant',
    path: '/v1/customers/:customerId/features/:featureName/grant/revoke',
    summary: 'End a grant before its time',
    request: { params: featureParams },
    errors: ['customer-not-found', 'unknown-feature'],
    handler: ({ params }, context) =>
      command(
        context,
        'revokeFeatureGrant',
        (commands, envelope) => revokeFeatureGrant(commands, params, envelope),
        (result) => ({ body: result }),
      ),
  }),
];
