import type { Metrics } from '../../platform/metrics.ts';
import { ProblemError } from '../problems/problem.ts';
import type { Principal, Role, WireRequest, WireResponse } from './types.ts';

const READERS: readonly Role[] = ['owner', 'admin', 'auditor'];

interface MetricsSource {
  readonly metrics: Metrics;
  readonly metricsAccess: 'open' | 'key';
  /** @throws ProblemError for a key that is missing or wrong */
  principalOf(request: WireRequest): Promise<Principal>;
}

/**
 * The metrics as Prometheus reads them.
 * @throws ProblemError `unauthenticated`, `forbidden` or `rate-limited` where a key is asked for
 */
export async function metricsAnswer(source: MetricsSource, request: WireRequest): Promise<WireResponse> {
  if (source.metricsAccess === 'key') {
    const { role } = await source.principalOf(request);
    if (!READERS.includes(role)) {
      throw new ProblemError('forbidden', `The metrics are open to: ${READERS.join(', ')}.`);
    }
  }
  const { registry } = source.metrics;
  return {
    status: 200,
    headers: { 'Content-Type': registry.contentType, 'Cache-Control': 'no-store' },
    body: await registry.metrics(),
  };
}
