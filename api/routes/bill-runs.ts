import { z } from 'zod';
import { BillRunStoppedError } from '../../commands/bill-run.ts';
import type { BillRunProgress } from '../../commands/bill-run-record.ts';
import { ProblemError } from '../problems/problem.ts';
import { count, instant, period } from './schemas.ts';
import { route } from './services.ts';

const TAGS = ['Invoices'];

const billRun = z
  .strictObject({
    period,
    status: z
      .enum(['running', 'finished'])
      .describe('`running` also while a run that broke off waits to be taken up.'),
    startedAt: instant.describe('When the month was asked for first.'),
    finishedAt: instant.nullable().describe('When the last run had asked everybody; null while one runs.'),
    customers: count.describe(
      'Everybody of the month, done or not: who is invoiced for it already, and who is still to be.',
    ),
    invoiced: count.describe(
      'Their invoice of the month is final, by this run, one before it, or a command of its own.',
    ),
    skipped: count.describe(
      'Asked, and nothing to bill or suspended by dunning; asked again by the next run.',
    ),
    failed: count.describe('Asked, and could not be billed; tried again by the next run.'),
  })
  .meta({
    id: 'BillRun',
    description:
      'How far the invoices of a month are. Each customer is in one of `invoiced`, `skipped` and `failed` at most; when the run is finished they add up to `customers`. The counters are taken anew when a run begins, is repeated, or is taken up after it broke off.',
  });

export const billRunRoutes = [
  route({
    operationId: 'runBilling',
    method: 'post',
    path: '/v1/bill-runs',
    summary: 'Invoice everybody for a month that has ended',
    description:
      'Begins the run and answers at once; getBillingRun tells how far it is. Who is invoiced already is left alone, and a run that broke off goes on by itself within seconds while a process of role worker runs: nobody is billed twice or left out. Asked for while it runs, it is joined. Left alone, the service does it 24 hours after the end of the month.',
    tags: TAGS,
    roles: ['finance'],
    kind: 'command',
    ifMatch: 'none',
    status: 202,
    request: { body: z.strictObject({ period }) },
    response: billRun,
    errors: ['period-not-ended'],
    async handler({ body }, { services, log }) {
      const fault = services.billRun.fault(body.period);
      if (fault !== undefined) return fault;
      const started = await services.billRun.start(body.period);
      services.billRun.run(body.period).catch((error: unknown) => {
        const level = error instanceof BillRunStoppedError ? 'info' : 'error';
        log[level]({ err: error, period: body.period }, 'the bill run broke off; a worker takes it up');
      });
      return { body: started satisfies BillRunProgress, status: 202 };
    },
  }),
  route({
    operationId: 'getBillingRun',
    method: 'get',
    path: '/v1/bill-runs/:period',
    summary: 'How far the bill run of a month is',
    tags: TAGS,
    roles: ['admin', 'finance', 'auditor'],
    kind: 'query',
    request: { params: z.strictObject({ period }) },
    response: billRun,
    errors: ['bill-run-not-found'],
    async handler({ params }, { services }) {
      const progress = await services.billRun.progress(params.period);
      if (progress === undefined) {
        throw new ProblemError('bill-run-not-found', `No bill run of ${params.period} was begun.`);
      }
      return { body: progress };
    },
  }),
];
