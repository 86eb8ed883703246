import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createLogger } from '../../platform/logging.ts';

function capture() {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  return { log: createLogger({ destination, base: { role: 'api' } }), text: () => lines.join('') };
}

describe('logging', () => {
  test('is one JSON object a line', () => {
    const { log, text } = capture();
    log.info({ projection: 'journal', events: 3, position: 12n }, 'applied');
    expect(JSON.parse(text())).toMatchObject({
      level: 'info',
      role: 'api',
      projection: 'journal',
      position: '12',
      msg: 'applied',
    });
  });

  test.each([
    'authorization',
    'apiKey',
    'api_key',
    'API-KEY',
    'email',
    'name',
    'password',
    'client_secret',
    'DATABASE_URL',
  ])('replaces the member %s wherever it stands', (member) => {
    const { log, text } = capture();
    log.info({ [member]: 'canary-1', deep: [{ deeper: { [member]: 'canary-2' } }] }, 'x');
    log.child({ [member]: 'canary-3' }).warn('y');
    expect(text()).not.toContain('canary');
    expect(text().match(/\[redacted\]/g)?.length).toBe(3);
  });

  test.each([
    'key rk_live_0123456789abcdef_canarycanary',
    'Authorization: Bearer canary.canary',
    'postgres://user:canary@host/db',
    'mail to canary@example.com',
  ])('finds secrets in free text: %s', (message) => {
    const { log, text } = capture();
    log.info(message);
    log.info({ note: message }, 'x');
    log.error({ err: new Error(message, { cause: new Error(message) }) }, 'x');
    expect(text().split('\n').length).toBe(4);
    expect(text()).not.toContain('canary');
  });

  test('shows of an error what is safe, and nothing that a database quotes from a row', () => {
    const { log, text } = capture();
    const error = Object.assign(new Error('duplicate key'), {
      code: '23505',
      detail: 'Key (name)=(canary) exists',
    });
    log.error({ err: error, nested: { error } }, 'x');
    expect(JSON.parse(text())).toMatchObject({
      err: { type: 'Error', message: 'duplicate key', code: '23505' },
      nested: { error: { message: 'duplicate key' } },
    });
    expect(text()).not.toContain('canary');
  });
});
