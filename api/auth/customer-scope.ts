import type { Route } from '../http/route.ts';
import type { Principal } from '../http/types.ts';
import { ProblemError } from '../problems/problem.ts';

/** What a key that may not see a customer gets: the very answer for one that does not exist. */
export function customerNotFound(): ProblemError {
  return new ProblemError('customer-not-found', 'There is no such customer.');
}

/** True unless the principal is a customer's key and this is not its customer. */
function mayTouch(principal: Principal, customerId: string): boolean {
  return principal.role !== 'customer' || principal.customerId === customerId;
}

/**
 * For handlers of routes with `customerScope: 'handler'`, once they know whose thing it is.
 * @param missing the problem for a thing that does not exist, so that the two cannot be told apart
 */
export function requireOwn(principal: Principal, customerId: string, missing: () => ProblemError): void {
  if (!mayTouch(principal, customerId)) throw missing();
}

/** A customer's key that leaves `customerId` out of a query asks for its own. */
export function fillCustomerId<Services>(
  principal: Principal,
  route: Route<Services>,
  query: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (principal.customerId === undefined || query['customerId'] !== undefined) return query;
  return 'customerId' in route.query.shape ? { ...query, customerId: principal.customerId } : query;
}

/**
 * Holds a customer's key to its customer: every `customerId` in the input must be its own, and there must be one.
 * @throws ProblemError `customer-not-found`
 */
export function requireOwnInput<Services>(
  principal: Principal,
  route: Route<Services>,
  input: { readonly params: object; readonly query: object; readonly body: object },
): void {
  if (principal.role !== 'customer' || route.customerScope === 'handler') return;
  const named = customerIdsIn(input);
  if (named.length === 0 || named.some((id) => id !== principal.customerId)) throw customerNotFound();
}

/** Every value of a member `customerId` at any depth, outside `metadata`, which is the caller's own. */
function customerIdsIn(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    if (name === 'customerId') return [member];
    return name === 'metadata' ? [] : customerIdsIn(member);
  });
}
