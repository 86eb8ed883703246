import { z } from 'zod';
import type { AlertView } from '../../projections/usage/alert-reads.ts';
import { listBody, listOf, pageParameters, pageRequest, placeOf } from '../http/lists.ts';
import { asCount, count, id, instant, period } from './schemas.ts';
import { route } from './services.ts';

const usageAlert = z
  .strictObject({
    customerId: id,
    period,
    eventType: z.string(),
    unit: z.enum(['percent', 'units']),
    threshold: z.int(),
    direction: z.enum(['up', 'down']).describe('`down`: usage or allowance was corrected below it again.'),
    quantity: count.describe('Rated units of the month when it was noticed.'),
    included: count.describe('The month’s allowance then.'),
    tier: z.string().nullable(),
    recommendation: z
      .literal('generateUpgradeRecommendation')
      .nullable()
      .describe('The operation that says whether a higher tier would be the better deal.'),
    raisedAt: instant,
    position: z.int(),
  })
  .meta({ id: 'UsageAlert' });

export const usageAlertRoutes = [
  route({
    operationId: 'listUsageAlerts',
    method: 'get',
    path: '/v1/usage-alerts',
    summary: 'Usage alerts, newest first',
    description: 'Each threshold once a month on the way up and once on the way down.',
    tags: ['Usage'],
    roles: ['admin', 'finance', 'auditor', 'customer'],
    kind: 'query',
    reads: ['usage'],
    request: {
      query: z.strictObject({ ...pageParameters, customerId: id.optional(), period: period.optional() }),
    },
    response: listOf(usageAlert),
    errors: ['invalid-cursor'],
    async handler({ query }, { services }) {
      const page = pageRequest(query);
      const rows = await services.usage.alerts.list({
        customerId: query.customerId,
        period: query.period,
        limit: page.limit,
        after: page.after === undefined ? undefined : placeOf(page.after),
        before: page.before === undefined ? undefined : placeOf(page.before),
      });
      const cursorOf = ({ position, customerId }: AlertView) => ({
        sortKey: String(position),
        id: customerId,
      });
      return { body: listBody(rows, page, '/v1/usage-alerts', alertBody, cursorOf) };
    },
  }),
];

function alertBody(alert: AlertView) {
  const { customerId, month, meter, threshold, direction, tier, upgradeHint, raisedAt, position } = alert;
  return {
    customerId,
    period: month,
    eventType: meter,
    unit: threshold.unit,
    threshold: asCount(threshold.value),
    direction,
    quantity: asCount(alert.quantity),
    included: asCount(alert.included),
    tier,
    recommendation: upgradeHint ? ('generateUpgradeRecommendation' as const) : null,
    raisedAt,
    position,
  };
}
