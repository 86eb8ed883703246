import { OutcomeUnknownError } from '../eventstore/errors.ts';
import { isOutage } from './outage.ts';

/**
 * Runs what follows once the command itself stands in the log. When that breaks off, the caller is not told
 * that nothing was recorded: a retry with the same key, or the reactor, finishes it.
 * @throws OutcomeUnknownError
 */
export async function afterRecorded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isOutage(error)) throw error;
    throw new OutcomeUnknownError('recorded, but what follows from it is not finished', { cause: error });
  }
}
