import type { Metrics } from '../../platform/metrics.ts';
import { renderErrorsPage } from '../problems/errors-page.ts';
import type { Health } from './health.ts';
import { metricsAnswer } from './metrics-answer.ts';
import { pageResponse } from './page.ts';
import { SYSTEM_OPERATIONS, type SystemOperation, type SystemOperationId } from './system-operations.ts';
import type { Principal, WireRequest, WireResponse } from './types.ts';

export interface SystemRoute extends SystemOperation {
  answer(request: WireRequest): Promise<WireResponse>;
}

export interface SystemOptions {
  readonly health: Health;
  readonly metrics: Metrics;
  /** `key`: only owners, admins and auditors read the metrics. */
  readonly metricsAccess: 'open' | 'key';
  principalOf(request: WireRequest): Promise<Principal>;
  /** The OpenAPI document as JSON text. */
  readonly openapi: string;
  /** The reference page as HTML. */
  readonly reference: string;
}

type Answer = SystemRoute['answer'];

/** Documents, health and metrics, each with its answer. */
export function systemRoutes(options: SystemOptions): readonly SystemRoute[] {
  const answers: Record<SystemOperationId, Answer> = {
    getOpenApi: async () => json(200, options.openapi),
    getReference: async () => pageResponse(options.reference),
    getErrorReference: async () => pageResponse(renderErrorsPage()),
    getLiveness: async () => json(200, JSON.stringify({ status: 'alive' })),
    getReadiness: () => readinessAnswer(options.health),
    getMetrics: (request) => metricsAnswer(options, request),
  };
  return SYSTEM_OPERATIONS.map((operation) => ({ ...operation, answer: answers[operation.operationId] }));
}

async function readinessAnswer(health: Health): Promise<WireResponse> {
  const readiness = await health.readiness();
  return json(readiness.status === 'ready' ? 200 : 503, JSON.stringify(readiness));
}

function json(status: number, body: string): WireResponse {
  return {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' },
    body,
  };
}
