import { Command } from 'commander';
import { startService } from '../../api/service/service.ts';
import { loadConfig } from '../../platform/config.ts';
import { createLogger } from '../../platform/logging.ts';
import { untilSignal } from '../shutdown.ts';

export const serve = new Command('serve')
  .description('Run the service: API, projections, reactors and scheduler, or one role of them.')
  .option('--role <role>', 'api, projector, worker or all (default: ROLE, or all)')
  .action(async ({ role }: { role?: string }) => {
    const config = loadConfig(role === undefined ? process.env : { ...process.env, ROLE: role });
    const log = createLogger({ level: config.LOG_LEVEL, base: { role: config.ROLE } });
    const stopping = untilSignal();
    const service = await startService({ config, log });
    if (service.newOwnerKey !== undefined) {
      console.log(`The owner's API key, shown once: ${service.newOwnerKey}`);
    }
    if (service.url !== undefined) {
      console.log(`Aura Ledger listens on ${service.url} (reference: ${service.url}/docs)`);
    }
    log.info({ signal: await stopping }, 'stopping: answering what is in flight');
    await service.close();
  });
