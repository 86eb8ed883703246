import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Client, createClient } from '../../api/client.ts';
import { commandIdOfKey } from '../../api/http/idempotency.ts';
import type { StoredEvent } from '../../eventstore/port.ts';
import { PostgresEventStore } from '../../eventstore/postgres/store.ts';
import { startEmbeddedPostgres } from '../../platform/embedded-postgres/index.ts';
import {
  OWNER,
  OWNER_KEY,
  type ServiceProcess,
  startServiceProcess,
  steadyPort,
} from '../support/service-process.ts';
import { removeTemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';

const CALLERS = 24;
const BEFORE_SIGNAL = 60;

let dataDir: string;
let service: ServiceProcess;

beforeEach(async () => {
  dataDir = await temporaryFolder();
  service = await startServiceProcess({ dataDir, port: await steadyPort() });
  await service.ready();
});
afterEach(async () => {
  await service.kill();
  await removeTemporaryFolder(dataDir);
});

interface Call {
  readonly key: string;
  /** Undefined: the connection was refused or broken. */
  status: number | undefined;
}

/** Signs customers up, one after the other, until nobody answers any more. */
async function signUpUntilClosed(client: Client, caller: number, calls: Call[]): Promise<void> {
  for (let count = 0; ; count += 1) {
    const key = `caller-${caller}-${count}`;
    const call: Call = { key, status: undefined };
    calls.push(call);
    const inputs = { customerId: `cus-${caller}-${count}`, tier: 'growth', paymentMethod: true };
    const answer = await client
      .call('initializeCustomerRevenue', inputs, { idempotencyKey: key })
      .catch(() => undefined);
    if (answer === undefined) return;
    call.status = answer.status;
  }
}

async function logAfterwards(): Promise<StoredEvent[]> {
  const server = await startEmbeddedPostgres({ dataDir, log: () => undefined });
  const store = new PostgresEventStore({ url: server.url });
  try {
    return [...(await store.readAll(0, 100_000))];
  } finally {
    await store.close();
    await server.stop();
  }
}

test('SIGTERM under load: what was accepted is in the log, the rest is refused, and it ends with 0', async () => {
  const calls: Call[] = [];
  const client = await createClient({ url: service.url, key: OWNER_KEY });
  const callers = Array.from({ length: CALLERS }, (_, caller) => signUpUntilClosed(client, caller, calls));
  while (calls.filter(({ status }) => status === 201).length < BEFORE_SIGNAL) await sleep(5);
  const exitCode = await service.terminate();
  await Promise.all(callers);
  expect(exitCode).toBe(0);

  const byCommand = Map.groupBy(await logAfterwards(), (event) => event.metadata.commandId);
  const own = ({ key }: Call) => byCommand.get(commandIdOfKey(OWNER, key)) ?? [];
  const accepted = calls.filter(({ status }) => status === 201);
  const broken = calls.filter(({ status }) => status === undefined);
  expect(accepted.filter((call) => own(call).length !== 1)).toEqual([]);
  // Each caller's last call found nobody; whatever reached a handler was answered.
  expect(broken).toHaveLength(CALLERS);
  expect(broken.filter((call) => own(call).length > 0)).toEqual([]);
  expect(calls.length).toBe(accepted.length + broken.length);
});

test('started again after a SIGTERM it knows every command', async () => {
  const client = await createClient({ url: service.url, key: OWNER_KEY });
  const inputs = { customerId: 'cus', tier: 'growth', paymentMethod: true };
  const signUp = () => client.call('initializeCustomerRevenue', inputs, { idempotencyKey: 'the key' });
  const first = await signUp();
  expect(first.status).toBe(201);
  expect(await service.terminate()).toBe(0);
  service = await startServiceProcess({ dataDir, port: Number(new URL(service.url).port) });
  await service.ready();
  const again = await signUp();
  expect(again.body).toEqual(first.body);
  expect(again.headers.get('Idempotent-Replayed')).toBe('true');
});
