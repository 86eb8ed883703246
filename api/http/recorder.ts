import type { Logger } from '../../platform/logging.ts';
import type { Metrics } from '../../platform/metrics.ts';
import { problemResponse } from '../problems/mapper.ts';
import { ProblemError } from '../problems/problem.ts';
import { requestIdOf } from './headers.ts';
import { splitTarget } from './input.ts';
import type { AccessEntry, Principal, RouteKind, WireRequest, WireResponse } from './types.ts';

/** What is known of a request while it is handled. */
export interface RequestRecord {
  readonly requestId: string;
  readonly operationId: string;
  readonly kind: RouteKind | undefined;
  readonly tags: readonly string[];
  /** Too many to log each at level info when it goes well. */
  readonly quiet: boolean;
  readonly method: string;
  readonly startedMs: number;
  principal?: Principal;
  input?: { readonly params: object; readonly query: object };
  problem?: ProblemError;
  /** Go out with the answer, whatever it is. */
  headers?: Readonly<Record<string, string>> | undefined;
}

export interface RecorderOptions {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly problemBaseUrl?: string;
  access?(entry: AccessEntry): void;
}

interface Recorded {
  readonly operationId: string;
  readonly kind: RouteKind;
  readonly tags: readonly string[];
  readonly hot: boolean;
}

/** Tag of the operations on API keys; what is done under it goes to the access log. */
export const KEYS_TAG = 'API keys';

/** Request ids, the line in the log, metrics and the access log: the same for every request. */
export class Recorder {
  readonly #options: RecorderOptions;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  start(route: Recorded | undefined, request: WireRequest): RequestRecord {
    this.#options.metrics.httpInFlight.inc();
    return {
      requestId: requestIdOf(request),
      operationId: route?.operationId ?? 'unmatched',
      kind: route?.kind,
      tags: route?.tags ?? [],
      quiet: route?.hot ?? false,
      method: request.method,
      startedMs: performance.now(),
    };
  }

  /** The response of a problem. A customer's key learns nothing from how a thing is missing. */
  problem(record: RequestRecord, request: WireRequest, problem: ProblemError): WireResponse {
    const shown =
      record.principal?.role === 'customer' && problem.code === 'customer-not-found'
        ? new ProblemError(problem.code, 'There is no such customer.')
        : problem;
    record.problem = problem;
    this.#options.metrics.problems.inc({ code: problem.code });
    return problemResponse(shown, {
      requestId: record.requestId,
      instance: splitTarget(request.target).path,
      baseUrl: this.#options.problemBaseUrl ?? '/docs/errors',
    });
  }

  finish(record: RequestRecord, response: WireResponse): WireResponse {
    const ms = performance.now() - record.startedMs;
    const { log, metrics } = this.#options;
    metrics.httpInFlight.dec();
    metrics.httpSeconds.observe(
      { operation: record.operationId, status: String(response.status) },
      ms / 1000,
    );
    // The path itself is not logged: callers put ids, and by mistake keys, into it.
    const line = {
      requestId: record.requestId,
      operationId: record.operationId,
      method: record.method,
      status: response.status,
      ms: Math.round(ms * 1000) / 1000,
      ...(record.principal === undefined ? {} : { principal: record.principal.id }),
      ...(record.problem === undefined ? {} : { code: record.problem.code }),
    };
    if (response.status >= 500) log.error({ ...line, err: record.problem?.cause }, 'request');
    else if (record.quiet && response.status < 400) log.debug(line, 'request');
    else log.info(line, 'request');
    this.#recordAccess(record, response.status);
    return record.headers === undefined
      ? response
      : { ...response, headers: { ...response.headers, ...record.headers } };
  }

  #recordAccess(record: RequestRecord, status: number): void {
    const kind = accessKind(record);
    if (kind === undefined) return;
    const { principal } = record;
    const customerId = customerIdOf(record);
    this.#options.access?.({
      kind,
      ...(principal === undefined ? {} : { principalId: principal.id, role: principal.role }),
      operationId: record.operationId,
      ...(customerId === undefined ? {} : { customerId }),
      status,
      requestId: record.requestId,
    });
  }
}

function accessKind(record: RequestRecord): AccessEntry['kind'] | undefined {
  const { problem, principal } = record;
  const denied = problem?.code === 'unauthenticated' || problem?.code === 'forbidden';
  const foreign = principal?.role === 'customer' && problem?.code === 'customer-not-found';
  if (denied || foreign) return 'denied';
  if (record.tags.includes(KEYS_TAG)) return 'keys';
  const watched = principal?.role === 'auditor' || principal?.role === 'admin';
  return watched && record.kind === 'query' ? 'read' : undefined;
}

function customerIdOf(record: RequestRecord): string | undefined {
  const named = { ...record.input?.query, ...record.input?.params };
  return 'customerId' in named && typeof named.customerId === 'string' ? named.customerId : undefined;
}
