import type { Principal, WireRequest } from '../../api/http/types.ts';
import { limitsByRole } from '../../api/limits/policy.ts';
import { Quotas } from '../../api/limits/quotas.ts';
import { RateLimits } from '../../api/limits/rate-limits.ts';
import { PostgresCounter } from '../../api/limits/shared-counter.ts';
import { latencyOf } from '../callers.ts';
import { fault } from '../checks.ts';
import type { Scenario } from '../context.ts';
import { type Measurement, Tally } from '../measure.ts';

const REQUESTS = 200_000;
const KEYS = 20;
/** Requests a minute: each key makes 10,000, so that nobody is refused and pieces are fetched on the way. */
const QUOTA = 20_000;
const HOT_READ = { kind: 'query', hot: true } as const;

/** What a rate limit adds to a request: the look at the address, and a point of the key's quota. */
export const rateLimits: Scenario = {
  name: 'rate-limits',
  async run({ freshDatabase }) {
    const database = await freshDatabase();
    const faults: unknown[] = [];
    const counter = new PostgresCounter(database.pool, (error) => faults.push(error));
    const off = '0';
    const limits = new RateLimits(new Quotas(counter), {
      byRole: limitsByRole({ ingest: off, hotReads: String(QUOTA), queries: off, commands: off }),
      failures: 60,
      trustedProxies: 0,
    });
    const tally = new Tally();
    const times: number[] = [];
    try {
      await tally.time(REQUESTS, async () => {
        for (let n = 0; n < REQUESTS; n += 1) {
          const start = performance.now();
          const request = requestOf(n % KEYS);
          limits.requireFewFailures(request);
          limits.succeeded(request);
          await limits.admit(principalOf(n % KEYS), HOT_READ);
          times.push(performance.now() - start);
        }
      });
      const { rows } = await database.pool.query<{ points: number }>(
        'select sum(points)::float8 as points from ops.rate_limits',
      );
      const measured: Measurement = {
        work: `rate-limits, ${KEYS} keys`,
        unit: 'requests',
        rate: tally.perSecond,
        reference: undefined,
        expectedRatio: undefined,
        latency: latencyOf(times),
        faults: [
          ...fault((rows[0]?.points ?? 0) >= REQUESTS, 'fewer points were taken than requests made'),
          ...fault(faults.length === 0, `the counter failed ${faults.length} times`),
        ],
      };
      return [measured];
    } finally {
      counter.close();
      await database.drop();
    }
  },
};

function principalOf(key: number): Principal {
  return { id: `key:${key}`, keyId: String(key), role: 'ingest' };
}

function requestOf(key: number): WireRequest {
  return {
    method: 'GET',
    target: '/',
    remoteAddress: '192.0.2.1',
    header: (name) => (name === 'authorization' ? `Bearer ${String(key).padStart(90, 'k')}` : undefined),
    body: async () => Buffer.alloc(0),
  };
}
