import { z } from 'zod';
import type { BillRunProgress } from '../../commands/bill-run.ts';
import { ProblemError, refusalProblem } from '../problems/problem.ts';
import { count, instant, period } from './schemas.ts';
import { route } from './services.ts';

const TAGS = ['Invoices'];

const billRun = z
  .strictObject({
    period,
    status: z.enum(['running', 'finished']),
    startedAt: instant,
    finishedAt: instant.nullable(),
    customers: count.describe('To be invoiced, done or not.'),
    invoiced: count,
    skipped: count.describe('Nothing to bill, or suspended by dunning.'),
    failed: count.describe('Could not be billed; tried again by the next run.'),
  })
  .meta({ id: 'BillRun' });

export const billRunRoutes = [
  route({
    operationId: 'runBilling',
    method: 'post',
    path: '/v1/bill-runs',
    summary: 'Invoice everybody for a month that has ended',
    description:
      'Begins the run and answers at once; getBillingRun tells how far it is. Who is invoiced already is left alone, and a run that broke off goes on: nobody is billed twice or left out. Left alone, the service does it 24 hours after the end of the month.',
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
      if (fault !== undefined) throw refusalProblem(fault);
      const started = await services.billRun.start(body.period);
      services.billRun
        .run(body.period)
        .catch((error: unknown) => log.error({ err: error, period: body.period }, 'the bill run broke off'));
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
