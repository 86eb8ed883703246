import { catalogueAt, isMeterId } from '../catalogue/catalogue.ts';
import { LIMIT_IDS, type LimitId, METER_IDS } from '../catalogue/types.ts';
import { type Refusal, refuse } from '../kernel/decider.ts';
import { decimal, toCents } from '../kernel/money.ts';
import type { Contract } from './events.ts';

const FIRST = '1970-01-01T00:00:00.000Z';

/** Why a contract cannot be agreed for a tier; undefined if it can, or if there is none. */
export function contractFault(tier: string, contract: Contract | null): Refusal | undefined {
  if (contract === null) return undefined;
  if (tier !== 'enterprise') {
    return refuse('contract-not-available', 'only Enterprise is sold by contract', 'contract');
  }
  const amounts = [contract.price, ...(contract.commitment === null ? [] : [contract.commitment])];
  for (const amount of amounts) {
    const value = decimal(amount);
    if (value.lte(0) || !toCents(value).eq(value)) {
      return refuse('invalid-amount', 'a contract has prices above zero, in whole cents', 'contract');
    }
  }
  const meter = Object.keys(contract.allowances).find((name) => !isMeterId(name));
  if (meter !== undefined) {
    return refuse('unknown-event-type', `allowances are for ${METER_IDS.join(', ')}`, 'contract');
  }
  const limit = Object.keys(contract.limits).find((name) => !isStaticLimit(name));
  if (limit !== undefined) {
    return refuse('unknown-resource', `${limit.slice(0, 40)} is not a static limit`, 'contract');
  }
  return undefined;
}

function isStaticLimit(name: string): boolean {
  return (
    (LIMIT_IDS as readonly string[]).includes(name) &&
    catalogueAt(FIRST).limits[name as LimitId].kind === 'static'
  );
}
