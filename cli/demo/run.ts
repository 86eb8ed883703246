import { createClient } from '../../api/client.ts';
import { type Service, startService } from '../../api/service/service.ts';
import { addMonths } from '../../domain/kernel/time.ts';
import type { Config } from '../../platform/config.ts';
import type { Logger } from '../../platform/logging.ts';
import { formatReport } from '../../projections/verify-report.ts';
import { runVerify } from '../commands/verify.ts';
import { ProgressLine } from '../progress.ts';
import { grouped } from '../table.ts';
import { FIRST_MONTH, workingDays } from './calendar.ts';
import { shopToLookAt } from './company.ts';
import { companyIn, type DemoCompany, deleteDemo, markFolder } from './data-folder.ts';
import { countHappenings } from './happenings.ts';
import { exampleRequests } from './requests.ts';
import { isTold, runStory } from './story.ts';
import { agingTable, happeningsTable, mrrTable, tierTable, trialBalanceTable } from './summary.ts';

export interface DemoOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly key: string;
  readonly fresh: boolean;
  /** Keep serving until a signal. */
  readonly serve: boolean;
  readonly wanted: { readonly customers: number; readonly months: number };
  readonly stopping: Promise<NodeJS.Signals>;
}

/** The demo from start to end. Sets the exit code to 1 if the books do not verify. */
export async function runDemo({
  config,
  log,
  key,
  fresh,
  serve,
  wanted,
  stopping,
}: DemoOptions): Promise<void> {
  const began = performance.now();
  const { DATA_DIR } = config;
  if (fresh) await deleteDemo(DATA_DIR, (line) => log.info(line));
  const company = (await companyIn(DATA_DIR)) ?? (await markFolder(DATA_DIR, wanted));
  if (company.customers !== wanted.customers || company.months !== wanted.months) {
    say(`${DATA_DIR} holds ${sizeOf(company)}; --fresh starts over with another size.`);
  }
  say(`Starting the service with an embedded PostgreSQL in ${DATA_DIR}.`);
  const service = await startService({ config, log });
  try {
    if (!(await generate(service, company, stopping))) {
      say('Stopped. Start again to go on where it was.');
      return;
    }
    const ok = await verifyBooks(service);
    if (!ok) process.exitCode = 1;
    await summarise(service, company, key);
    say(`All of it took ${seconds(began)}.`);
    if (!serve) return;
    say('Serving. Ctrl-C stops; started again, everything is still there.');
    await stopping;
    say('Stopping.');
  } finally {
    await service.close();
  }
}

async function generate(
  { core }: Service,
  company: DemoCompany,
  stopping: Promise<NodeJS.Signals>,
): Promise<boolean> {
  if (await isTold(core, company.months)) {
    say(`Found ${sizeOf(company)}, ${grouped(String(await core.store.head()))} events: nothing to generate.`);
    return true;
  }
  let stopped = false;
  void stopping.then(() => {
    stopped = true;
  });
  const line = new ProgressLine();
  const began = performance.now();
  const before = await core.store.head();
  let events = before;
  const rate = () => Math.round(((events - before) * 1_000) / Math.max(1, performance.now() - began));
  const finished = await runStory({
    core,
    ...company,
    stopped: () => stopped,
    onProgress: ({ now, customers, head }) => {
      events = head;
      line.update(
        `${now.slice(0, 10)}  ${customers} customers, ${grouped(String(head))} events in the log, ${rate()} events/s`,
      );
    },
  });
  line.done();
  events = await core.store.head();
  if (finished) {
    say(
      `Ran ${sizeOf(company)} through the commands: ${grouped(String(events))} events, ${rate()} events/s, ${seconds(began)}.`,
    );
  }
  return finished;
}

async function verifyBooks({ core, databaseUrl }: Service): Promise<boolean> {
  const began = performance.now();
  const report = await runVerify({ store: core.store, url: databaseUrl });
  if (!report.ok) {
    say(formatReport(report));
    return false;
  }
  say(
    `verify: ${report.checks.length} of ${report.checks.length} checks ok, ${grouped(String(report.events))} events up to position ${report.position}, ${seconds(began)}.`,
  );
  return true;
}

async function summarise(
  { url, core }: Service,
  { customers, months }: DemoCompany,
  key: string,
): Promise<void> {
  if (url === undefined) throw new Error('the service does not listen');
  const client = await createClient({ url, key });
  const last = addMonths(FIRST_MONTH, months - 1);
  say('', 'Trial balance', await trialBalanceTable(client));
  say('', 'MRR movements by month, USD', await mrrTable(client, FIRST_MONTH, last));
  say('', 'Subscriptions by tier, MRR in USD', await tierTable(client));
  say('', 'Receivables by age, USD', await agingTable(client));
  say('', 'What happened', happeningsTable(await countHappenings(core.store)));
  say(
    '',
    `API         ${url}`,
    `Reference   ${url}/docs`,
    `OpenAPI     ${url}/openapi.json`,
    `Ready       ${url}/readyz`,
    `Metrics     ${url}/metrics`,
    `Key         ${key}  (a demo key: it works on this machine only)`,
    '',
    await exampleRequests({
      url,
      key,
      customerId: shopToLookAt(customers, workingDays(months).length),
      month: last,
    }),
    '',
  );
}

function sizeOf({ customers, months }: DemoCompany): string {
  return `a company of ${counted(customers, 'customer')} and ${counted(months, 'month')}`;
}

function counted(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1_000).toFixed(1)} s`;
}

function say(...lines: readonly string[]): void {
  for (const line of lines) console.log(line);
}
