import type { RateLimits } from '../limits/rate-limits.ts';
import { ProblemError } from '../problems/problem.ts';
import type { Principal, WireRequest } from './types.ts';

/** Who an `Authorization` header speaks for; undefined for nobody. */
export type Authenticate = (authorization: string | undefined) => Promise<Principal | undefined>;

/** Says who makes a request, and lets nobody guess keys quickly. */
export class Authentication {
  readonly #authenticate: Authenticate;
  readonly #limits: RateLimits | undefined;

  constructor(authenticate: Authenticate, limits: RateLimits | undefined) {
    this.#authenticate = authenticate;
    this.#limits = limits;
  }

  /** @throws ProblemError `unauthenticated`, or `rate-limited` after too many wrong keys from one address */
  async principal(request: WireRequest): Promise<Principal> {
    this.#limits?.requireFewFailures(request);
    const principal = await this.#authenticate(request.header('authorization'));
    if (principal !== undefined) {
      this.#limits?.succeeded(request);
      return principal;
    }
    await this.#limits?.failed(request);
    throw new ProblemError('unauthenticated', 'Send Authorization: Bearer <key> with a valid API key.', {
      headers: { 'WWW-Authenticate': 'Bearer' },
    });
  }
}
