import type { Verdict } from './quotas.ts';
import { WINDOW_SECONDS } from './shared-counter.ts';

/**
 * Header fields of draft-ietf-httpapi-ratelimit-headers-11: `"queries";q=12000;w=60` and `"queries";r=11999;t=42`.
 * @param policy ASCII without quotes
 * @param quota requests in a window
 */
export function rateLimitHeaders(policy: string, quota: number, verdict: Verdict): Record<string, string> {
  return {
    'RateLimit-Policy': `"${policy}";q=${quota};w=${WINDOW_SECONDS}`,
    RateLimit: `"${policy}";r=${verdict.remaining};t=${verdict.resetSeconds}`,
  };
}
