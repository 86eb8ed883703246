import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, createClient } from '../../api/client.ts';
import { type Ended, runNode } from '../support/run-node.ts';
import {
  OWNER_KEY,
  type ServiceProcess,
  startServiceProcess,
  steadyPort,
} from '../support/service-process.ts';
import { removeTemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const CUSTOMERS = 5;

describe('aura bill', () => {
  let dataDir: string;
  let service: ServiceProcess;
  let client: Client;

  const aura = (...args: readonly string[]): Promise<Ended> =>
    runNode(MAIN, args, { DATA_DIR: dataDir, CLOCK: 'manual:2026-01-01T00:00:00Z' }).ended();

  beforeAll(async () => {
    dataDir = await temporaryFolder();
    service = await startServiceProcess({ dataDir, port: await steadyPort() });
    await service.ready();
    client = await createClient({ url: service.url, key: OWNER_KEY });
    for (let index = 0; index < CUSTOMERS; index += 1) {
      const signUp = { customerId: `shop-${index}`, tier: 'growth', paymentMethod: true };
      expect((await client.call('initializeCustomerRevenue', signUp)).status).toBe(201);
    }
    // The month has ended, and the day has not in which the service waits for late facts.
    const { status } = await client.call('advanceClock', { to: '2026-02-01T06:00:00Z' });
    expect(status).toBe(200);
  });
  afterAll(async () => {
    await service?.kill();
    await removeTemporaryFolder(dataDir);
  });

  it('says what it does, and of which month', async () => {
    const help = await aura('bill', '--help');
    expect(help.out).toMatch(/Invoice everybody for a month that has ended/);
    expect(help.out).toContain('status [options] <month>');
    expect((await aura('bill', '2026-13')).err).toContain('a month, such as 2026-01');
  });

  it('refuses a month that has not ended, and knows of no run that was not begun', async () => {
    const refused = await aura('bill', '2026-02');
    expect([refused.code, refused.err]).toEqual([
      1,
      'period-not-ended: 2026-02 ends at 2026-03-01T00:00:00.000Z\n',
    ]);
    const unknown = await aura('bill', 'status', '2026-01');
    expect([unknown.code, unknown.err]).toEqual([
      1,
      'bill-run-not-found: no bill run of 2026-01 was begun\n',
    ]);
  });

  it('invoices everybody beside the running service, with a line of progress', async () => {
    const { code, out, err } = await aura('bill', '2026-01');
    expect(code).toBe(0);
    expect(err).toMatch(/bill 2026-01: \d of 5 customers, \d+ %, \d+\/s/);
    const [head, , row] = out.split('\n');
    expect(head?.split(/ {2,}/)).toEqual([
      'Month',
      'Status',
      'Done',
      'Customers',
      'Invoiced',
      'Skipped',
      'Failed',
    ]);
    expect(row?.split(/ {2,}/)).toEqual(['2026-01', 'finished', '100 %', '5', '5', '0', '0']);
    const { body } = await client.call('listInvoices', { kind: 'monthly', period: '2026-01' });
    expect((body as { data: unknown[] }).data).toHaveLength(CUSTOMERS);
  });

  it('run again, bills nobody twice; and says so as JSON, alone with the database', async () => {
    expect(await service.terminate()).toBe(0);
    const again = await aura('bill', '2026-01', '--json');
    const status = await aura('bill', 'status', '2026-01', '--json');
    const expected = {
      period: '2026-01',
      status: 'finished',
      customers: 5,
      invoiced: 5,
      skipped: 0,
      failed: 0,
    };
    expect(JSON.parse(again.out)).toMatchObject(expected);
    expect(JSON.parse(status.out)).toEqual(JSON.parse(again.out));
  });
});
