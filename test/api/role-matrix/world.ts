import { ROLES, type Role } from '../../../api/http/types.ts';
import { allRoutes } from '../../../api/routes/index.ts';
import type { TestService } from '../../support/service.ts';
import { OWNED_THINGS } from './ids.ts';

/** Ids by parameter name. */
export type Ids = Readonly<Record<string, string>>;

/** A customer with a key of its own and something of everything. */
export interface Party {
  readonly customerId: string;
  readonly key: string;
  readonly ids: Ids;
  /** Texts that only this customer, and who may read all, gets to see. */
  readonly secrets: readonly string[];
}

export interface World {
  readonly own: Party;
  readonly foreign: Party;
}

/** Keys by who calls; `nobody` has none. */
export type Callers = Readonly<Record<Exclude<Role, 'customer'> | 'revoked', string>> & {
  readonly nobody: undefined;
};

/** Those that some operation is given by id. */
const USED_THINGS = Object.fromEntries(
  Object.entries(OWNED_THINGS).filter(([name]) =>
    allRoutes({ manualClock: true }).some(({ params, query, body }) =>
      [params, query, body].some((schema) => schema !== undefined && name in schema.shape),
    ),
  ),
);

export const MISSING: Ids = Object.fromEntries(
  Object.entries(USED_THINGS).map(([name, { missing }]) => [name, missing]),
);

let parties = 0;

/** Two customers that must not see each other. */
export async function makeWorld(service: TestService): Promise<World> {
  return { own: await makeParty(service, 'own'), foreign: await makeParty(service, 'foreign') };
}

async function makeParty(service: TestService, kind: string): Promise<Party> {
  parties += 1;
  const customerId = `${kind}-${parties}-customer`;
  const name = `${kind}-${parties}-name`;
  await service.ok('initializeCustomerRevenue', {
    customerId,
    name,
    email: `${kind}-${parties}@acme.example`,
    tier: 'growth',
    paymentMethod: true,
  });
  const fact = { customerId, eventType: 'api.called' };
  // Twice the allowance, which raises alerts.
  await service.ok('trackUsageEvent', { ...fact, eventId: `${kind}-${parties}-fact`, quantity: 2_000_000 });
  await service.ok('trackUsageEvent', {
    ...fact,
    eventId: `${kind}-${parties}-early`,
    occurredAt: '2025-01-01T00:00:00Z',
  });
  await service.service.core.drain();
  const ids: Record<string, string> = {};
  for (const [parameter, thing] of Object.entries(USED_THINGS)) {
    ids[parameter] = await thing.of(service, customerId);
  }
  await service.service.core.drain();
  const { body } = await service.ok<{ key: string }>('createApiKey', {
    role: 'customer',
    label: 'matrix',
    customerId,
  });
  return { customerId, key: body.key, ids, secrets: [...Object.values(ids), `${kind}-${parties}`] };
}

export async function makeCallers(service: TestService): Promise<Callers> {
  const make = async (role: Role) =>
    (await service.ok<{ id: string; key: string }>('createApiKey', { role, label: 'matrix' })).body;
  const keys: Record<string, string> = {};
  for (const role of ROLES) if (role !== 'customer') keys[role] = (await make(role)).key;
  const revoked = await make('finance');
  await service.ok('revokeApiKey', { keyId: revoked.id });
  return { ...keys, revoked: revoked.key, nobody: undefined } as Callers;
}
