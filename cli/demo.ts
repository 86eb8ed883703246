import { Command, InvalidArgumentError } from 'commander';
import { ClockModeError } from '../commands/clock.ts';
import { ConfigError, loadConfig } from '../platform/config.ts';
import { EmbeddedPostgresError } from '../platform/embedded-postgres/index.ts';
import { createLogger } from '../platform/logging.ts';
import { OPENS_AT } from './demo/calendar.ts';
import { DemoFolderError } from './demo/data-folder.ts';
import { portOrAny } from './demo/free-port.ts';
import { runDemo } from './demo/run.ts';
import { untilSignal } from './shutdown.ts';

/** Known to everybody, and good for nothing but a demo on this machine's own address. */
const DEMO_KEY = 'demo-key-for-this-machine-only';

interface Options {
  readonly fresh?: true;
  readonly exit?: true;
  readonly customers: number;
  readonly months: number;
}

const program = new Command('demo')
  .description(
    'Runs a made-up company through the real commands, verifies its books and serves them. Needs Node and nothing else. DATA_DIR (.demo/), PORT (8080) and LOG_LEVEL (warn) come from the environment.',
  )
  .option('--fresh', "delete the demo's data and start over")
  .option('--customers <n>', 'how many customers', wholeNumber(10_000), 300)
  .option('--months <n>', 'how many months, from January 2025', wholeNumber(120), 24)
  .option('--exit', 'do not keep serving')
  .action(async ({ fresh, exit, customers, months }: Options) => {
    const { env } = process;
    const asked = loadConfig({
      DATA_DIR: env['DATA_DIR'] || '.demo/',
      PORT: env['PORT'],
      LOG_LEVEL: env['LOG_LEVEL'] || 'warn',
      ADMIN_API_KEY: DEMO_KEY,
      CLOCK: `manual:${OPENS_AT}`,
    });
    const port = await portOrAny(asked.HOST, asked.PORT);
    if (port !== asked.PORT) console.log(`Port ${asked.PORT} is taken; another one is used.`);
    await runDemo({
      config: { ...asked, PORT: port },
      log: createLogger({ level: asked.LOG_LEVEL }),
      key: DEMO_KEY,
      fresh: fresh === true,
      serve: exit !== true,
      wanted: { customers, months },
      stopping: untilSignal(),
    });
  });

function wholeNumber(most: number): (value: string) => number {
  return (value) => {
    const number = /^\d{1,6}$/.test(value) ? Number(value) : 0;
    if (number < 1 || number > most) throw new InvalidArgumentError(`a whole number from 1 to ${most}`);
    return number;
  };
}

/** Errors whose message says what to do; anything else is a fault and shows its stack. */
const EXPLAINED = [ConfigError, ClockModeError, EmbeddedPostgresError, DemoFolderError];

try {
  await program.parseAsync();
} catch (error) {
  const explained = EXPLAINED.some((kind) => error instanceof kind);
  console.error(explained && error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
