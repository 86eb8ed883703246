import { OutcomeUnknownError } from './errors.ts';
import type { AppendResult } from './port.ts';

/**
 * What a call with many appends throws when some of them failed; undefined if none did. Others may be durable
 * by then, and so a caller is told that nothing was written only when nothing was.
 */
export function failureOf(settled: readonly PromiseSettledResult<AppendResult>[]): Error | undefined {
  const failures = settled.filter((one) => one.status === 'rejected').map(({ reason }) => reason as Error);
  const [first] = failures;
  const isWritten = settled.some((one) => one.status === 'fulfilled' && one.value.outcome === 'appended');
  if (first === undefined || !isWritten) {
    return failures.find((failure) => failure instanceof OutcomeUnknownError) ?? first;
  }
  return new OutcomeUnknownError('only a part of the call is known to be in the log', { cause: first });
}
