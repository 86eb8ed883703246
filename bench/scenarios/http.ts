import { projections } from '../../api/service/schema.ts';
import { monthOf } from '../../domain/kernel/time.ts';
import { queryBuilder } from '../../platform/postgres.ts';
import type { JournalTables } from '../../projections/journal/tables.ts';
import { trialBalance } from '../../projections/journal/trial-balance.ts';
import { waitForCheckpoints } from '../../projections/runtime/wait.ts';
import { latencyOf, runCallers } from '../callers.ts';
import { fault, single } from '../checks.ts';
import type { BenchContext, Scenario } from '../context.ts';
import { CopyTwin, chunksOf } from '../copy-twin.ts';
import type { BenchDatabase } from '../database.ts';
import { customerAt, range, usageInput } from '../events.ts';
import { type Measurement, Tally } from '../measure.ts';
import { type ServedApi, serveApi } from '../service.ts';

const LOG = 'log.events';
const BATCH = 1_000;
const SENDERS = 4;
const CUSTOMERS = 200;
const METER = 'event.tracked';
const RECEIVABLE = '1200';
const SETTLE_MS = 120_000;

/** Usage in batches of 1,000 by HTTP: until it is durable, and until the read model has counted it. */
export const httpUsage: Scenario = {
  name: 'http-usage',
  run: (context) => served(context, SENDERS, measureUsage),
};

/** Sign-ups by HTTP, each with its subscription and its first invoice: one after the other, and 32 at a time. */
export const httpCommands: Scenario = {
  name: 'http-commands',
  run: (context) => served(context, 32, measureSignUps),
};

interface Served {
  readonly api: ServedApi;
  readonly database: BenchDatabase;
  readonly twin: CopyTwin;
  readonly preset: BenchContext['preset'];
}

async function served<T>(
  { preset, freshDatabase }: BenchContext,
  connections: number,
  work: (served: Served) => Promise<T>,
): Promise<T> {
  const database = await freshDatabase();
  const twin = await CopyTwin.create(database, [LOG]);
  try {
    const api = await serveApi(database.url, connections);
    try {
      return await work({ api, database, twin, preset });
    } finally {
      await api.stop();
    }
  } finally {
    await twin.close();
    await database.drop();
  }
}

async function measureUsage({ api, database, twin, preset }: Served): Promise<Measurement[]> {
  await runCallers(SENDERS, (index) => signUp(api, customerAt(index)), { calls: CUSTOMERS });
  const [accepted, counted, copied] = [new Tally(), new Tally(), new Tally()];
  const times: number[] = [];
  const now = new Date().toISOString();
  let sent = 0;
  for (let slice = 0; slice < preset.slices; slice += 1) {
    const bodies = range(0, preset.httpBatches, (batch) => ({
      events: range(sent + batch * BATCH, BATCH, (index) => ({
        ...usageInput(index, now),
        customerId: customerAt(index % CUSTOMERS),
      })),
    }));
    const before = await headOf(database);
    await settled(database, before);
    const run = await runCallers(SENDERS, (index) => track(api, bodies[index] ?? {}), {
      calls: bodies.length,
    });
    const facts = run.calls * BATCH;
    accepted.add(facts, run.seconds);
    times.push(...run.times);
    const head = await headOf(database);
    const waiting = performance.now();
    await settled(database, head);
    counted.add(facts, run.seconds + (performance.now() - waiting) / 1000);
    sent += facts;
    await twin.replay(
      copied,
      head - before,
      chunksOf(LOG, 'position', { after: before, through: head }, BATCH),
    );
  }
  const reference = { name: 'COPY, 1,000 rows a commit', rate: copied.perSecond };
  const faults = await usageFaults({ api, database, sent, month: monthOf(now) });
  const common = { unit: 'facts', reference, expectedRatio: undefined } as const;
  return [
    {
      ...common,
      work: `trackUsageEvents by HTTP, ${SENDERS} senders`,
      rate: accepted.perSecond,
      latency: latencyOf(times),
      faults,
    },
    { ...common, work: '… until counted', rate: counted.perSecond, latency: undefined, faults },
  ];
}

