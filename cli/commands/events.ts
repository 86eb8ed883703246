import { Command } from 'commander';
import type { StoredEvent } from '../../eventstore/port.ts';
import { withTool } from '../tool.ts';

const PAGE = 1_000;

export const events = new Command('events').description('Look into the log.');

events
  .command('tail')
  .description('The last events, newest last.')
  .option('-n, --lines <count>', 'how many', '20')
  .action(async ({ lines }: { lines: string }) => {
    const count = Number.parseInt(lines, 10);
    if (!(count > 0)) throw new Error('--lines takes a whole number above zero');
    await withTool(async ({ store }) => {
      const head = await store.head();
      const start = store.name === 'postgres' ? Math.max(0, head - count) : 0;
      let last: StoredEvent[] = [];
      for (let after = start; ; ) {
        const page = await store.readAll(after, PAGE);
        last = [...last, ...page].slice(-count);
        const end = page.at(-1)?.position;
        if (end === undefined) break;
        after = end;
      }
      for (const event of last) console.log(summary(event));
    });
  });

events
  .command('show')
  .description('A stream, event by event, as JSON lines.')
  .argument('<stream>', 'such as invoice-inv_…')
  .action((stream: string) =>
    withTool(async ({ store }) => {
      for (let from = 0; ; ) {
        const page = await store.readStream(stream, from, PAGE);
        if (from === 0 && page.length === 0) throw new Error(`there is no stream ${stream}`);
        for (const event of page) console.log(JSON.stringify(event));
        if (page.length < PAGE) break;
        from += page.length;
      }
    }),
  );

function summary({ position, stream, revision, type, metadata }: StoredEvent): string {
  const entry = metadata.entry === undefined ? '' : `  ${metadata.entry.template}`;
  return `${String(position).padStart(8)}  ${metadata.effectiveAt}  ${type.padEnd(28)} ${stream}@${revision}${entry}`;
}
