import shared from '@eventstore/db-client/generated/shared_pb.js';
import type { BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import { StoreUnavailableError } from '../errors.ts';
import type { AppendResult } from '../port.ts';
import { InterruptedError } from './failures.ts';
import { safePosition } from './recorded-event.ts';

/** The server's verdict on one append. */
export type Verdict =
  | { readonly kind: 'appended'; readonly revision: number; readonly position: number | undefined }
  | { readonly kind: 'wrong-revision'; readonly actual: number }
  | { readonly kind: 'too-large' };

const PACKAGE = 'event_store.client.';

/**
 * Reads an answer of the batch-append call.
 * @throws InterruptedError when it settles nothing: the server was busy, not ready, or timed out
 * @throws StoreUnavailableError when the login may not append
 */
export function verdictOf(answer: BatchAppendResp): Verdict {
  const success = answer.getSuccess();
  if (success !== undefined) {
    const position = success.getPosition()?.getCommitPosition();
    return {
      kind: 'appended',
      revision: safePosition(success.getCurrentRevision()),
      position: position === undefined ? undefined : safePosition(position),
    };
  }
  const message = answer.getError()?.getMessage() ?? 'an answer without a result';
  const details = answer.getError()?.getDetails();
  switch (details?.getTypeName().replace(PACKAGE, '')) {
    case 'WrongExpectedVersion': {
      const wrong = details.unpack(shared.WrongExpectedVersion.deserializeBinary, details.getTypeName());
      const known = wrong?.hasCurrentStreamRevision() === true;
      return { kind: 'wrong-revision', actual: known ? safePosition(wrong.getCurrentStreamRevision()) : -1 };
    }
    case 'MaximumAppendSizeExceeded':
      return { kind: 'too-large' };
    case 'AccessDenied':
      throw new StoreUnavailableError('EventStoreDB does not let this login append');
    case 'StreamDeleted':
      throw new Error('the stream was deleted on the server: a ledger stream must never be');
    case 'BadRequest':
      throw new Error(`EventStoreDB refused the append: ${message}`);
    case 'Timeout':
    case 'Unknown':
      throw new InterruptedError(`EventStoreDB gave no verdict: ${message}`);
    default:
      throw new InterruptedError(`EventStoreDB did not take the append: ${message}`, {
        refused: /busy|not ready|leader/i.test(message),
      });
  }
}

export function appended(revision: number, position: number, replayed: boolean): AppendResult {
  return { outcome: 'appended', revision, position, replayed };
}
