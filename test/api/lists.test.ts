import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allRoutes } from '../../api/routes/index.ts';
import { startTestService, type TestService } from '../support/service.ts';
import { LISTED_CUSTOMER, LISTS, type ListUnderTest } from './lists/registry.ts';

const lists = allRoutes({ manualClock: true }).filter(({ query }) => 'startingAfter' in query.shape);
const cases = lists.map((route) => [route.operationId, route] as const);
const RUNS = 6;

let service: TestService;
let inserted = 0;

beforeAll(async () => {
  service = await startTestService();
  await service.ok('initializeCustomerRevenue', {
    customerId: LISTED_CUSTOMER,
    tier: 'growth',
    paymentMethod: true,
  });
});
afterAll(() => service?.close());

interface Page {
  readonly ids: readonly string[];
  readonly hasMore: boolean | undefined;
  readonly nextCursor: string | undefined;
  readonly previousCursor: string | undefined;
}

async function insert(list: ListUnderTest, times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    inserted += 1;
    await list.insert(service, inserted);
  }
}

async function read(operationId: string, list: ListUnderTest, page: object): Promise<Page> {
  const { body } = await service.ok<Record<string, unknown>>(operationId, { ...list.inputs, ...page });
  const items = body[list.member ?? 'data'] as readonly Record<string, unknown>[];
  return {
    ids: items.map(list.idOf),
    hasMore: body['hasMore'] as boolean | undefined,
    nextCursor: body['nextCursor'] as string | undefined,
    previousCursor: body['previousCursor'] as string | undefined,
  };
}

/** All pages from the first on, and the last of them. */
async function forwards(
  operationId: string,
  list: ListUnderTest,
  limit: number,
  between: (page: number) => Promise<void>,
): Promise<{ readonly ids: string[]; readonly last: Page }> {
  const ids: string[] = [];
  let page = await read(operationId, list, { limit });
  for (let pages = 1; ; pages += 1) {
    expect(
      page.ids.filter((id) => ids.includes(id)),
      'seen before',
    ).toEqual([]);
    ids.push(...page.ids);
    expect(page.ids.length).toBeLessThanOrEqual(limit);
    if (page.hasMore !== undefined) expect(page.nextCursor !== undefined).toBe(page.hasMore);
    if (page.nextCursor === undefined) return { ids, last: page };
    await between(pages);
    page = await read(operationId, list, { limit, startingAfter: page.nextCursor });
  }
}

/** All pages from this one back to the first, in the order of the list. */
async function backwards(
  operationId: string,
  list: ListUnderTest,
  limit: number,
  from: Page,
  between: (page: number) => Promise<void>,
): Promise<string[]> {
  const ids = [...from.ids];
  let page = from;
  for (let pages = 1; page.previousCursor !== undefined; pages += 1) {
    await between(pages);
    page = await read(operationId, list, { limit, endingBefore: page.previousCursor });
    expect(page.previousCursor !== undefined).toBe(page.hasMore);
    expect(
      page.ids.filter((id) => ids.includes(id)),
      'seen before',
    ).toEqual([]);
    ids.unshift(...page.ids);
  }
  return ids;
}

it.each(cases)('%s says how it is filled', (operationId) => {
  const remedy = `say in test/api/lists/registry.ts how an item comes into ${operationId}`;
  expect(Object.keys(LISTS), remedy).toContain(operationId);
});

describe('going through a list while items come in shows each that was there once, in order', () => {
  const known = cases.flatMap(([operationId, route]) => {
    const list = LISTS[operationId];
    return list === undefined ? [] : [[operationId, list, 'endingBefore' in route.query.shape] as const];
  });

  it.each(known)('%s', { timeout: 120_000 }, async (operationId, list, goesBack) => {
    await insert(list, 3);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 6 }),
        async (limit, inserts) => {
          await service.service.core.drain();
          const { ids: before } = await forwards(operationId, list, 100, async () => undefined);
          const between = (page: number) =>
            insert(list, page <= inserts.length ? (inserts[page - 1] ?? 0) : 0);
          const there = new Set(before);
          const seen = await forwards(operationId, list, limit, between);
          expect(seen.ids.filter((id) => there.has(id))).toEqual(before);
          expect(new Set(seen.ids).size).toBe(seen.ids.length);
          if (!goesBack) return;
          const back = await backwards(operationId, list, limit, seen.last, between);
          expect(back.filter((id) => there.has(id))).toEqual(before);
          expect(new Set(back).size).toBe(back.length);
        },
      ),
      { numRuns: RUNS },
    );
  });
});

describe('a cursor belongs to its list', () => {
  it.each(cases)('%s refuses every other list’s', async (operationId) => {
    const list = LISTS[operationId];
    if (list === undefined) return;
    const strangers = Object.entries(LISTS).filter(
      ([other]) => other !== operationId && cases.some(([name]) => name === other),
    );
    for (const [other, stranger] of strangers) {
      await insert(stranger, 2);
      await service.service.core.drain();
      const { nextCursor } = await read(other, stranger, { limit: 1 });
      expect(nextCursor, `${other} has a second page`).toBeDefined();
      const answer = await service.client.call(operationId, { ...list.inputs, startingAfter: nextCursor });
      expect([other, answer.status, (answer.body as { code?: string }).code]).toEqual([
        other,
        400,
        'invalid-cursor',
      ]);
    }
  });
});
