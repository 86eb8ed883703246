import type { Logger } from '../../platform/logging.ts';
import type { Metrics } from '../../platform/metrics.ts';
import { fillCustomerId, requireOwnInput } from '../auth/customer-scope.ts';
import type { RateLimits } from '../limits/rate-limits.ts';
import { toProblem, validationProblem } from '../problems/mapper.ts';
import { ProblemError, refusalProblem } from '../problems/problem.ts';
import { type Authenticate, Authentication } from './authentication.ts';
import { CommandRunner } from './commands.ts';
import { listName, openCursors, sealCursors } from './cursors.ts';
import { decodeValues, readInput, splitTarget } from './input.ts';
import { type ParameterReader, parameterReader } from './parameters.ts';
import { awaitReads } from './reads.ts';
import { Recorder, type RequestRecord } from './recorder.ts';
import { successResponse } from './reply.ts';
import type { Prepared, Route } from './route.ts';
import type { Match, RouteTable } from './route-table.ts';
import type {
  AccessEntry,
  Principal,
  ReadPositions,
  Reply,
  Role,
  WireRequest,
  WireResponse,
} from './types.ts';

export interface PipelineOptions<Services> {
  readonly table: RouteTable<Services>;
  readonly services: Services;
  readonly authenticate: Authenticate;
  /** Without it nothing is limited. */
  readonly rateLimits?: RateLimits;
  readonly reads: ReadPositions;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Requests handled at a time; beyond it the answer is 503. Default 1,000. */
  readonly maxInFlight?: number;
  /** How long a query waits for minPosition, in milliseconds. Default 2,000. */
  readonly readWaitMs?: number;
  /** Page that problem types point into. Default `/docs/errors`. */
  readonly problemBaseUrl?: string;
  /** Told of reads by auditors and admins, of denials, and of what is done to keys. */
  access?(entry: AccessEntry): void;
  /** Checks each answer against its schema; one that does not fit is an internal error. */
  readonly validateResponses?: boolean;
}

/** From request to response, independent of the server that carries them. */
export class Pipeline<Services> {
  readonly table: RouteTable<Services>;
  readonly #options: PipelineOptions<Services>;
  readonly #readers = new Map<Route<Services>, ParameterReader>();
  readonly #authentication: Authentication;
  readonly #commands: CommandRunner;
  readonly #recorder: Recorder;
  #inFlight = 0;

  constructor(options: PipelineOptions<Services>) {
    this.table = options.table;
    this.#options = options;
    this.#authentication = new Authentication(options.authenticate, options.rateLimits);
    this.#commands = new CommandRunner(options.metrics);
    this.#recorder = new Recorder(options);
    for (const route of options.table.routes) {
      this.#readers.set(route, parameterReader(route.params, route.query));
    }
  }

  /** Requests that are being handled now. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Finds the operation by path and answers; 404 and 405 where there is none. Never rejects. */
  async dispatch(request: WireRequest): Promise<WireResponse> {
    const { path } = splitTarget(request.target);
    const match = this.table.match(request.method, path);
    return match === undefined ? this.unmatched(request) : this.answerMatch(match, request);
  }

  /** Answers a request whose operation is found. Never rejects. */
  async answerMatch(match: Match<Services>, request: WireRequest): Promise<WireResponse> {
    try {
      return await this.answer(match.route, decodeValues(match.values), request);
    } catch (error) {
      return this.fail(request, error);
    }
  }

  /** Who makes a request. @throws ProblemError `unauthenticated` or `rate-limited` */
  principalOf(request: WireRequest): Promise<Principal> {
    return this.#authentication.principal(request);
  }

  /** 405 with Allow for a known path, 404 otherwise. */
  unmatched(request: WireRequest, alsoAllowed: readonly string[] = []): WireResponse {
    const { path } = splitTarget(request.target);
    const allowed = [...this.table.allowedMethods(path), ...alsoAllowed];
    return this.fail(
      request,
      allowed.length > 0
        ? new ProblemError('method-not-allowed', `Use ${allowed.join(' or ')}.`, {
            headers: { Allow: allowed.join(', ') },
          })
        : new ProblemError('not-found', 'There is no operation at this path; see /openapi.json.'),
    );
  }

  /** Answers a request that no operation takes with the problem of an error. */
  fail(request: WireRequest, error: unknown): WireResponse {
    const record = this.#recorder.start(undefined, request);
    return this.#recorder.finish(record, this.#recorder.problem(record, request, toProblem(error)));
  }

  /**
   * Answers one request to one operation. Never rejects: what goes wrong is a problem response.
   * @param values path parameters, decoded
   */
  async answer(
    route: Route<Services>,
    values: Readonly<Record<string, string>>,
    request: WireRequest,
  ): Promise<WireResponse> {
    const record = this.#recorder.start(route, request);
    this.#inFlight += 1;
    try {
      if (this.#inFlight > (this.#options.maxInFlight ?? 1_000)) {
        throw new ProblemError('overloaded', 'Too many requests are being handled.', {
          headers: { 'Retry-After': '1' },
        });
      }
      return this.#recorder.finish(record, await this.#handle(route, values, request, record));
    } catch (error) {
      const problem = toProblem(error);
      return this.#recorder.finish(record, this.#recorder.problem(record, request, problem));
    } finally {
      this.#inFlight -= 1;
    }
  }

  async #handle(
    route: Route<Services>,
    values: Readonly<Record<string, string>>,
    request: WireRequest,
    record: RequestRecord,
  ): Promise<WireResponse> {
    const principal = await this.#authentication.principal(request);
    record.principal = principal;
    record.headers = await this.#options.rateLimits?.admit(principal, route);
    requireRole(principal, route.roles);
    const { raw, minPosition, located } = await readInput(route, this.#reader(route), values, request);
    const asked = { ...raw, query: fillCustomerId(principal, route, raw.query) };
    const list = listName(route, asked);
    const prepared = route.prepare({ ...asked, query: openCursors(asked.query, list) });
    if (!prepared.valid) throw validationProblem(prepared.issues.map(located));
    record.input = prepared.input;
    requireOwnInput(principal, route, prepared.input);
    const { readWaitMs = 2_000, reads } = this.#options;
    const position = await awaitReads(route.reads, reads, { minPosition, readWaitMs, request });
    const answer = await this.#run(route, prepared, principal, request, record.requestId);
    const reply = sealCursors(answer, list);
    const settings = { requestId: record.requestId, validate: this.#options.validateResponses ?? false };
    return successResponse(route, position === undefined ? reply : { position, ...reply }, settings);
  }

  async #run(
    route: Route<Services>,
    prepared: Prepared<Services> & { valid: true },
    principal: Principal,
    request: WireRequest,
    requestId: string,
  ): Promise<Reply<unknown>> {
    const log = this.#options.log.child({ requestId, operationId: route.operationId });
    const context = { services: this.#options.services, principal, requestId, log };
    return this.#commands.run(route, prepared, principal, request, requestId, async (commandMeta) => {
      const result = await prepared.run({ ...context, commandMeta });
      if ('refused' in result) throw refusalProblem(result, route);
      return result;
    });
  }

  #reader(route: Route<Services>): ParameterReader {
    return this.#readers.get(route) ?? parameterReader(route.params, route.query);
  }
}

function requireRole(principal: Principal, roles: readonly Role[]): void {
  if (!roles.includes(principal.role)) {
    throw new ProblemError('forbidden', `This operation is open to: ${roles.join(', ')}.`);
  }
}
