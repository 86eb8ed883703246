import { Command } from 'commander';
import { projections } from '../../api/service/schema.ts';
import { type RebuildProgress, type RebuildResult, rebuildProjection } from '../../projections/rebuild.ts';
import { ProgressLine, percent } from '../progress.ts';
import { withTool } from '../tool.ts';

const names = projections.map((projection) => projection.name);

export const rebuild = new Command('rebuild')
  .description('Build a read model anew beside the live one, compare them, and put it in its place.')
  .argument('<name>', `${names.join(', ')}, or all`)
  .option('--dry-run', 'compare only; leave the live tables alone')
  .option('--json', 'print results as JSON lines')
  .action(async (name: string, { dryRun, json }: { dryRun?: boolean; json?: boolean }) => {
    const chosen = projections.filter((projection) => name === 'all' || projection.name === name);
    if (chosen.length === 0) throw new Error(`there is no read model ${name}: ${names.join(', ')}`);
    await withTool(async ({ store, url }) => {
      const line = new ProgressLine();
      for (const projection of chosen) {
        const result = await rebuildProjection({
          projection,
          store,
          url,
          compareOnly: dryRun === true,
          onProgress: (progress) => line.update(describe(progress)),
        });
        line.done();
        console.log(json === true ? JSON.stringify(result) : describeResult(result));
        if (!result.equal && dryRun === true) process.exitCode = 1;
      }
    });
  });

function describeResult({ projection, events, position, tables, equal, swapped }: RebuildResult): string {
  const verdict = tables === undefined ? 'nothing to compare with' : equal ? 'equal' : 'DIFFERENT';
  return `${projection}: ${events} events to ${position}, ${verdict}, ${swapped ? 'now live' : 'left aside'}`;
}

function describe(progress: RebuildProgress): string {
  const { projection, phase, position, target, eventsPerSecond, etaSeconds, errors } = progress;
  const eta = etaSeconds === undefined ? '' : `, ${Math.ceil(etaSeconds)} s left`;
  const failed = errors === 0 ? '' : `, ${errors} errors`;
  return `${projection} ${phase}: ${position} of ${target}, ${percent(position, target)}, ${Math.round(eventsPerSecond)} events/s${eta}${failed}`;
}
