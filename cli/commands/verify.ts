import { Command } from 'commander';
import { projections } from '../../api/service/schema.ts';
import { postingFor } from '../../ledger/posting/index.ts';
import { type VerifyProgress, verify } from '../../projections/verify.ts';
import { formatReport, type VerifyReport } from '../../projections/verify-report.ts';
import { ProgressLine, percent } from '../progress.ts';
import { type Tool, withTool } from '../tool.ts';

export const verifyCommand = new Command('verify')
  .description('Prove that the books follow from the log. Changes nothing; the service may run meanwhile.')
  .option('--json', 'print the report as JSON')
  .action(async ({ json }: { json?: boolean }) => {
    const report = await withTool((tool) => runVerify(tool));
    console.log(json === true ? JSON.stringify(report, null, 2) : formatReport(report));
    if (!report.ok) process.exitCode = 1;
  });

export async function runVerify({ store, url }: Pick<Tool, 'store' | 'url'>): Promise<VerifyReport> {
  const line = new ProgressLine();
  try {
    return await verify({
      store,
      url,
      projections,
      recompute: postingFor,
      onProgress: (progress) => line.update(describe(progress)),
    });
  } finally {
    line.done();
  }
}

function describe(progress: VerifyProgress): string {
  if (progress.phase === 'log') {
    return `verify log: ${progress.position} of ${progress.head}, ${percent(progress.position, progress.head)}`;
  }
  const { projection, position, target, eventsPerSecond } = progress.rebuild;
  return `verify ${projection}: ${percent(position, target)}, ${Math.round(eventsPerSecond)} events/s`;
}
