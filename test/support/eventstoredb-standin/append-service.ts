import type { EventEmitter } from 'node:events';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import status, { type Status } from '@eventstore/db-client/generated/status_pb.js';
import streams, {
  type AppendReq,
  type AppendResp,
  type BatchAppendReq,
  type BatchAppendResp,
} from '@eventstore/db-client/generated/streams_pb.js';
import {
  status as code,
  Metadata,
  type ServerDuplexStream,
  type ServerReadableStream,
  type sendUnaryData,
} from '@grpc/grpc-js';
import any from 'google-protobuf/google/protobuf/any_pb.js';
import { expectation, proposedEvent, streamIdentifier, streamName, uuidText } from './messages.ts';
import type { Expectation, ProposedEvent, WriteResult } from './record.ts';
import type { RecordLog } from './record-log.ts';

/** Of data alone: the server adds up neither metadata nor types, whatever its manual says. */
const MAX_APPEND_SIZE = 1_048_576;
const ALREADY_EXISTS = 6;
const INVALID_ARGUMENT = 3;

interface OpenRequest {
  readonly stream: string;
  readonly expected: Expectation;
  readonly events: ProposedEvent[];
}

/**
 * `BatchAppend`: any number of appends on one call, each answered under its correlation id.
 * @param faults on `lose-answers` appends are still written, but not answered
 */
export function batchAppendService(
  log: RecordLog,
  faults: EventEmitter,
): (call: ServerDuplexStream<BatchAppendReq, BatchAppendResp>) => void {
  let answersLost = false;
  faults.once('lose-answers', () => {
    answersLost = true;
  });
  return (call) => {
    const open = new Map<string, OpenRequest>();
    let inFlight = 0;
    let ended = false;
    const finish = (): void => {
      if (ended && inFlight === 0) call.end();
    };
    call.on('error', () => undefined);
    call.on('end', () => {
      ended = true;
      finish();
    });
    call.on('data', (message: BatchAppendReq) => {
      const key = uuidText(message.getCorrelationId());
      const request = open.get(key) ?? openRequest(message);
      open.set(key, request);
      request.events.push(...message.getProposedMessagesList().map(proposedEvent));
      const tooLarge = isTooLarge(request.events);
      if (!tooLarge && !message.getIsFinal()) return;
      open.delete(key);
      inFlight += 1;
      const result = tooLarge ? Promise.resolve(undefined) : log.write(request);
      void result.then((outcome) => {
        inFlight -= 1;
        const heard = !answersLost && !call.cancelled && !call.destroyed;
        if (heard) call.write(batchAnswer(message, request, outcome));
        finish();
      });
    });
  };
}

/** `Append`: the slower unary call, for clients that pass credentials or find no batch append. */
export function appendService(
  log: RecordLog,
): (call: ServerReadableStream<AppendReq, AppendResp>, callback: sendUnaryData<AppendResp>) => void {
  return (call, callback) => {
    let options: AppendReq.Options | undefined;
    const events: ProposedEvent[] = [];
    call.on('data', (message: AppendReq) => {
      options = message.getOptions() ?? options;
      const proposed = message.getProposedMessage();
      if (proposed !== undefined) events.push(proposedEvent(proposed));
    });
    call.on('end', () => {
      if (options === undefined) return callback({ code: code.INVALID_ARGUMENT, details: 'no options' });
      if (isTooLarge(events)) return callback(maxAppendSizeExceeded());
      const stream = streamName(options.getStreamIdentifier());
      const expected = expectation(options, options.getRevision());
      void log
        .write({ stream, expected, events })
        .then((result) => callback(null, unaryAnswer(result, expected)));
    });
  };
}

function openRequest(message: BatchAppendReq): OpenRequest {
  const options = message.getOptions() ?? new streams.BatchAppendReq.Options();
  return {
    stream: streamName(options.getStreamIdentifier()),
    expected: expectation(options, options.getStreamPosition()),
    events: [],
  };
}

