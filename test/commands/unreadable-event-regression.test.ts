import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { customers } from '../../commands/aggregate.ts';
import { startTestService, type TestService } from '../support/service.ts';
import { type CommandSide, createCommandSide, envelope, registration, wholeLog } from './support.ts';

describe('an event that could not be read back', () => {
  let side: CommandSide;
  let service: TestService;

  beforeAll(async () => {
    side = await createCommandSide();
    service = await startTestService();
  });
  afterAll(async () => {
    await service.close();
    await side.dispose();
  });

  it('never reaches the log, whatever let it through before', async () => {
    const { pipeline, store } = side.open();
    const command = { ...registration(side.now, 'cus_odd'), taxRate: '0.0825001' };
    await expect(pipeline.execute(customers, 'cus_odd', command, envelope('odd'))).rejects.toThrow(/taxRate/);
    expect(await wholeLog(store)).toEqual([]);
  });

  it.each([0.0825001, 1e-7, 0.000_000_5])(
    'a tax rate of %s is refused, and everybody else goes on',
    async (taxRate) => {
      const refused = await service.client.call('initializeCustomerRevenue', {
        customerId: 'cus_odd',
        taxRate,
      });
      expect(refused.status).toBe(400);
      const customerId = `cus_after_${String(taxRate).replace(/[^0-9]/g, '_')}`;
      const { position } = await service.ok('initializeCustomerRevenue', { customerId, tier: 'starter' });
      const dashboard = await service.client.call('getCustomerRevenueDashboard', {
        customerId,
        minPosition: position,
      });
      expect(dashboard.status).toBe(200);
    },
  );

  it.each([
    [0.0825, '0.0825'],
    [0.000_001, '0.000001'],
    [0.333_333, '0.333333'],
    [1, '1'],
  ])('a tax rate of %s is one', async (taxRate, text) => {
    const customerId = `cus_rate_${text}`;
    const { body } = await service.ok<{ taxRate: string }>('initializeCustomerRevenue', {
      customerId,
      taxRate,
    });
    expect(body.taxRate).toBe(text);
  });
});
