import { Command } from 'commander';
import { createClient } from '../../api/client.ts';

export const advance = new Command('advance')
  .description('Move a manual business clock on, running everything that falls due on the way.')
  .argument('<to>', 'RFC 3339 timestamp, such as 2026-02-02T00:00:00Z')
  .option('--url <url>', 'address of the service', process.env['AURA_URL'] ?? 'http://127.0.0.1:8080')
  .option('--key <key>', 'API key (default: AURA_API_KEY or ADMIN_API_KEY)')
  .action(async (to: string, options: { url: string; key?: string }) => {
    const key = options.key ?? process.env['AURA_API_KEY'] ?? process.env['ADMIN_API_KEY'];
    if (key === undefined) throw new Error('no API key: give --key, AURA_API_KEY or ADMIN_API_KEY');
    const client = await createClient({ url: options.url, key });
    const { status, body } = await client.call('advanceClock', { to });
    if (status !== 200) throw new Error(`advanceClock answered ${status}: ${JSON.stringify(body)}`);
    console.log(`The business clock stands at ${(body as { now: string }).now}.`);
  });