function isTooLarge(events: readonly ProposedEvent[]): boolean {
  return events.reduce((sum, event) => sum + event.data.length, 0) > MAX_APPEND_SIZE;
}

function batchAnswer(
  message: BatchAppendReq,
  request: OpenRequest,
  result: WriteResult | undefined,
): BatchAppendResp {
  const answer = new streams.BatchAppendResp();
  answer.setCorrelationId(message.getCorrelationId());
  answer.setStreamIdentifier(streamIdentifier(request.stream));
  if (result === undefined) answer.setError(tooLargeStatus());
  else if (result.kind === 'wrong-expected-version')
    answer.setError(wrongVersionStatus(request, result.current));
  else {
    const position = new shared.AllStreamPosition();
    position.setCommitPosition(String(result.position));
    position.setPreparePosition(String(result.position));
    const success = new streams.BatchAppendResp.Success();
    success.setCurrentRevision(String(result.revision));
    success.setPosition(position);
    answer.setSuccess(success);
  }
  return answer;
}

function wrongVersionStatus({ expected }: OpenRequest, current: number): Status {
  const wrong = new shared.WrongExpectedVersion();
  if (current < 0) wrong.setCurrentNoStream(new shared.Empty());
  else wrong.setCurrentStreamRevision(String(current));
  if (expected === 'any') wrong.setExpectedAny(new shared.Empty());
  else if (expected === 'no-stream') wrong.setExpectedNoStream(new shared.Empty());
  else if (expected === 'stream-exists') wrong.setExpectedStreamExists(new shared.Empty());
  else wrong.setExpectedStreamPosition(String(expected));
  return statusOf(ALREADY_EXISTS, 'WrongExpectedVersion', wrong);
}

function tooLargeStatus(): Status {
  const exceeded = new shared.MaximumAppendSizeExceeded();
  exceeded.setMaxappendsize(MAX_APPEND_SIZE);
  return statusOf(INVALID_ARGUMENT, 'MaximumAppendSizeExceeded', exceeded);
}

function statusOf(statusCode: 3 | 6, name: string, details: { serializeBinary(): Uint8Array }): Status {
  const packed = new any.Any();
  packed.pack(details.serializeBinary(), `event_store.client.${name}`);
  const result = new status.Status();
  result.setCode(statusCode);
  result.setMessage(name);
  result.setDetails(packed);
  return result;
}

function unaryAnswer(result: WriteResult, expected: Expectation): AppendResp {
  const answer = new streams.AppendResp();
  if (result.kind === 'success') {
    const position = new streams.AppendResp.Position();
    position.setCommitPosition(String(result.position));
    position.setPreparePosition(String(result.position));
    const success = new streams.AppendResp.Success();
    success.setCurrentRevision(String(result.revision));
    success.setPosition(position);
    answer.setSuccess(success);
    return answer;
  }
  const wrong = new streams.AppendResp.WrongExpectedVersion();
  if (result.current < 0) wrong.setCurrentNoStream(new shared.Empty());
  else wrong.setCurrentRevision(String(result.current));
  if (expected === 'any') wrong.setExpectedAny(new shared.Empty());
  else if (expected === 'no-stream') wrong.setExpectedNoStream(new shared.Empty());
  else if (expected === 'stream-exists') wrong.setExpectedStreamExists(new shared.Empty());
  else wrong.setExpectedRevision(String(expected));
  answer.setWrongExpectedVersion(wrong);
  return answer;
}

function maxAppendSizeExceeded(): { code: number; details: string; metadata: Metadata } {
  const metadata = new Metadata();
  metadata.set('exception', 'maximum-append-size-exceeded');
  metadata.set('maximum-append-size', String(MAX_APPEND_SIZE));
  return {
    code: code.INVALID_ARGUMENT,
    details: `Maximum Append Size of ${MAX_APPEND_SIZE} Exceeded.`,
    metadata,
  };
}
