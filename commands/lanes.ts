import { ZodError } from 'zod';
import { InvalidEntryError } from '../ledger/journal-entry.ts';

const LANES = 64;

/** Works on items side by side. All lanes end before an error does: a retry must not meet what is under way. */
export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const queue = items[Symbol.iterator]();
  const lane = async () => {
    for (const item of queue) await work(item);
  };
  const lanes = await Promise.allSettled(Array.from({ length: LANES }, lane));
  const failed = lanes.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** True for what fails for what it is, and would fail again: it stops nobody else's books. */
export function isLasting(error: unknown): error is Error {
  return error instanceof RangeError || error instanceof InvalidEntryError || error instanceof ZodError;
}
