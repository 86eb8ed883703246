import { exec } from 'node:child_process';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { GenericContainer, getContainerRuntimeClient, Wait } from 'testcontainers';
import { describe, it } from 'vitest';
import { EventStoreDbEventStore } from '../../eventstore/eventstoredb/store.ts';
import { eventStoreContract, type StoreUnderTest } from './contract.ts';

const IMAGE = 'eventstore/eventstore:24.10.0-bookworm-slim';
const PORT = 2113;
const RESTART_TIMEOUT_S = 0;

/** A real server: the one at EVENTSTORE_TEST_URL (EVENTSTORE_TEST_RESTART kills and starts it), or a container. */
const url = process.env['EVENTSTORE_TEST_URL'];

if (url !== undefined) {
  eventStoreContract(`EventStoreDB at ${new URL(url).host}`, () => connect(url));
} else if (await hasDocker()) {
  eventStoreContract(`EventStoreDB in a container (${IMAGE})`, startContainer);
} else {
  describe('event store contract: EventStoreDB', () => {
    it.skip('needs Docker, or a server that EVENTSTORE_TEST_URL names (esdb://127.0.0.1:2113?tls=false)');
  });
}

async function connect(at: string): Promise<StoreUnderTest> {
  const store = new EventStoreDbEventStore({ url: at });
  await store.check();
  const command = process.env['EVENTSTORE_TEST_RESTART'];
  return {
    store,
    dispose: () => store.close(),
    ...(command === undefined ? {} : { restart: () => restartBy(command) }),
  };
}

/** The server takes every variable of its own prefix for an option, and refuses those that it does not know. */
async function restartBy(command: string): Promise<void> {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('EVENTSTORE_'));
  await promisify(exec)(command, { env: Object.fromEntries(own) });
}

async function startContainer(): Promise<StoreUnderTest> {
  const container = await new GenericContainer(IMAGE)
    .withEnvironment({
      EVENTSTORE_INSECURE: 'true',
      EVENTSTORE_CLUSTER_SIZE: '1',
      EVENTSTORE_MEM_DB: 'false',
      EVENTSTORE_TELEMETRY_OPTOUT: 'true',
    })
    .withExposedPorts({ container: PORT, host: await freePort() })
    .withWaitStrategy(Wait.forHttp('/health/live', PORT).forStatusCode(204))
    .start();
  const at = `esdb://${container.getHost()}:${container.getMappedPort(PORT)}?tls=false`;
  const store = new EventStoreDbEventStore({ url: at });
  return {
    store,
    restart: () => container.restart({ timeout: RESTART_TIMEOUT_S }),
    dispose: async () => {
      await store.close();
      await container.stop();
    },
  };
}

/** A fixed port on the host: a random one would change with the restart. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

async function hasDocker(): Promise<boolean> {
  try {
    await getContainerRuntimeClient();
    return true;
  } catch {
    return false;
  }
}
