import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { customers } from '../../commands/aggregate.ts';
import { MAX_METADATA_BYTES, trackUsageEvents, type UsageInput } from '../../commands/metering.ts';
import { addMillis } from '../../domain/kernel/time.ts';
import {
  type CommandSide,
  createCommandSide,
  envelope,
  type LogKind,
  type Process,
  registration,
  wholeLog,
} from './support.ts';

const KINDS: readonly LogKind[] = ['Postgres', 'EventStoreDB stand-in'];
const DAY_MS = 86_400_000;

describe.each(KINDS)('metering over %s', (kind) => {
  let side: CommandSide;
  let one: Process;
  let two: Process;
  let calls = 0;

  beforeAll(async () => {
    side = await createCommandSide(kind);
    [one, two] = [side.open(), side.open()];
    for (const id of ['cus_a', 'cus_b']) {
      await one.pipeline.execute(customers, id, registration(side.now, id), envelope(id));
    }
  });
  afterAll(() => side.dispose());

  const track = (inputs: readonly UsageInput[], process = one) => {
    calls += 1;
    return trackUsageEvents(process.context, inputs, envelope(`call ${calls}`));
  };
  const statuses = async (inputs: readonly UsageInput[], process = one) =>
    (await track(inputs, process)).map(({ status }) => status);
  const facts = async () => (await wholeLog(one.store)).filter(({ type }) => type.startsWith('usage.'));
  const factsOf = async (...eventIds: readonly string[]) =>
    (await facts()).filter(({ data }) => eventIds.includes((data as { eventId: string }).eventId));

  it('answers item by item: what is refused or in conflict leaves its neighbours', async () => {
    expect(await statuses([call('i1'), call('i2')])).toEqual(['accepted', 'accepted']);
    const head = await one.store.head();
    const results = await track([
      call('i3'),
      call('i1'),
      call('i2', { quantity: 7 }),
      call('i4', { customerId: 'cus_nobody' }),
      call('i5', { eventType: 'no.such_meter' }),
      call('i6', { quantity: -1 }),
      call('i7', { metadata: { text: 'x'.repeat(MAX_METADATA_BYTES) } }),
      call('i3'),
      call('i3', { quantity: 2 }),
      call('i8'),
    ]);
    expect(results.map((result) => [result.eventId, result.status])).toEqual([
      ['i3', 'accepted'],
      ['i1', 'duplicate'],
      ['i2', 'conflict'],
      ['i4', 'refused'],
      ['i5', 'refused'],
      ['i6', 'refused'],
      ['i7', 'refused'],
      ['i3', 'duplicate'],
      ['i3', 'conflict'],
      ['i8', 'accepted'],
    ]);
    const codes = results.flatMap((result) => (result.status === 'refused' ? [result.refusal.code] : []));
    expect(codes).toEqual(['customer-not-found', 'unknown-event-type', 'invalid-usage', 'invalid-usage']);
    const written = await one.store.readAll(head, 100);
    expect(written.map(({ data }) => (data as { eventId: string }).eventId)).toEqual(['i3', 'i8']);
  });

  it('knows a fact again: across calls, processes and restarts, with the same content or with other', async () => {
    const inputs = Array.from({ length: 30 }, (_, index) => call(`known ${index}`));
    expect(new Set(await statuses(inputs))).toEqual(new Set(['accepted']));
    const head = await one.store.head();
    for (const process of [one, two, side.open()]) {
      expect(new Set(await statuses(inputs, process))).toEqual(new Set(['duplicate']));
      const others = inputs.map((input) => ({ ...input, quantity: 2 }));
      expect(new Set(await statuses(others, process))).toEqual(new Set(['conflict']));
    }
    expect(await one.store.head()).toBe(head);
  });

  it('tells apart the same id of two customers, and does not mind the order of members', async () => {
    const metadata = { a: 1, b: { c: [1, 2], d: null } };
    expect(await statuses([call('shared', { metadata }), call('shared', { customerId: 'cus_b' })])).toEqual([
      'accepted',
      'accepted',
    ]);
    const reordered = { b: { d: null, c: [1, 2] }, a: 1 };
    expect(await statuses([call('shared', { metadata: reordered })])).toEqual(['duplicate']);
    expect(await statuses([call('shared', { metadata: { ...metadata, a: 2 } })])).toEqual(['conflict']);
  });

  it('without an id the call and the place in it are the id; without a time it happened now', async () => {
    const { eventId: _eventId, occurredAt: _occurredAt, ...input } = call('none');
    const sent = envelope('a call of its own');
    const results = await trackUsageEvents(one.context, [input, input], sent);
    expect(results.map(({ status }) => status)).toEqual(['accepted', 'accepted']);
    const ids = results.map(({ eventId }) => eventId);
    expect(ids).toEqual([`${sent.commandId}.0`, `${sent.commandId}.1`]);
    for (const { data, metadata } of await factsOf(...ids)) {
      expect(data).toMatchObject({ occurredAt: side.now, quantity: '1' });
      expect(metadata).toMatchObject({ recordedAt: side.now, effectiveAt: side.now, customerId: 'cus_a' });
      expect(metadata.entry).toBeUndefined();
    }
    const before = side.now;
    side.now = addMillis(before, 30 * DAY_MS);
    const again = await trackUsageEvents(two.context, [input, input], sent);
    side.now = before;
    expect(again.map(({ status }) => status)).toEqual(['duplicate', 'duplicate']);
  });

  it('keeps what is older than 35 days or more than 5 minutes ahead in quarantine, to the millisecond', async () => {
    const at = (offsetMs: number) =>
      call(`window ${offsetMs}`, { occurredAt: addMillis(side.now, offsetMs) });
    const offsets = [-35 * DAY_MS, -35 * DAY_MS - 1, 300_000, 300_001];
    const inputs = offsets.map(at);
    expect(await statuses(inputs)).toEqual(['accepted', 'quarantined', 'accepted', 'quarantined']);
    expect(new Set(await statuses(inputs))).toEqual(new Set(['duplicate']));
    const stored = await factsOf(...inputs.map(({ eventId }) => eventId ?? ''));
    const found = new Map(
      stored.map(({ type, data }) => [(data as { eventId: string }).eventId, [type, data]]),
    );
    const reasons = inputs.map(({ eventId }) => found.get(eventId ?? ''));
    expect(reasons.map((one) => one?.[0])).toEqual([
      'usage.recorded',
      'usage.quarantined',
      'usage.recorded',
      'usage.quarantined',
    ]);
    expect(reasons[1]?.[1]).toMatchObject({ reason: 'too-old' });
    expect(reasons[3]?.[1]).toMatchObject({ reason: 'in-the-future' });
  });

  it('a month has its own stream, by the time of the fact', async () => {
    side.now = '2026-02-01T00:00:10.000Z';
    const inputs = [
      call('last of January', { occurredAt: '2026-01-31T23:59:59.999Z' }),
      call('first of February', { occurredAt: '2026-02-01T00:00:00.000Z' }),
    ];
    expect(await statuses(inputs)).toEqual(['accepted', 'accepted']);
    const streams = (await factsOf('last of January', 'first of February')).map(({ stream }) => stream);
    expect(streams.sort()).toEqual(['usage-cus_a.2026-01', 'usage-cus_a.2026-02']);
    const moved = call('last of January', { occurredAt: '2026-02-01T00:00:00.000Z' });
    expect(await statuses([moved])).toEqual(['conflict']);
  });

  it('concurrent calls with the same facts count each once', async () => {
    const inputs = Array.from({ length: 200 }, (_, index) => call(`raced ${index}`));
    const answers = await Promise.all([
      statuses(inputs),
      statuses([...inputs].reverse(), two),
      statuses(inputs, two),
      statuses([...inputs].reverse()),
    ]);
    for (const answer of answers.flat()) expect(['accepted', 'duplicate']).toContain(answer);
    if (kind === 'Postgres') {
      expect(answers.flat().filter((status) => status === 'accepted')).toHaveLength(200);
      expect(await factsOf(...inputs.map(({ eventId }) => eventId ?? ''))).toHaveLength(200);
    }
    const ids = (await factsOf(...inputs.map(({ eventId }) => eventId ?? ''))).map(({ id }) => id);
    expect(new Set(ids).size).toBe(200);
    expect(new Set(await statuses(inputs))).toEqual(new Set(['duplicate']));
  });

  it('takes 10,000 facts in one call, and knows them again', async () => {
    const inputs = Array.from({ length: 10_000 }, (_, index) =>
      call(`many ${index}`, { customerId: index % 2 === 0 ? 'cus_a' : 'cus_b' }),
    );
    const before = (await facts()).length;
    expect(new Set(await statuses(inputs))).toEqual(new Set(['accepted']));
    expect(new Set(await statuses(inputs, two))).toEqual(new Set(['duplicate']));
    expect((await facts()).length).toBe(before + 10_000);
  });
});

/** One API call of a customer, a minute before the tests' usual time. */
function call(eventId: string, more: Partial<UsageInput> = {}): UsageInput {
  return {
    customerId: 'cus_a',
    eventType: 'api.called',
    eventId,
    occurredAt: '2026-01-10T11:59:00.000Z',
    metadata: {},
    ...more,
  };
}
