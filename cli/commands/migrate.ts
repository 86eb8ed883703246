import { Command } from 'commander';
import { openDatabase } from '../../api/service/database.ts';
import { loadConfig } from '../../platform/config.ts';
import { createLogger } from '../../platform/logging.ts';

export const migrateCommand = new Command('migrate')
  .description('Bring the database to the newest version. `serve` does this too.')
  .action(async () => {
    const config = loadConfig(process.env);
    const database = await openDatabase(config, createLogger({ level: 'warn' }));
    console.log(`${database.description} is at the newest version.`);
    await database.stop();
  });
