import { Command, InvalidArgumentError } from 'commander';
import { type BillRunProgress, readBillRun } from '../../commands/bill-run-record.ts';
import { isMonth, type Month } from '../../domain/kernel/time.ts';
import { createPool } from '../../platform/postgres.ts';
import { Pace } from '../eta.ts';
import { ProgressLine, percent } from '../progress.ts';
import { untilSignal } from '../shutdown.ts';
import { table } from '../table.ts';
import { ToolError, withCore, withTool } from '../tool.ts';

interface Options {
  readonly json?: boolean;
}

const STOPPED_BY_SIGNAL = 130;

export const bill = new Command('bill')
  .description(
    'Invoice everybody for a month that has ended. Who is invoiced already is left alone: stopped, or broken off, it goes on where it was when it is run again, or in a running service by itself.',
  )
  .argument('<month>', 'such as 2026-01', month)
  .option('--json', 'print the result as JSON')
  .action(async (period: Month, { json }: Options) => {
    const stopping = untilSignal();
    await withCore(async ({ billRun }) => {
      const fault = billRun.fault(period);
      if (fault !== undefined) throw new ToolError(`${fault.code}: ${fault.detail}`);
      const line = new ProgressLine();
      let pace: Pace | undefined;
      const run = billRun.start(period).then(() =>
        billRun.run(period, (progress) => {
          pace ??= new Pace(doneOf(progress));
          line.update(describe(progress, pace));
        }),
      );
      const outcome = await Promise.race([run, stopping]).finally(() => line.done());
      if (typeof outcome === 'string') {
        console.error('Stopping: the invoices under way are finished first.');
        run.catch(() => undefined);
        await billRun.stop();
        console.error(`Stopped. Run it again to go on with ${period}; a running service goes on by itself.`);
        process.exitCode = STOPPED_BY_SIGNAL;
        return;
      }
      print(outcome, json);
      if (outcome.failed > 0) process.exitCode = 1;
    });
  });

bill
  .command('status')
  .description('How far the bill run of a month is, whoever runs it.')
  .argument('<month>', 'such as 2026-01', month)
  .option('--json', 'print it as JSON')
  .action((period: Month, _options: Options, command: Command) =>
    withTool(async ({ url }) => {
      const pool = createPool({ url, name: 'bill', max: 1 });
      try {
        const progress = await readBillRun(pool, period);
        if (progress === undefined)
          throw new ToolError(`bill-run-not-found: no bill run of ${period} was begun`);
        // The command above it has an option of this name too, and takes it.
        print(progress, command.optsWithGlobals<Options>().json);
      } finally {
        await pool.end();
      }
    }),
  );

function month(value: string): Month {
  if (isMonth(value)) return value;
  throw new InvalidArgumentError('a month, such as 2026-01');
}

function print(progress: BillRunProgress, json: boolean | undefined): void {
  if (json === true) {
    console.log(JSON.stringify(progress));
    return;
  }
  const { period, status, customers, invoiced, skipped, failed, startedAt, finishedAt } = progress;
  const done = percent(doneOf(progress), customers);
  const heads = ['Month', 'Status', 'Done', 'Customers', 'Invoiced', 'Skipped', 'Failed'];
  const row = [period, status, done, ...[customers, invoiced, skipped, failed].map(String)];
  console.log(table(heads, [row], 2));
  console.log(`Started ${startedAt}, ${finishedAt === null ? 'not finished' : `finished ${finishedAt}`}.`);
}

function doneOf({ invoiced, skipped, failed }: BillRunProgress): number {
  return invoiced + skipped + failed;
}

function describe(progress: BillRunProgress, pace: Pace): string {
  const { period, customers, failed } = progress;
  const done = doneOf(progress);
  const left = pace.secondsLeft(done, customers);
  const eta = left === undefined ? '' : `, ${Math.ceil(left)} s left`;
  const errors = failed === 0 ? '' : `, ${failed} failed`;
  const rate = Math.round(pace.perSecond(done));
  return `bill ${period}: ${done} of ${customers} customers, ${percent(done, customers)}, ${rate}/s${eta}${errors}`;
}
