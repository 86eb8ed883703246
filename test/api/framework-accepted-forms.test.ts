import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { acceptedForm } from '../../api/http/accepted-forms.ts';
import { routesFor } from '../../api/http/route.ts';
import { RouteTable } from '../../api/http/route-table.ts';
import { startTinyApi, type TinyApi } from './support/tiny-api.ts';

let tiny: TinyApi;
beforeAll(async () => {
  tiny = await startTinyApi();
});
afterAll(() => tiny.server.close());
beforeEach(() => {
  tiny.services.seen.length = 0;
});

const FORM = 'application/lines+json';
const sendForm = (body: unknown, headers: Record<string, string> = {}, as = 'ingest') =>
  tiny.send('POST', '/v1/notes/batch', {
    as,
    body,
    headers: { 'Content-Type': FORM, 'X-Batch': 'b', 'Idempotency-Key': 'same', ...headers },
  });

describe('a body in another form', () => {
  test('becomes the operation’s own, and the same command', async () => {
    const lines = await sendForm([{ of: 'a', said: 'hello' }]);
    expect(lines).toMatchObject({ status: 201, body: { count: 1 } });
    const plain = await tiny.send('POST', '/v1/notes/batch', {
      as: 'ingest',
      body: { items: [{ customerId: 'a', text: 'hello', eventId: 'b-0' }] },
      headers: { 'Idempotency-Key': 'same' },
    });
    expect(plain.body).toEqual(lines.body);
    expect((await sendForm([], { 'Content-Type': `${FORM.toUpperCase()}; charset=UTF-8` })).status).toBe(201);
  });

  test('is checked as it was sent, and problems point into what was sent', async () => {
    const shape = await sendForm([{ of: 'a', said: 'x' }, { of: 'a' }]);
    expect(shape.body).toMatchObject({
      code: 'validation-failed',
      errors: [{ pointer: '/1/said', in: 'body' }],
    });
    const inner = await sendForm([{ of: 'no customer id', said: 'x' }]);
    expect(inner.body).toMatchObject({
      code: 'validation-failed',
      errors: [{ pointer: '/0/of', in: 'body' }],
    });
    expect((await sendForm({ items: [] })).status).toBe(400);
  });

  test('may be judged by the operation instead', async () => {
    const words = (body: unknown) => sendForm(body, { 'Content-Type': 'application/words+json' });
    expect((await words(['x', 'y'])).body).toMatchObject({ count: 2 });
    expect((await words('no list')).body).toMatchObject({ count: 1 });
    const wrong = await words(['x', 7]);
    expect(wrong.body).toMatchObject({ errors: [{ pointer: '/items/1/text' }] });
  });

  test('holds a customer’s key to its customer', async () => {
    expect((await sendForm([{ of: 'a', said: 'x' }], {}, 'customer:a')).status).toBe(201);
    expect((await sendForm([{ of: 'b', said: 'x' }], {}, 'customer:a')).status).toBe(404);
  });

  test('is taken by operations that say so, and what else they take is named', async () => {
    const elsewhere = await tiny.send('POST', '/v1/customers/a/notes', {
      body: { text: 'x' },
      headers: { 'Content-Type': FORM },
    });
    expect(elsewhere.body).toMatchObject({ code: 'unsupported-media-type' });
    expect(elsewhere.headers.get('accept')).toBe('application/json');
    const unknown = await sendForm([], { 'Content-Type': 'text/plain' });
    expect(unknown.status).toBe(415);
    expect(unknown.headers.get('accept')).toBe(`application/json, application/words+json, ${FORM}`);
  });

  test('is documented with its own schema', () => {
    const body = tiny.api.document.paths['/v1/notes/batch']?.['post']?.requestBody;
    expect(body).toMatchObject({
      content: { 'application/json': { schema: { type: 'object' } }, [FORM]: { schema: { type: 'array' } } },
    });
  });

  test('makes no sense where there is no body', () => {
    const route = routesFor<unknown>()({
      operationId: 'a',
      method: 'post',
      path: '/a',
      summary: '',
      tags: [],
      roles: [],
      kind: 'command',
      accepts: { [FORM]: acceptedForm(z.string(), () => ({})) },
      response: z.string(),
      errors: [],
      handler: async () => ({ body: '' }),
    });
    expect(() => new RouteTable([route])).toThrow(/accepts other forms/);
  });
});
