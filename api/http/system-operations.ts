/** A GET that is not an operation of the product: documents, health, metrics. */
export interface SystemOperation {
  readonly operationId: string;
  readonly path: string;
  readonly summary: string;
  readonly mediaType: string;
  /** Statuses it can answer with beside 200. */
  readonly otherStatuses: readonly number[];
}

/** Everything that is served beside the operations. `answers` in system-routes.ts has one answer for each. */
export const SYSTEM_OPERATIONS = [
  {
    operationId: 'getOpenApi',
    path: '/openapi.json',
    summary: 'This document',
    mediaType: 'application/json',
    otherStatuses: [],
  },
  {
    operationId: 'getReference',
    path: '/docs',
    summary: 'The reference as a page',
    mediaType: 'text/html',
    otherStatuses: [],
  },
  {
    operationId: 'getErrorReference',
    path: '/docs/errors',
    summary: 'Every problem code and what to do about it',
    mediaType: 'text/html',
    otherStatuses: [],
  },
  {
    operationId: 'getLiveness',
    path: '/livez',
    summary: 'Whether the process is alive',
    mediaType: 'application/json',
    otherStatuses: [],
  },
  {
    operationId: 'getReadiness',
    path: '/readyz',
    summary: 'Whether the service should be sent work, check by check',
    mediaType: 'application/json',
    otherStatuses: [503],
  },
  {
    operationId: 'getMetrics',
    path: '/metrics',
    summary: 'Prometheus metrics; a key of an owner, admin or auditor is needed unless the service is local',
    mediaType: 'text/plain',
    otherStatuses: [401, 403],
  },
] as const satisfies readonly SystemOperation[];

export type SystemOperationId = (typeof SYSTEM_OPERATIONS)[number]['operationId'];
