import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestService, type TestService } from '../support/service.ts';

describe.each(['postgres', 'eventstoredb'] as const)(
  'a key reused on a monthly invoice, over %s',
  (store) => {
    let service: TestService;

    beforeAll(async () => {
      service = await startTestService({}, store);
      for (const customerId of ['first', 'second']) {
        await service.ok('initializeCustomerRevenue', { customerId, tier: 'growth' });
      }
      await service.ok('advanceClock', { to: '2026-02-01T00:00:00Z' });
    });

    afterAll(() => service?.close());

    it('is refused before the first step: no renewal, no reservation, no invoice', async () => {
      const key = { idempotencyKey: 'billing-of-january' };
      const billed = await service.client.call(
        'generateMonthlyInvoice',
        { customerId: 'first', period: '2026-01' },
        key,
      );
      expect(billed.status).toBe(201);
      await service.service.core.drain();
      const before = await service.service.core.store.head();
      const reused = await service.client.call(
        'generateMonthlyInvoice',
        { customerId: 'second', period: '2026-01' },
        key,
      );
      expect(reused.status).toBe(422);
      expect(reused.body).toMatchObject({ code: 'idempotency-key-reused' });
      await service.service.core.drain();
      expect(await service.service.core.store.head()).toBe(before);
      const again = await service.client.call(
        'generateMonthlyInvoice',
        { customerId: 'first', period: '2026-01' },
        key,
      );
      expect(again.status).toBe(200);
      expect(again.headers.get('Idempotent-Replayed')).toBe('true');
    });
  },
);