async function usageFaults(run: {
  readonly api: ServedApi;
  readonly database: BenchDatabase;
  readonly sent: number;
  readonly month: string;
}): Promise<string[]> {
  const { api, database, sent, month } = run;
  const shown = (await api.get(`/v1/customers/${customerAt(0)}/usage?period=${month}`)) as UsageAnswer;
  const units = shown.meters.find(({ eventType }) => eventType === METER)?.quantity ?? 0;
  const logged = await single(
    database.pool,
    `select sum((data->>'quantity')::numeric) from ${LOG}
     where type = 'usage.recorded' and data->>'customerId' = $1 and data->>'eventType' = $2`,
    [customerAt(0), METER],
  );
  const inLog = await single(
    database.pool,
    `select count(distinct event_id) from ${LOG} where type = 'usage.recorded'`,
  );
  const counted = await single(database.pool, 'select sum(facts) from read.usage_monthly');
  const unequal = await single(
    database.pool,
    `select count(*) from (
       select customer_id, meter, quantity from read.usage_monthly where meter <> 'profile.enriched') m
     full join (select data->>'customerId' as customer_id, data->>'eventType' as meter,
         sum((data->>'quantity')::numeric) as quantity
       from ${LOG} where type = 'usage.recorded' and data->>'eventType' <> 'profile.enriched' group by 1, 2) l
     using (customer_id, meter) where m.quantity is distinct from l.quantity`,
  );
  return [
    ...fault(Number(units) === Number(logged), `getUsage says ${units} ${METER}, the log ${logged}`),
    ...fault(inLog === String(sent), `${inLog} facts in the log, ${sent} were accepted`),
    ...fault(counted === String(sent), `${counted} facts counted of ${sent}`),
    ...fault(unequal === '0', `${unequal} meters count something else than the log says`),
  ];
}

interface UsageAnswer {
  readonly meters: readonly { readonly eventType: string; readonly quantity: number | string }[];
}

async function track(api: ServedApi, body: object): Promise<void> {
  const answer = (await api.post('/v1/usage', body)) as { accepted: number };
  if (answer.accepted !== BATCH) throw new Error(`${answer.accepted} of ${BATCH} facts were accepted`);
}

async function measureSignUps({ api, database, twin, preset }: Served): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  let signedUp = 0;
  for (const { callers, calls } of [
    { callers: 1, calls: Math.ceil(preset.httpCommands / 4) },
    { callers: 32, calls: preset.httpCommands },
  ]) {
    const [handled, copied] = [new Tally(), new Tally()];
    const times: number[] = [];
    for (let slice = 0; slice < preset.slices; slice += 1) {
      const after = await headOf(database);
      const first = signedUp;
      const run = await runCallers(callers, (index) => signUp(api, `cus_new_${first + index}`), { calls });
      handled.add(run.calls, run.seconds);
      times.push(...run.times);
      signedUp += run.calls;
      const through = await headOf(database);
      await settled(database, through);
      await twin.replay(copied, through - after, chunksOf(LOG, 'position', { after, through }, BATCH));
    }
    measurements.push({
      work: `sign-up by HTTP (3 events), ${callers} ${callers === 1 ? 'caller' : 'callers'}`,
      unit: 'commands',
      rate: handled.perSecond,
      reference: { name: 'COPY, 1,000 rows a commit', rate: copied.perSecond },
      expectedRatio: undefined,
      latency: latencyOf(times),
      faults: await signUpFaults(database, signedUp),
    });
  }
  return measurements;
}

async function signUpFaults(database: BenchDatabase, signedUp: number): Promise<string[]> {
  const { pool } = database;
  const faults: string[] = [];
  for (const type of ['customer.registered', 'subscription.started', 'invoice.finalized']) {
    const events = await single(
      pool,
      `select count(distinct data->>'customerId') from ${LOG} where type = $1
         and (select count(*) from ${LOG} where type = $1) = $2`,
      [type, signedUp],
    );
    faults.push(
      ...fault(events === String(signedUp), `${events} customers with one ${type}, not ${signedUp}`),
    );
  }
  const { zero, accounts } = await trialBalance(queryBuilder<JournalTables>(pool));
  const receivable = accounts.find(({ account }) => account === RECEIVABLE)?.balance;
  const invoiced = await single(
    pool,
    `select coalesce(sum((data->>'total')::numeric), 0) from ${LOG} where type = 'invoice.finalized'`,
  );
  return [
    ...faults,
    ...fault(zero, 'the trial balance is not zero'),
    ...fault(receivable === invoiced, `receivables of ${receivable} for invoices of ${invoiced}`),
  ];
}

async function signUp(api: ServedApi, customerId: string): Promise<void> {
  await api.post('/v1/customers', { customerId, tier: 'growth', taxRate: '0.08', paymentMethod: true });
}

async function headOf(database: BenchDatabase): Promise<number> {
  return Number(await single(database.pool, `select coalesce(max(position), 0) from ${LOG}`));
}

/** Waits until all read models contain the log up to a position. */
async function settled(database: BenchDatabase, position: number): Promise<void> {
  const names = projections.map(({ name }) => name);
  if (!(await waitForCheckpoints(database.pool, names, position, SETTLE_MS))) {
    throw new Error(`the read models did not reach position ${position}`);
  }
}
