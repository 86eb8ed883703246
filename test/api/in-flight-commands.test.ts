import { expect, test } from 'vitest';
import { InFlightCommands } from '../../api/http/idempotency.ts';
import { IdempotencyKeyReusedError } from '../../platform/errors.ts';

const COMMAND = 'a command id';

test('a retry is not refused because another request tries its key at that moment', async () => {
  const inFlight = new InFlightCommands<string>();
  const { promise: intruder, reject } = Promise.withResolvers<string>();
  const other = inFlight.run(COMMAND, 'other body', () => intruder);
  const retry = inFlight.run(COMMAND, 'body', async () => 'the first answer');
  reject(new IdempotencyKeyReusedError('the log knows the key with another body'));
  await expect(other).rejects.toThrow(IdempotencyKeyReusedError);
  expect(await retry).toEqual({ answer: 'the first answer', joined: false });
});

test('another body is refused once the first is accepted, and never handled', async () => {
  const inFlight = new InFlightCommands<string>();
  const { promise: first, resolve } = Promise.withResolvers<string>();
  const accepted = inFlight.run(COMMAND, 'body', () => first);
  let handled = false;
  const other = inFlight.run(COMMAND, 'other body', async () => {
    handled = true;
    return 'never';
  });
  resolve('done');
  expect(await accepted).toEqual({ answer: 'done', joined: false });
  await expect(other).rejects.toThrow(IdempotencyKeyReusedError);
  expect(handled).toBe(false);
});
