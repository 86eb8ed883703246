import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { customers } from '../../commands/aggregate.ts';
import { trackUsageEvents } from '../../commands/metering.ts';
import {
  type CommandSide,
  createCommandSide,
  envelope,
  type Process,
  registration,
  wholeLog,
} from './support.ts';

let side: CommandSide;
let one: Process;
let customerId = '';
let calls = 0;

beforeAll(async () => {
  side = await createCommandSide('EventStoreDB stand-in');
  one = side.open();
});
beforeEach(async () => {
  calls += 1;
  customerId = `cus_${calls}`;
  await one.pipeline.execute(customers, customerId, registration(side.now, customerId), envelope(customerId));
});
afterAll(() => side.dispose());

const track = (eventIds: readonly string[], process = one) => {
  calls += 1;
  const inputs = eventIds.map((eventId) => ({
    customerId,
    eventType: 'api.called',
    eventId,
    occurredAt: side.now,
    metadata: {},
  }));
  return trackUsageEvents(process.context, inputs, envelope(`call ${calls}`));
};

const statuses = async (eventIds: readonly string[]) => (await track(eventIds)).map(({ status }) => status);

async function inLog(): Promise<string[]> {
  const events = await wholeLog(one.store);
  return events
    .filter(({ type, metadata }) => type === 'usage.recorded' && metadata.customerId === customerId)
    .map(({ data }) => (data as { eventId: string }).eventId)
    .sort();
}

/** As a crash between the append and the confirmation of its claims leaves it. */
async function forgetConfirmations(): Promise<void> {
  await side.pool.query('update ops.fact_claims set confirmed = false');
}

it('a batch of which the log knows a part is written whole: nothing is confirmed that is not there', async () => {
  await track(['a']);
  await forgetConfirmations();
  expect(await statuses(['a', 'b', 'c'])).toEqual(['accepted', 'accepted', 'accepted']);
  expect(await inLog()).toEqual(['a', 'b', 'c']);
  expect(await statuses(['c', 'b', 'a'])).toEqual(['duplicate', 'duplicate', 'duplicate']);
});

it('what the log refuses is not confirmed', async () => {
  const refusing: Process = {
    ...one,
    context: {
      ...one.context,
      store: Object.create(one.store, {
        appendMany: {
          value: async (appends: readonly unknown[]) =>
            appends.map(() => ({ outcome: 'too-large', bytes: 2_000_000 })),
        },
      }),
    },
  };
  await expect(track(['d'], refusing)).rejects.toThrow('too-large');
  expect(await statuses(['d'])).toEqual(['accepted']);
  expect(await inLog()).toEqual(['d']);
});

it('callers with the same facts at once: each stands once', async () => {
  const batches = [['e', 'f', 'g'], ['g', 'e'], ['f', 'e', 'g'], ['x', 'e'], ['e']];
  const answers = await Promise.all(batches.map(statuses));
  expect(answers.flat().filter((status) => status === 'accepted')).toHaveLength(4);
  expect(await inLog()).toEqual(['e', 'f', 'g', 'x']);
});
