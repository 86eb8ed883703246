import type { PoolClient } from 'pg';
import { noUsageTerms, usageTermsDecider } from '../../domain/metering/usage-terms.ts';
import type { usageTermsEvents } from '../../domain/metering/usage-terms-events.ts';
import type { Recorded } from '../recorded.ts';
import { foldRows, insertRows } from '../runtime/rows.ts';
import type { UsageTermsRow } from './tables.ts';

type TermsRecord = Recorded<keyof typeof usageTermsEvents>;

export async function applyTerms(events: readonly TermsRecord[], client: PoolClient): Promise<void> {
  await foldRows<TermsRecord, UsageTermsRow>(
    client,
    {
      table: 'usage_terms',
      keyColumns: ['customer_id'],
      keyOf: ({ data }) => ({ customer_id: data.customerId }),
      evolve: (row, event) => ({
        customer_id: event.data.customerId,
        state: usageTermsDecider.evolve(row?.state ?? noUsageTerms, event),
      }),
    },
    events,
  );
}

export async function applyAlerts(
  events: readonly Recorded<'usage.alert_raised'>[],
  client: PoolClient,
): Promise<void> {
  const rows = events.map(({ data, effectiveAt, position }) => ({
    customer_id: data.customerId,
    month: data.month,
    meter: data.meter,
    unit: data.threshold.unit,
    value: data.threshold.value,
    direction: data.direction,
    quantity: data.quantity,
    included: data.included,
    tier: data.tier,
    upgrade_hint: data.upgradeHint,
    raised_at: effectiveAt,
    position,
  }));
  await insertRows(client, 'usage_alerts', rows);
}
