import type { AccessMemory } from '../../api/access/memory.ts';
import { openAccess } from '../../api/access/open.ts';
import { type Core, openCore } from '../../api/service/core.ts';
import { migrations } from '../../api/service/schema.ts';
import { wasRefused } from '../../commands/context.ts';
import { initializeCustomerRevenue } from '../../commands/customers.ts';
import { grantFeature, setFeatureOverride } from '../../commands/entitlements.ts';
import { trackUsageEvents } from '../../commands/metering.ts';
import { loadConfig } from '../../platform/config.ts';
import { createLogger } from '../../platform/logging.ts';
import { createMetrics, type Metrics } from '../../platform/metrics.ts';
import { migrate } from '../../platform/migrations.ts';
import { envelope } from '../commands/support.ts';
import { createTestDatabase } from '../support/postgres.ts';

const log = createLogger({ level: 'silent' });

/** A process of the service with its memory of access checks. */
export interface AccessProcess {
  readonly core: Core;
  readonly memory: AccessMemory;
  readonly metrics: Metrics;
  /** Real time of this memory in milliseconds, once it is taken over. */
  nowMs: number | undefined;
}

export interface AccessSide {
  open(
    role: 'all' | 'api',
    more?: Partial<Parameters<typeof openAccess>[0]> & { capacity?: number },
  ): Promise<AccessProcess>;
  dispose(): Promise<void>;
}

/** Any number of processes on one database; the first, of role `all`, projects for the others. */
export async function createAccessSide(): Promise<AccessSide> {
  const database = await createTestDatabase();
  await migrate(database.url, migrations);
  const opened: (() => Promise<void>)[] = [];
  return {
    async open(role, { capacity = 1_000, core: changed, ...more } = {}) {
      const config = loadConfig({
        ROLE: role,
        CLOCK: 'manual:2026-01-10T00:00:00Z',
        DATABASE_URL: database.url,
        ACCESS_MEMORY_CUSTOMERS: String(capacity),
      });
      const metrics = createMetrics();
      const core = await openCore({ config, databaseUrl: database.url, log, metrics });
      opened.push(() => core.close());
      const process: { nowMs: number | undefined } = { nowMs: undefined };
      const clock = () => process.nowMs ?? performance.now();
      const access = await openAccess({
        core: { ...core, ...changed },
        config,
        metrics,
        log,
        clock,
        ...more,
      });
      opened.push(() => access.close());
      return Object.assign(process, { core, memory: access.memory, metrics });
    },
    async dispose() {
      for (const close of opened.reverse()) await close();
      await database.drop();
    },
  };
}

let keys = 0;
function next() {
  keys += 1;
  return envelope(`access-${keys}`);
}

/** Commands of one process; each answers the log position that it reached. */
export function acting({ core: { context } }: AccessProcess) {
  const position = <Result>(
    result: Result & ({ position?: number | undefined } | { refused: true }),
  ): number => {
    if (wasRefused(result as never)) throw new Error(JSON.stringify(result));
    return (result as { position?: number }).position ?? 0;
  };
  return {
    signUp: async (customerId: string, tier = 'free', paymentMethod = false) =>
      position(
        await initializeCustomerRevenue(
          context,
          {
            customerId,
            name: null,
            email: null,
            currency: 'USD',
            taxRate: '0',
            paymentMethod,
            tier,
            billingCycle: 'monthly',
            trialDays: 0,
          },
          next(),
        ),
      ),
    override: async (customerId: string, featureName: string, enabled: boolean | null) =>
      position(await setFeatureOverride(context, { customerId, featureName, enabled }, next())),
    grant: async (customerId: string, featureName: string, expiresAt: string) =>
      position(await grantFeature(context, { customerId, featureName, expiresAt }, next())),
    use: async (customerId: string, eventType: string, quantity: number) => {
      const [result] = await trackUsageEvents(
        context,
        [{ customerId, eventType, quantity, metadata: {} }],
        next(),
      );
      if (result?.status !== 'accepted') throw new Error(JSON.stringify(result));
      return result.position ?? 0;
    },
  };
}
