import { canonicalJson, sha256Hex } from '../../platform/canonical-json.ts';
import type { Metrics } from '../../platform/metrics.ts';
import { ProblemError } from '../problems/problem.ts';
import { expectedRevisionOf, idempotencyKeyOf } from './headers.ts';
import { commandIdOfContent, commandIdOfKey, InFlightCommands } from './idempotency.ts';
import type { Prepared, Route } from './route.ts';
import type { CommandMeta, Principal, Reply, WireRequest } from './types.ts';

type Valid = Prepared<unknown> & { valid: true };
type Work = (meta: CommandMeta) => Promise<Reply<unknown>>;

/** What a query's handler finds in place of a command's metadata; its type does not show it. */
const NO_COMMAND: CommandMeta = { commandId: '', requestHash: '', actor: '', correlationId: '' };

/** Gives commands their identity and lets a retry that arrives in mid-flight wait for the first. */
export class CommandRunner {
  readonly #inFlight = new InFlightCommands<Reply<unknown>>();
  readonly #metrics: Metrics;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  async run(
    route: Route<never>,
    prepared: Pick<Valid, 'input' | 'selfIdentified'>,
    principal: Principal,
    request: WireRequest,
    requestId: string,
    work: Work,
  ): Promise<Reply<unknown>> {
    if (route.kind === 'query') return work(NO_COMMAND);
    const meta = commandMeta(route, prepared, principal, request, requestId);
    const fingerprint = route.personal.length === 0 ? meta.requestHash : hashOf(route, prepared.input);
    const { answer, joined } = await this.#inFlight.run(meta.commandId, fingerprint, () => work(meta));
    const replayed = joined || answer.replayed === true;
    if (replayed) this.#metrics.idempotencyReplays.inc({ operation: route.operationId });
    return replayed ? { ...answer, replayed } : answer;
  }
}

function commandMeta(
  route: Route<never>,
  prepared: Pick<Valid, 'input' | 'selfIdentified'>,
  principal: Principal,
  request: WireRequest,
  requestId: string,
): CommandMeta {
  const requestHash = hashOf(route, withoutPersonal(route, prepared.input));
  const ifMatch = route.ifMatch === 'none' ? undefined : expectedRevisionOf(request);
  if (route.ifMatch === 'required' && ifMatch === undefined) {
    throw new ProblemError('precondition-required', 'Send If-Match with the ETag of the resource.');
  }
  return {
    commandId: commandId(route, prepared.selfIdentified, principal, request, requestHash),
    requestHash,
    actor: principal.id,
    correlationId: requestId,
    ...(ifMatch === undefined ? {} : { ifMatch }),
  };
}

function hashOf(route: Route<never>, input: Valid['input']): string {
  return sha256Hex(`${route.operationId}\n${canonicalJson(input)}`);
}

function withoutPersonal({ personal }: Route<never>, input: Valid['input']): Valid['input'] {
  if (personal.length === 0) return input;
  const members = Object.entries(input.body).filter(([name]) => !personal.includes(name));
  return { ...input, body: Object.fromEntries(members) };
}

function commandId(
  route: Route<never>,
  selfIdentified: boolean,
  principal: Principal,
  request: WireRequest,
  requestHash: string,
): string {
  const key = idempotencyKeyOf(request);
  if (key !== undefined) return commandIdOfKey(principal.id, key);
  if (selfIdentified) return commandIdOfContent(principal.id, requestHash);
  const unless = route.keyRequired === 'unless-self-identified' ? ', or an eventId with every item' : '';
  throw new ProblemError('idempotency-key-missing', `Send an Idempotency-Key${unless}.`);
}
