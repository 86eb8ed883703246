import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startTestService, type TestService } from '../support/service.ts';

interface Page {
  readonly data: readonly { readonly stream: string; readonly revision: number }[];
  readonly hasMore: boolean;
  readonly nextCursor?: string;
}

const stream = 'usage-cus_a.2026-01';

let service: TestService;

beforeAll(async () => {
  service = await startTestService();
  await service.ok('initializeCustomerRevenue', { customerId: 'cus_a', tier: 'growth' });
  const events = Array.from({ length: 25 }, (_, index) => ({
    customerId: 'cus_a',
    eventType: 'api.called',
    eventId: `fact-${index}`,
  }));
  await service.ok('trackUsageEvents', { events });
});
afterAll(() => service.close());

it.each([1, 5, 10, 24, 25, 26])('a stream in pages of %i: each event once, in order', async (limit) => {
  const revisions: number[] = [];
  for (let startingAfter: string | undefined; ; ) {
    const asked = { stream, limit, ...(startingAfter === undefined ? {} : { startingAfter }) };
    const { body } = await service.ok<Page>('listEvents', asked);
    expect(body.data.length).toBeLessThanOrEqual(limit);
    expect(body.data.every((event) => event.stream === stream)).toBe(true);
    revisions.push(...body.data.map(({ revision }) => revision));
    expect(body.hasMore).toBe(revisions.length < 25);
    expect(body.nextCursor !== undefined).toBe(body.hasMore);
    startingAfter = body.nextCursor;
    if (startingAfter === undefined) break;
  }
  expect(revisions).toEqual(Array.from({ length: 25 }, (_, index) => index));
});

it('a page loads no more of the stream than itself and a sign of what follows', async () => {
  const read = vi.spyOn(service.service.core.store, 'readStream');
  await service.ok<Page>('listEvents', { stream, limit: 5 });
  const loaded = await Promise.all(
    read.mock.results.map(({ value }) => value as ReturnType<typeof service.service.core.store.readStream>),
  );
  read.mockRestore();
  expect(loaded.map((events) => events.length)).toEqual([6]);
});
