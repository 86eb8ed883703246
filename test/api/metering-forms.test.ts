import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OWNER_KEY, startTestService, type TestService } from '../support/service.ts';

let service: TestService;
const customerId = 'acme';

beforeAll(async () => {
  service = await startTestService();
  for (const id of [customerId, 'other']) {
    await service.ok('initializeCustomerRevenue', { customerId: id, tier: 'growth' });
  }
  await service.ok('advanceClock', { to: '2026-01-20T12:00:00Z' });
});
afterAll(() => service.close());

async function send(path: string, contentType: string, body: unknown, key = OWNER_KEY) {
  const response = await fetch(`${service.url}${path}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': contentType },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const event = (id: string, more: Readonly<Record<string, unknown>> = {}) => ({
  specversion: '1.0',
  id,
  source: '/shop/eu',
  type: 'api.called',
  subject: customerId,
  time: '2026-01-20T10:00:00+01:00',
  data: { quantity: 3, endpoint: '/orders' },
  ...more,
});
const SINGLE = 'application/cloudevents+json; charset=utf-8';
const BATCH = 'application/cloudevents-batch+json';

describe('CloudEvents', () => {
  it('one alone: source and id are the event id, data the quantity and the metadata', async () => {
    const sent = await send('/v1/usage', SINGLE, event('c1'));
    expect(sent).toMatchObject({
      status: 200,
      body: { results: [{ status: 'accepted', eventId: '/shop/eu c1' }], accepted: 1 },
    });
    const { body } = await service.ok<{ data: unknown[] }>('listEvents', { stream: 'usage-acme.2026-01' });
    expect(body.data[0]).toMatchObject({
      type: 'usage.recorded',
      data: {
        customerId,
        eventType: 'api.called',
        eventId: '/shop/eu c1',
        occurredAt: '2026-01-20T09:00:00.000Z',
        quantity: '3',
        metadata: { endpoint: '/orders' },
      },
    });
  });

  it('is the same fact as the plain form', async () => {
    const plain = {
      customerId,
      eventType: 'api.called',
      eventId: '/shop/eu c1',
      occurredAt: '2026-01-20T09:00:00Z',
      quantity: 3,
      metadata: { endpoint: '/orders' },
    };
    expect((await service.ok('trackUsageEvent', plain)).body).toMatchObject({ status: 'duplicate' });
    const again = await send(`/v1/customers/${customerId}/usage`, SINGLE, event('c1'));
    expect(again).toMatchObject({ status: 200, body: { status: 'duplicate' } });
  });

  it('a batch: what is wrong with one is said of that one', async () => {
    const { subject: _subject, ...nobody } = event('b2');
    const { specversion: _version, ...versionless } = event('b3');
    const sent = await send('/v1/usage', BATCH, [
      event('b1'),
      nobody,
      versionless,
      event('b4', { time: 'yesterday' }),
      event('b5', { data: { quantity: -1 } }),
      event('b6', { data_base64: 'AA==', data: undefined }),
      event('b7', { type: 'no.such' }),
      event('c1', { data: { quantity: 4 } }),
      event('c1', { source: '/shop/us' }),
      event('x'.repeat(200)),
    ]);
    const results = sent.body['results'] as { status: string; problem?: { field?: string } }[];
    expect(results.map(({ status, problem }) => [status, problem?.field])).toEqual([
      ['accepted', undefined],
      ['refused', 'subject'],
      ['refused', 'specversion'],
      ['refused', 'time'],
      ['refused', 'data.quantity'],
      ['refused', 'data_base64'],
      ['refused', 'eventType'],
      ['conflict', 'eventId'],
      ['accepted', undefined],
      ['accepted', undefined],
    ]);
    expect(sent.body).toMatchObject({ accepted: 3, rejected: 7 });
  });

  it('is taken on ingestion alone, and as what it says it is', async () => {
    const answer = await send(`/v1/customers/${customerId}/subscription`, SINGLE, event('z'));
    expect(answer.body).toMatchObject({ code: 'unsupported-media-type' });
    expect((await send('/v1/usage', BATCH, event('z'))).body).toMatchObject({ code: 'validation-failed' });
    expect((await send('/v1/usage', 'text/plain', event('z'))).status).toBe(415);
  });

  it('a customer’s key speaks for its customer alone', async () => {
    const made = await service.ok<{ secret?: string; key?: string }>('createApiKey', {
      label: 'shop',
      role: 'customer',
      customerId,
    });
    const key = made.body.secret ?? made.body.key ?? '';
    expect((await send('/v1/usage', SINGLE, event('own'), key)).body).toMatchObject({ accepted: 1 });
    const foreign = await send('/v1/usage', SINGLE, event('foreign', { subject: 'other' }), key);
    expect(foreign.body).toMatchObject({ code: 'customer-not-found' });
    const onPath = `/v1/customers/${customerId}/usage`;
    expect((await send(onPath, SINGLE, event('p', { subject: 'other' }))).body).toMatchObject({
      code: 'invalid-usage',
    });
  });

  it('one malformed item of the plain form holds up no other (regression)', async () => {
    const fact = { customerId, eventType: 'api.called' };
    const { body } = await service.ok<{ results: object[] }>('trackUsageEvents', {
      events: [
        { ...fact, eventId: 'well-1' },
        { ...fact, eventId: 'e', quantity: -1 },
        { ...fact, eventId: 'f', amount: 3 },
        { eventType: 'api.called', eventId: 'g' },
        'no object',
        null,
        { ...fact, eventId: 'well-2', quantity: 2 },
      ],
    });
    const refused = (index: number, eventId: string, field: string) => ({
      index,
      eventId,
      status: 'refused',
      problem: { code: 'invalid-usage', field },
    });
    expect(body).toMatchObject({ accepted: 2, rejected: 5 });
    expect(body.results).toMatchObject([
      { eventId: 'well-1', status: 'accepted' },
      refused(1, 'e', 'quantity'),
      refused(2, 'f', 'amount'),
      refused(3, 'g', 'customerId'),
      refused(4, '#4', 'events'),
      refused(5, '#5', 'events'),
      { eventId: 'well-2', status: 'accepted' },
    ]);
  });
});

describe('CDP events', () => {
  const track = async (eventType: string, eventData: Readonly<Record<string, unknown>> = {}) =>
    (await service.client.call('trackCDPEvent', { customerId, eventType, eventData })).body;

  it.each([
    ['page_view', {}, 'event.tracked', '1'],
    ['export_completed', { rowCount: 1_200 }, 'data.exported', '1200'],
    ['audience_synced', { profiles: ['a', 'b', 'c'] }, 'audience.activated', '3'],
    ['sms_sent', { segments: '2' }, 'sms.sent', '2'],
    ['profile_enriched', { profile: { id: 'p1' }, provider: 'clearbit' }, 'profile.enriched', '1'],
    ['brief_generated', {}, 'ai.brief_generated', '1'],
  ])('%s %j counts on %s', async (name, data, meter, quantity) => {
    const timestamp = '2026-01-20T11:00:00Z';
    const messageId = `m-${name}`;
    const sent = { ...data, messageId, timestamp, traits: { email: 'someone@example.com' } };
    expect(await track(name, sent)).toMatchObject({ status: 'accepted', eventId: messageId });
    expect(await track(name, sent)).toMatchObject({ status: 'duplicate' });
    const { body } = await service.ok<{ data: { data: Record<string, unknown> }[] }>('listEvents', {
      stream: 'usage-acme.2026-01',
      limit: 100,
    });
    const stored = body.data.find(({ data: fact }) => fact['eventId'] === messageId)?.data;
    expect(stored).toMatchObject({ eventType: meter, quantity, occurredAt: '2026-01-20T11:00:00.000Z' });
    expect(JSON.stringify(stored)).not.toContain('@example.com');
  });

  it('refuses what it does not know, with what it knows', async () => {
    expect(await track('moon_landing')).toMatchObject({
      code: 'unknown-event-type',
      detail: expect.stringContaining('page_view, page_viewed'),
    });
    expect(await track('constructor')).toMatchObject({ code: 'unknown-event-type' });
    expect(await track('export_completed', { rows: { a: 1 } })).toMatchObject({ code: 'invalid-usage' });
    expect(await track('profile_enriched', { provider: 'x' })).toMatchObject({ code: 'invalid-usage' });
  });
});

describe('usage by hour and day', () => {
  it('of a customer, in a part of the month', async () => {
    const at = (occurredAt: string, quantity: number) => ({
      customerId: 'other',
      eventType: 'api.called',
      eventId: occurredAt,
      occurredAt,
      quantity,
    });
    const { position } = await service.ok('trackUsageEvents', {
      events: [
        at('2026-01-18T23:59:59.999Z', 1),
        at('2026-01-19T00:00:00Z', 2),
        at('2026-01-19T00:30:00Z', 4),
      ],
    });
    const read = async (inputs: Readonly<Record<string, unknown>>) =>
      (
        await service.ok<{ series?: { from: string; quantity: number }[] }>('getUsage', {
          customerId: 'other',
          period: '2026-01',
          minPosition: position,
          ...inputs,
        })
      ).body.series?.map(({ from, quantity }) => [from, quantity]);
    expect(await read({})).toBeUndefined();
    expect(await read({ granularity: 'hour' })).toEqual([
      ['2026-01-18T23:00:00.000Z', 1],
      ['2026-01-19T00:00:00.000Z', 6],
    ]);
    expect(await read({ granularity: 'day', from: '2026-01-19T00:00:00Z' })).toEqual([
      ['2026-01-19T00:00:00.000Z', 6],
    ]);
    const outside = await service.client.call('getUsage', {
      customerId: 'other',
      period: '2026-01',
      granularity: 'day',
      to: '2026-02-01T00:00:01Z',
    });
    expect(outside.body).toMatchObject({ code: 'validation-failed' });
  });

  it('of all customers', async () => {
    const { body } = await service.ok<{ days: unknown[] }>('getUsageByDay', {
      from: '2026-01-18',
      to: '2026-01-19',
      eventType: 'api.called',
    });
    expect(body.days).toEqual([
      { day: '2026-01-18', eventType: 'api.called', quantity: '1' },
      { day: '2026-01-19', eventType: 'api.called', quantity: '6' },
    ]);
  });
});
