import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import type { AuthDatabase } from '../../api/auth/key-database.ts';
import { KeyStore } from '../../api/auth/key-store.ts';
import { ROLES, type Role } from '../../api/http/types.ts';
import { createPool, queryBuilder } from '../../platform/postgres.ts';
import { withTool } from '../tool.ts';

export const keys = new Command('keys').description('API keys.');

keys
  .command('create')
  .description('Make an API key; it is shown once.')
  .requiredOption('--role <role>', ROLES.join(', '))
  .requiredOption('--label <label>', 'what it is for')
  .option('--customer <customerId>', 'with role customer: the only customer it sees')
  .action(({ role, label, customer }: { role: string; label: string; customer?: string }) => {
    if (!isRole(role)) throw new Error(`there is no role ${role}: ${ROLES.join(', ')}`);
    if ((role === 'customer') !== (customer !== undefined))
      throw new Error('--customer goes with --role customer');
    return withTool(async ({ url }) => {
      const pool = createPool({ url, name: 'keys', max: 1 });
      try {
        const commandId = randomUUID();
        const meta = { commandId, requestHash: commandId, actor: 'cli' };
        const store = new KeyStore(queryBuilder<AuthDatabase>(pool));
        const issued = await store.createKey({ role, label, customerId: customer }, meta);
        console.log(issued.key);
      } finally {
        await pool.end();
      }
    });
  });

function isRole(value: string): value is Role {
  return (ROLES as readonly string[]).includes(value);
}
