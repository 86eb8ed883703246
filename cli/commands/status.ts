import { Command } from 'commander';
import { projections } from '../../api/service/schema.ts';
import { createPool } from '../../platform/postgres.ts';
import { readPositions } from '../../projections/runtime/wait.ts';
import { withTool } from '../tool.ts';

export const status = new Command('status')
  .description('How far the read models are behind the log.')
  .option('--json', 'print as JSON')
  .action(({ json }: { json?: boolean }) =>
    withTool(async ({ store, url, config }) => {
      const pool = createPool({ url, name: 'status', max: 1 });
      try {
        const head = await store.head();
        const names = projections.map((projection) => projection.name);
        const positions = await readPositions(pool, names);
        if (json === true) {
          console.log(JSON.stringify({ log: store.name, head, positions: Object.fromEntries(positions) }));
          return;
        }
        console.log(`log        ${store.name}, head at ${head}, clock ${config.CLOCK}`);
        for (const name of names) {
          const position = positions.get(name) ?? 0;
          console.log(
            `${name.padEnd(10)} ${position}${position >= head ? '' : `, behind by ${head - position}`}`,
          );
        }
      } finally {
        await pool.end();
      }
    }),
  );
