import type { Metrics } from '../../platform/metrics.ts';
import { ProblemError } from '../problems/problem.ts';
import type { Principal, Role, WireRequest, WireResponse } from './types.ts';

const READERS: readonly Role[] = ['owner', 'admin', 'auditor'];

interface MetricsSource {
  readonly metrics: Metrics;
  readonly metricsAccess: 'open' | 'key';
  authenticate(authorization: string | undefined): Promise<Principal | undefined>;
}

/**
 * The metrics as Prometheus reads them.
 * @throws ProblemError `unauthenticated` or `forbidden` where a key is asked for
 */
export async function metricsAnswer(source: MetricsSource, request: WireRequest): Promise<WireResponse> {
  if (source.metricsAccess === 'key') {
    const principal = await source.authenticate(request.header('authorization'));
    if (principal === undefined) {
      throw new ProblemError('unauthenticated', 'Send Authorization: Bearer <key> with a valid API key.', {
        headers: { 'WWW-Authenticate': 'Bearer' },
      });
    }
    if (!READERS.includes(principal.role)) {
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
