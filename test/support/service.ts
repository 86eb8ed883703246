import { type Answer, type Client, createClient } from '../../api/client.ts';
import { type Service, startService } from '../../api/service/service.ts';
import { loadConfig } from '../../platform/config.ts';
import { createLogger } from '../../platform/logging.ts';
import { type Standin, startStandin } from './eventstoredb-standin/start-standin.ts';
import { createTestDatabase, type TestDatabase } from './postgres.ts';

export const OWNER_KEY = 'owner-key-of-the-test-service';

export interface TestService {
  readonly url: string;
  readonly service: Service;
  readonly databaseUrl: string;
  /** Calls operations as the owner. */
  readonly client: Client;
  /** Calls an operation that must succeed; answers body and position. */
  ok<Body>(
    operationId: string,
    inputs?: Readonly<Record<string, unknown>>,
    idempotencyKey?: string,
  ): Promise<Success<Body>>;
  /** Stops and starts the service on the same data, with some settings changed. */
  restart(changed?: Readonly<Record<string, string>>): Promise<void>;
  close(): Promise<void>;
}

export interface Success<Body> {
  readonly body: Body;
  readonly status: number;
  readonly headers: Headers;
  /** Revenue-Position; to be given to queries as minPosition. */
  readonly position: number | undefined;
}

export type StoreName = 'postgres' | 'eventstoredb';

/** The whole service in this process, on a database of its own and a manual clock. */
export async function startTestService(
  env: Readonly<Record<string, string>> = {},
  store: StoreName = 'postgres',
): Promise<TestService> {
  const database = await createTestDatabase();
  const wire = store === 'eventstoredb' ? await startLogStandin() : undefined;
  const settings = {
    NODE_ENV: 'test',
    PORT: '0',
    CLOCK: 'manual:2026-01-01T00:00:00Z',
    DATABASE_URL: database.url,
    ADMIN_API_KEY: OWNER_KEY,
    ...(wire === undefined ? {} : { EVENTSTORE_URL: wire.standin.url }),
    ...env,
  };
  const log = createLogger({ level: process.env['TEST_LOG_LEVEL'] ?? 'error' });
  const start = async (changed: Readonly<Record<string, string>> = {}) => {
    const service = await startService({ config: loadConfig({ ...settings, ...changed }), log });
    const url = service.url ?? '';
    return { service, url, client: await createClient({ url, key: OWNER_KEY }) };
  };
  let running = await start();
  return {
    get url() {
      return running.url;
    },
    get service() {
      return running.service;
    },
    get client() {
      return running.client;
    },
    databaseUrl: database.url,
    async ok<Body>(operationId: string, inputs?: Readonly<Record<string, unknown>>, idempotencyKey?: string) {
      const answer = await running.client.call(
        operationId,
        inputs,
        idempotencyKey === undefined ? {} : { idempotencyKey },
      );
      return success<Body>(operationId, answer);
    },
    async restart(changed?: Readonly<Record<string, string>>) {
      await running.service.close();
      running = await start(changed);
    },
    async close() {
      await running.service.close();
      await wire?.standin.kill();
      await wire?.database.drop();
      await database.drop();
    },
  };
}

/** EventStoreDB at the wire, with a database of its own. */
async function startLogStandin(): Promise<{ readonly standin: Standin; readonly database: TestDatabase }> {
  const database = await createTestDatabase();
  return { standin: await startStandin(database.url), database };
}

function success<Body>(operationId: string, { status, headers, body }: Answer): Success<Body> {
  if (status >= 400) throw new Error(`${operationId} answered ${status}: ${JSON.stringify(body)}`);
  const position = headers.get('Revenue-Position');
  return { status, headers, body: body as Body, position: position === null ? undefined : Number(position) };
}

export interface MoneyBody {
  readonly amount: string;
  readonly currency: string;
}

export interface InvoiceBody {
  readonly invoiceId: string;
  readonly number: number;
  readonly kind: string;
  readonly status: string;
  readonly total: MoneyBody;
  readonly due: MoneyBody;
  readonly lines: readonly {
    readonly kind: string;
    readonly meter?: string;
    readonly amount: MoneyBody;
    readonly billable?: number;
  }[];
}

export interface TrialBalanceBody {
  readonly accounts: readonly { readonly account: string; readonly balance: MoneyBody }[];
  readonly zero: boolean;
}

/** Balances by account: debits less credits. */
export function balancesOf(trialBalance: TrialBalanceBody): Record<string, string> {
  return Object.fromEntries(trialBalance.accounts.map(({ account, balance }) => [account, balance.amount]));
}
