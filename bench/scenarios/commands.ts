import { openCore } from '../../api/service/core.ts';
import { customers } from '../../commands/aggregate.ts';
import { wasRefused } from '../../commands/context.ts';
import { type Envelope, naturalUuid } from '../../commands/envelope.ts';
import { createSubscription } from '../../commands/subscriptions.ts';
import { loadConfig } from '../../platform/config.ts';
import { createLogger } from '../../platform/logging.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { latencyOf, runCallers } from '../callers.ts';
import { fault, single } from '../checks.ts';
import type { Scenario } from '../context.ts';
import { CopyTwin, chunksOf } from '../copy-twin.ts';
import { Tally } from '../measure.ts';

const CALLERS = 64;
const LOG = 'log.events';

/** createSubscription in process: load, fold, decide, append; 64 callers, each command of another customer. */
export const commandsScenario: Scenario = {
  name: 'commands',
  async run({ preset, freshDatabase }) {
    const database = await freshDatabase();
    const core = await openCore({
      config: loadConfig({ ROLE: 'api' }),
      databaseUrl: database.url,
      log: createLogger({ level: 'silent' }),
      metrics: createMetrics(),
    });
    const twin = await CopyTwin.create(database, [LOG]);
    const [handled, copied] = [new Tally(), new Tally()];
    const times: number[] = [];
    let done = 0;
    try {
      for (let slice = 0; slice < preset.slices; slice += 1) {
        const first = done;
        await runCallers(CALLERS, (index) => register(core.context, first + index), {
          calls: preset.commands,
        });
        const after = await core.store.head();
        const run = await runCallers(CALLERS, (index) => subscribe(core.context, first + index), {
          calls: preset.commands,
        });
        handled.add(run.calls, run.seconds);
        times.push(...run.times);
        done += run.calls;
        const through = await core.store.head();
        await twin.replay(copied, through - after, chunksOf(LOG, 'position', { after, through }, 1_000));
      }
      const ones = await single(
        database.pool,
        `select count(*) from (select from ${LOG} where type = 'subscription.started'
           group by stream, data->>'customerId' having count(*) = 1 and min(revision) = 0) s`,
      );
      const started = await single(
        database.pool,
        `select count(*) from ${LOG} where type = 'subscription.started'`,
      );
      return [
        {
          work: `createSubscription, ${CALLERS} callers`,
          unit: 'commands',
          rate: handled.perSecond,
          reference: { name: 'COPY, 1,000 rows a commit', rate: copied.perSecond },
          expectedRatio: undefined,
          latency: latencyOf(times),
          faults: [
            ...fault(started === String(done), `${started} subscriptions for ${done} commands`),
            ...fault(ones === started, `${ones} of ${started} are alone in their stream`),
          ],
        },
      ];
    } finally {
      await core.close();
      await twin.close();
      await database.drop();
    }
  },
};

type Context = Awaited<ReturnType<typeof openCore>>['context'];

async function register(context: Context, index: number): Promise<void> {
  const customerId = `cus_${index}`;
  const outcome = await context.pipeline.execute(
    customers,
    customerId,
    {
      type: 'registerCustomer',
      now: context.now(),
      customerId,
      subjectId: `sbj_${index}`,
      currency: 'USD',
      taxRate: '0.08',
      paymentMethod: true,
      signup: { tier: 'growth', billingCycle: 'monthly', trialDays: 0 },
    },
    envelope('initializeCustomerRevenue', index),
  );
  if (outcome.kind === 'refused') throw new Error(outcome.refusal.detail);
}

async function subscribe(context: Context, index: number): Promise<void> {
  const input = {
    customerId: `cus_${index}`,
    tier: 'growth',
    billingCycle: 'monthly',
    trialDays: 0,
  } as const;
  // Without what follows from it (the invoice): one command, one event.
  const alone = { ...context, settle: async () => 0 };
  const result = await createSubscription(alone, input, envelope('createSubscription', index));
  if (wasRefused(result)) throw new Error(result.detail);
  if (result.replayed) throw new Error('a new command was answered as a repeated one');
}

function envelope(commandType: string, index: number): Envelope {
  const commandId = naturalUuid(commandType, String(index));
  return {
    commandId,
    commandType,
    requestHash: commandId.replaceAll('-', '').repeat(2),
    actor: 'key:owner',
    correlationId: commandId,
    causationId: commandId,
  };
}
