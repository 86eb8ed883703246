import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams, {
  type BatchAppendReq,
  type BatchAppendResp,
} from '@eventstore/db-client/generated/streams_pb.js';
import { asError } from '../../platform/errors.ts';
import type { Append } from '../port.ts';
import type { AppendJson } from '../size.ts';
import { InterruptedError } from './failures.ts';
import type { BatchAppendCall, LogClient } from './log-client.ts';

interface InFlight {
  readonly sentAt: number;
  resolve(answer: BatchAppendResp): void;
  reject(error: InterruptedError): void;
}

const SWEEP_INTERVAL_MS = 500;

/** One batch-append call: many appends in flight, answered in any order. It ends with its connection. */
export class BatchAppendSession {
  readonly #inFlight = new Map<string, InFlight>();
  readonly #sweep: NodeJS.Timeout;
  #call: BatchAppendCall | undefined;
  #requests = 0;
  #lost: InterruptedError | undefined;

  private constructor(answerWithinMs: number) {
    this.#sweep = setInterval(() => this.#dropSilentCall(answerWithinMs), SWEEP_INTERVAL_MS).unref();
  }

  /** @param answerWithinMs a server that owes an answer for longer counts as gone */
  static async open(client: LogClient, answerWithinMs: number): Promise<BatchAppendSession> {
    const session = new BatchAppendSession(answerWithinMs);
    try {
      session.#call = await client.openBatchAppend((call) => {
        call.on('data', (answer: BatchAppendResp) => session.#answer(answer));
        call.on('error', (error) => session.#lose(error));
        call.on('end', () => session.#lose(new Error('the server ended the call')));
        call.on('close', () => session.#lose(new Error('the call was closed')));
      });
    } catch (error) {
      session.#lose(error);
      throw error;
    }
    return session;
  }

  get isOpen(): boolean {
    return this.#lost === undefined && this.#call !== undefined;
  }

  /** Sends at once. Rejects with InterruptedError when the connection breaks before the answer. */
  append(append: Append, json: AppendJson): Promise<BatchAppendResp> {
    const call = this.#call;
    if (this.#lost !== undefined || call === undefined) return Promise.reject(this.#lost);
    this.#requests += 1;
    const key = String(this.#requests);
    return new Promise((resolve, reject) => {
      this.#inFlight.set(key, { sentAt: Date.now(), resolve, reject });
      call.write(request(key, append, json));
    });
  }

  close(): void {
    this.#lose(new Error('closed'));
    this.#call?.cancel();
  }

  #answer(answer: BatchAppendResp): void {
    const key = answer.getCorrelationId()?.getStructured()?.getLeastSignificantBits() ?? '';
    const waiting = this.#inFlight.get(key);
    this.#inFlight.delete(key);
    waiting?.resolve(answer);
  }

  #lose(error: unknown): void {
    if (this.#lost !== undefined) return;
    this.#lost = new InterruptedError('the connection to EventStoreDB broke', { cause: asError(error) });
    clearInterval(this.#sweep);
    for (const waiting of this.#inFlight.values()) waiting.reject(this.#lost);
    this.#inFlight.clear();
  }

  #dropSilentCall(answerWithinMs: number): void {
    const [oldest] = this.#inFlight.values();
    if (oldest === undefined || Date.now() - oldest.sentAt < answerWithinMs) return;
    this.#lose(new Error(`no answer within ${answerWithinMs} ms`));
    this.#call?.cancel();
  }
}

function request(key: string, append: Append, json: AppendJson): BatchAppendReq {
  const structured = new shared.UUID.Structured();
  structured.setMostSignificantBits('0');
  structured.setLeastSignificantBits(key);
  const correlation = new shared.UUID();
  correlation.setStructured(structured);
  const message = new streams.BatchAppendReq();
  message.setCorrelationId(correlation);
  message.setOptions(options(append));
  message.setProposedMessagesList(append.events.map((event, index) => proposed(event, json, index)));
  message.setIsFinal(true);
  return message;
}

function options(append: Append): BatchAppendReq.Options {
  const stream = new shared.StreamIdentifier();
  stream.setStreamName(Buffer.from(append.stream));
  const result = new streams.BatchAppendReq.Options();
  result.setStreamIdentifier(stream);
  if (append.expected === 'any') result.setAny(new shared.Empty());
  else if (append.expected === 'none') result.setNoStream(new shared.Empty());
  else result.setStreamPosition(String(append.expected));
  return result;
}

function proposed(
  event: Append['events'][number],
  json: AppendJson,
  index: number,
): BatchAppendReq.ProposedMessage {
  const id = new shared.UUID();
  id.setString(event.id);
  const message = new streams.BatchAppendReq.ProposedMessage();
  message.setId(id);
  message.getMetadataMap().set('type', event.type).set('content-type', 'application/json');
  message.setData(Buffer.from(json.data[index] ?? ''));
  message.setCustomMetadata(Buffer.from(withSchemaVersion(event.schemaVersion, json.metadata[index] ?? '')));
  return message;
}

/** The server has no field for it: it is the first member of the metadata as stored. */
function withSchemaVersion(version: number, metadata: string): string {
  return metadata === '{}'
    ? `{"schemaVersion":${version}}`
    : `{"schemaVersion":${version},${metadata.slice(1)}`;
}
