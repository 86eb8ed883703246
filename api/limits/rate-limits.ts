import { createHash } from 'node:crypto';
import type { Route } from '../http/route.ts';
import type { Principal, WireRequest } from '../http/types.ts';
import { ProblemError } from '../problems/problem.ts';
import { clientAddress } from './client-address.ts';
import { rateLimitHeaders } from './headers.ts';
import { classOf, type LimitsByRole, quotaOf } from './policy.ts';
import type { Quotas, Verdict } from './quotas.ts';

export interface RateLimitSettings {
  readonly byRole: LimitsByRole;
  /** Refused keys that an address may send in a minute; 0 is no limit. */
  readonly failures: number;
  /** Proxies of ours in front of the service. */
  readonly trustedProxies: number;
}

const FAILURES = 'failedAuthentications';
const KNOWN_GOOD_MS = 600_000;
const MAX_KNOWN_GOOD = 20_000;

/** Limits of what a key may do, and of how often an address may guess. */
export class RateLimits {
  readonly #quotas: Quotas;
  readonly #settings: RateLimitSettings;
  /** Address and key that were good together, until when that counts. */
  readonly #good = new Map<string, number>();

  constructor(quotas: Quotas, settings: RateLimitSettings) {
    this.#quotas = quotas;
    this.#settings = settings;
  }

  /**
   * Takes one request out of the principal's quota. A key and its successor share it.
   * @returns headers of the answer; undefined where there is no limit
   * @throws ProblemError `rate-limited`
   */
  async admit(
    principal: Principal,
    route: Pick<Route<never>, 'kind' | 'hot'>,
  ): Promise<Record<string, string> | undefined> {
    const operations = classOf(route);
    const quota = quotaOf(principal, operations, this.#settings.byRole);
    if (quota === 0) return undefined;
    const verdict = this.#quotas.take(`${principal.id} ${operations}`, quota);
    const settled = verdict instanceof Promise ? await verdict : verdict;
    if (settled.admitted) return rateLimitHeaders(operations, quota, settled);
    throw tooMany(operations, quota, settled, `This key has made its ${quota} requests of the minute`);
  }

  /**
   * Refuses an address that has sent too many wrong keys, except for a key that was good from there before: who
   * shares an address with a guesser is not shut out, and what is being guessed is not tried.
   * @throws ProblemError `rate-limited`
   */
  requireFewFailures(request: WireRequest): void {
    const { failures } = this.#settings;
    if (failures === 0) return;
    const address = this.#address(request);
    const refusal = this.#quotas.refusal(bucketOf(address));
    if (refusal === undefined || (this.#good.get(keyAt(address, request)) ?? 0) > Date.now()) return;
    throw tooMany(FAILURES, failures, refusal, 'Too many wrong keys have come from this address');
  }

  /**
   * Counts a request whose key was refused.
   * @throws ProblemError `rate-limited` instead of the refusal, when there were too many
   */
  async failed(request: WireRequest): Promise<void> {
    const { failures } = this.#settings;
    // Who sends no key at all is not guessing.
    if (failures === 0 || request.header('authorization') === undefined) return;
    const verdict = await this.#quotas.take(bucketOf(this.#address(request)), failures);
    if (verdict.admitted) return;
    throw tooMany(FAILURES, failures, verdict, 'Too many wrong keys have come from this address');
  }

  /** Remembers where a key was good. */
  succeeded(request: WireRequest): void {
    if (this.#settings.failures === 0) return;
    if (this.#good.size >= MAX_KNOWN_GOOD) this.#good.clear();
    this.#good.set(keyAt(this.#address(request), request), Date.now() + KNOWN_GOOD_MS);
  }

  #address(request: WireRequest): string {
    return clientAddress(request, this.#settings.trustedProxies);
  }
}

function bucketOf(address: string): string {
  return `${FAILURES} ${address}`;
}

/** Hashed: the key itself stays in nobody's memory. */
function keyAt(address: string, request: WireRequest): string {
  const hash = createHash('sha256')
    .update(request.header('authorization') ?? '')
    .digest('base64');
  return `${address} ${hash}`;
}

function tooMany(policy: string, quota: number, verdict: Verdict, detail: string): ProblemError {
  return new ProblemError('rate-limited', `${detail}; wait ${verdict.resetSeconds} seconds.`, {
    headers: {
      ...rateLimitHeaders(policy, quota, verdict),
      'Retry-After': String(verdict.resetSeconds),
    },
  });
}
