import { Command } from 'commander';
import { CatalogueChangedError } from '../commands/catalogue.ts';
import { ClockModeError } from '../commands/clock.ts';
import { CatalogueFileError } from '../domain/catalogue/file.ts';
import { StoreUnavailableError } from '../eventstore/errors.ts';
import { ConfigError } from '../platform/config.ts';
import { EmbeddedPostgresError } from '../platform/embedded-postgres/index.ts';
import { advance } from './commands/advance.ts';
import { bill } from './commands/bill.ts';
import { catalogue } from './commands/catalogue.ts';
import { events } from './commands/events.ts';
import { keys } from './commands/keys.ts';
import { migrateCommand } from './commands/migrate.ts';
import { rebuild } from './commands/rebuild.ts';
import { serve } from './commands/serve.ts';
import { status } from './commands/status.ts';
import { verifyCommand } from './commands/verify.ts';
import { ToolError } from './tool.ts';

const program = new Command('aura')
  .description(
    'Aura Ledger: the event-sourced revenue ledger. Settings come from the environment, see .env.example.',
  )
  .showHelpAfterError()
  .addCommand(serve)
  .addCommand(verifyCommand)
  .addCommand(rebuild)
  .addCommand(advance)
  .addCommand(bill)
  .addCommand(status)
  .addCommand(events)
  .addCommand(keys)
  .addCommand(catalogue)
  .addCommand(migrateCommand);

/** Errors whose message says what to do; anything else is a fault and shows its stack. */
const EXPLAINED = [
  ConfigError,
  CatalogueFileError,
  CatalogueChangedError,
  ClockModeError,
  EmbeddedPostgresError,
  StoreUnavailableError,
  ToolError,
];

try {
  await program.parseAsync();
} catch (error) {
  const explained = EXPLAINED.some((kind) => error instanceof kind);
  console.error(explained && error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
