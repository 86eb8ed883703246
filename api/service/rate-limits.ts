import type { Config } from '../../platform/config.ts';
import { limitsByRole } from '../limits/policy.ts';
import type { RateLimitSettings } from '../limits/rate-limits.ts';

/** The configured limits. */
export function rateLimitSettings(config: Config): RateLimitSettings {
  return {
    byRole: limitsByRole({
      ingest: config.RATE_LIMIT_INGEST,
      hotReads: config.RATE_LIMIT_HOT_READS,
      queries: config.RATE_LIMIT_QUERIES,
      commands: config.RATE_LIMIT_COMMANDS,
    }),
    failures: config.RATE_LIMIT_FAILED_AUTHENTICATIONS,
    trustedProxies: config.TRUSTED_PROXIES,
  };
}
