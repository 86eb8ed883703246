import { availableParallelism, loadavg } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type BenchContext, presets, type Scenario } from './context.ts';
import { startBenchServer } from './database.ts';
import { type Measurement, mergeRounds } from './measure.ts';
import { asJson, asTable } from './report.ts';
import { scenarios } from './scenarios/index.ts';

interface Options {
  readonly preset: 'quick' | 'full';
  readonly only?: readonly Scenario[];
  readonly json?: true;
}

const names = scenarios.map(({ name }) => name).join(', ');

await new Command('bench')
  .description(
    'Measures the ledger against COPY of the same rows into the same tables, and checks what it wrote.',
  )
  .addOption(new Option('--preset <preset>', 'quick or full').choices(['quick', 'full']).default('quick'))
  .option('--only <scenario...>', `one or more of: ${names}`, collect)
  .option('--json', 'print the measurements as JSON')
  .action(main)
  .parseAsync();

async function main({ preset: presetName, only, json }: Options): Promise<void> {
  const preset = presets[presetName];
  console.error(`${availableParallelism()} cores, load average ${loadavg()[0]?.toFixed(1)} before the start`);
  const server = await startBenchServer();
  const interrupted = async () => {
    await server.stop();
    process.exit(130);
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  const rounds = new Map<string, Measurement[]>();
  try {
    const context: BenchContext = { preset, freshDatabase: () => server.freshDatabase() };
    for (let round = 1; round <= preset.rounds; round += 1) {
      for (const scenario of only ?? scenarios) {
        console.error(`${scenario.name}${preset.rounds > 1 ? `, round ${round} of ${preset.rounds}` : ''}`);
        for (const measured of await scenario.run(context)) {
          rounds.set(measured.work, [...(rounds.get(measured.work) ?? []), measured]);
        }
      }
    }
  } finally {
    await server.stop();
  }
  const measurements = [...rounds.values()].map(mergeRounds);
  console.error(`load average ${loadavg()[0]?.toFixed(1)} at the end`);
  console.log(json === true ? asJson(measurements) : asTable(measurements));
  if (measurements.some(({ faults }) => faults.length > 0)) process.exitCode = 1;
}

function collect(name: string, chosen: readonly Scenario[] = []): readonly Scenario[] {
  const scenario = scenarios.find((one) => one.name === name);
  if (scenario === undefined) throw new InvalidArgumentError(`Scenarios are: ${names}.`);
  return [...chosen, scenario];
}
