import { randomUUID } from 'node:crypto';
import { type EventEmitter, once } from 'node:events';
import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import { type ServerWritableStream, status } from '@grpc/grpc-js';
import {
  caughtUpMessage,
  checkpointMessage,
  confirmationMessage,
  eventMessage,
  streamName,
  streamNotFoundMessage,
} from './messages.ts';
import type { LogRecord } from './record.ts';
import type { RecordLog } from './record-log.ts';

type ReadCall = ServerWritableStream<ReadReq, ReadResp>;
type Matches = (record: LogRecord) => boolean;

const SEARCH_WINDOW = 32;
const BACKWARDS = 1;

/**
 * `Read`: a stream or the whole log, either way, and subscriptions to the whole log with a filter.
 * @param faults on `mute` what is being served ends without a word, as subscriptions are known to do
 */
export function readService(log: RecordLog, faults: EventEmitter): (call: ReadCall) => void {
  return (call) => {
    const over = new AbortController();
    const muted = (): void => over.abort('muted');
    faults.once('mute', muted);
    call.on('cancelled', () => over.abort());
    call.on('error', () => over.abort());
    serve(log, call, over.signal)
      .then(
        () => over.signal.reason !== 'muted' && call.end(),
        (error: Error) => call.destroy(error),
      )
      .finally(() => faults.off('mute', muted));
  };
}

async function serve(log: RecordLog, call: ReadCall, signal: AbortSignal): Promise<void> {
  const options = call.request.getOptions();
  if (options?.hasSubscription() && options.hasAll()) return subscribe(log, call, options, signal);
  if (options?.hasCount() && options.hasAll()) return readAll(log, call, options, signal);
  if (options?.hasCount() && options.hasStream()) return readStream(log, call, options, signal);
  throw Object.assign(new Error('not served here'), { code: status.UNIMPLEMENTED });
}

async function readAll(
  log: RecordLog,
  call: ReadCall,
  options: ReadReq.Options,
  signal: AbortSignal,
): Promise<void> {
  const all = options.getAll();
  const backwards = options.getReadDirection() === BACKWARDS;
  const from = all?.hasPosition() ? log.indexOf(Number(all.getPosition()?.getCommitPosition())) : undefined;
  const start = from ?? (all?.hasEnd() ? log.length : 0);
  await send(call, signal, Number(options.getCount()), (index) =>
    log.at(backwards ? start - 1 - index : start + index),
  );
}

async function readStream(
  log: RecordLog,
  call: ReadCall,
  options: ReadReq.Options,
  signal: AbortSignal,
): Promise<void> {
  const stream = options.getStream();
  const name = streamName(stream?.getStreamIdentifier());
  const records = log.stream(name);
  if (records === undefined) {
    call.write(streamNotFoundMessage(name));
    return;
  }
  const backwards = options.getReadDirection() === BACKWARDS;
  const last = records.length - 1;
  const from = stream?.hasRevision() ? Number(stream.getRevision()) : stream?.hasEnd() ? last : 0;
  const first = backwards ? Math.min(from, last) : from;
  await send(
    call,
    signal,
    Number(options.getCount()),
    (index) => records[backwards ? first - index : first + index],
  );
}

async function send(
  call: ReadCall,
  signal: AbortSignal,
  limit: number,
  record: (index: number) => LogRecord | undefined,
): Promise<void> {
  for (let index = 0; index < limit && !signal.aborted; index += 1) {
    const next = record(index);
    if (next === undefined) return;
    await write(call, eventMessage(next), signal);
  }
}

async function subscribe(
  log: RecordLog,
  call: ReadCall,
  options: ReadReq.Options,
  signal: AbortSignal,
): Promise<void> {
  const all = options.getAll();
  const matches = filterOf(options.getFilter());
  const interval = (options.getFilter()?.getCheckpointintervalmultiplier() ?? 0) * SEARCH_WINDOW;
  const after = Number(all?.getPosition()?.getCommitPosition() ?? -1);
  let index = all?.hasEnd() ? log.length : log.indexOf(after + 1);
  let live = false;
  let considered = 0;
  await write(call, confirmationMessage(randomUUID()), signal);
  while (!signal.aborted) {
    const record = log.at(index);
    if (record === undefined) {
      if (live) await log.grown(index, signal);
      else await goLive(call, interval > 0 ? log.at(index - 1) : undefined, signal);
      live = true;
      continue;
    }
    index += 1;
    considered += 1;
    if (matches(record)) await write(call, eventMessage(record), signal);
    if (considered % interval === 0) await write(call, checkpointMessage(record.position), signal);
  }
}

async function goLive(call: ReadCall, last: LogRecord | undefined, signal: AbortSignal): Promise<void> {
  if (last !== undefined) await write(call, checkpointMessage(last.position), signal);
  await write(call, caughtUpMessage(), signal);
}

function filterOf(filter: ReadReq.Options.FilterOptions | undefined): Matches {
  const expression = filter?.getEventType() ?? filter?.getStreamIdentifier();
  if (filter === undefined || expression === undefined) return () => true;
  const subject = (record: LogRecord): string => (filter.hasEventType() ? record.type : record.stream);
  if (expression.getRegex() !== '') {
    const regex = new RegExp(expression.getRegex());
    return (record) => regex.test(subject(record));
  }
  const prefixes = expression.getPrefixList();
  return (record) => prefixes.some((prefix) => subject(record).startsWith(prefix));
}

/** Waits for a slow reader, so that nothing piles up here. */
async function write(call: ReadCall, response: ReadResp, signal: AbortSignal): Promise<void> {
  if (signal.aborted || call.write(response)) return;
  await once(call, 'drain', { signal }).catch(() => undefined);
}
