import { OWNER_KEY } from '../../support/service.ts';
import { startTinyApi } from '../support/tiny-api.ts';
import { problemOf, type Scenarios } from './scenario.ts';

const key = { 'Idempotency-Key': 'of-problem-codes' };

/** What the HTTP layer itself refuses, by code. */
export const httpScenarios = {
  'invalid-json': ({ send }) => send('POST', '/v1/customers', '{"customerId":', key),
  'validation-failed': ({ call }) => call('createSubscription', { customerId: 'a/b', tier: 'pro' }),
  'invalid-header': ({ call }) =>
    call('createSubscription', { customerId: 'a', tier: 'pro' }, { headers: { 'If-Match': 'yesterday' } }),
  'invalid-cursor': ({ call }) => call('listInvoices', { startingAfter: 'nowhere' }),
  'idempotency-key-missing': ({ send }) => send('POST', '/v1/customers', '{"customerId":"keyless"}'),
  async 'idempotency-key-reused'({ call, service }) {
    await service.ok('createApiKey', { role: 'auditor', label: 'first' }, 'reused');
    return call('createApiKey', { role: 'auditor', label: 'second' }, { idempotencyKey: 'reused' });
  },
  unauthenticated: ({ send }) => send('GET', '/v1/invoices', undefined, { Authorization: '' }),
  async forbidden({ send, service }) {
    const { body } = await service.ok<{ key: string }>('createApiKey', { role: 'ingest', label: 'x' });
    return send('GET', '/v1/invoices', undefined, { Authorization: `Bearer ${body.key}` });
  },
  'not-found': ({ send }) => send('GET', '/v1/nothing'),
  'method-not-allowed': ({ send }) => send('DELETE', '/v1/invoices'),
  async 'precondition-failed'({ call, customer }) {
    await customer('stale');
    const change = { customerId: 'stale', newTier: 'pro' };
    return call('changeSubscriptionTier', change, { headers: { 'If-Match': '"17"' } });
  },
  'body-too-large': ({ send }) =>
    send('POST', '/v1/customers', JSON.stringify({ customerId: 'x', name: 'y'.repeat(200_000) }), key),
  'unsupported-media-type': ({ send }) =>
    send('POST', '/v1/customers', 'customerId=x', {
      ...key,
      'Content-Type': 'application/x-www-form-urlencoded',
    }),
  async 'rate-limited'({ send, service }) {
    const limited = { role: 'auditor', label: 'x', rateLimits: { queries: 1 } };
    const { body } = await service.ok<{ key: string }>('createApiKey', limited);
    const headers = { Authorization: `Bearer ${body.key}` };
    await fetch(`${service.url}/v1/invoices`, { headers });
    return send('GET', '/v1/invoices', undefined, headers);
  },
  // No operation of the product asks for If-Match yet; the pipeline that would is the same.
  async 'precondition-required'() {
    const tiny = await startTinyApi();
    try {
      return problemOf(await tiny.send('POST', '/v1/notes/x', { body: { text: 'x' } }));
    } finally {
      await tiny.server.close();
    }
  },
  'api-key-not-found': ({ call }) => call('revokeApiKey', { keyId: 'none' }),
  async 'api-key-revoked'({ call, service }) {
    const { body } = await service.ok<{ id: string }>('createApiKey', { role: 'auditor', label: 'x' });
    await service.ok('revokeApiKey', { keyId: body.id });
    return call('rotateApiKey', { keyId: body.id });
  },
  async 'api-key-replaced'({ call, service }) {
    const { body } = await service.ok<{ id: string }>('createApiKey', { role: 'auditor', label: 'x' });
    await service.ok('rotateApiKey', { keyId: body.id });
    return call('rotateApiKey', { keyId: body.id });
  },
  'last-owner-key': ({ call }) => call('revokeApiKey', { keyId: 'owner' }),
  'account-not-found': ({ call }) => call('getAccountStatement', { account: '9999' }),
  'journal-entry-not-found': ({ call }) =>
    call('getJournalEntry', { eventId: '0b7c2a52-6f0e-5d4b-9a3e-2f6b8d1c4e70' }),
  'event-not-found': ({ call }) => call('getEvent', { stream: 'customer-nobody', revision: 0 }),
  'read-model-behind': ({ send }) =>
    send('GET', '/v1/invoices?minPosition=999999999', undefined, {
      Prefer: 'wait=0',
      Authorization: `Bearer ${OWNER_KEY}`,
    }),
} satisfies Scenarios;
