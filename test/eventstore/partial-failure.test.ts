import { expect, test } from 'vitest';
import { OutcomeUnknownError, StoreUnavailableError } from '../../eventstore/errors.ts';
import { failureOf } from '../../eventstore/partial-failure.ts';
import type { AppendResult } from '../../eventstore/port.ts';

const done = (value: AppendResult): PromiseSettledResult<AppendResult> => ({ status: 'fulfilled', value });
const failed = (reason: Error): PromiseSettledResult<AppendResult> => ({ status: 'rejected', reason });
const appended = done({ outcome: 'appended', revision: 0, position: 1, replayed: false });
const conflict = done({ outcome: 'wrong-revision', actual: 3 });
const unavailable = failed(new StoreUnavailableError('not there'));
const unknown = failed(new OutcomeUnknownError('broke'));

test('nothing failed', () => {
  expect(failureOf([appended, conflict])).toBeUndefined();
  expect(failureOf([])).toBeUndefined();
});

test('nothing was written, and that is what is said', () => {
  expect(failureOf([unavailable, conflict])).toBeInstanceOf(StoreUnavailableError);
});

test('a part was written, or may have been: the outcome is unknown', () => {
  expect(failureOf([appended, unavailable])).toBeInstanceOf(OutcomeUnknownError);
  expect(failureOf([unavailable, unknown])).toBeInstanceOf(OutcomeUnknownError);
});
