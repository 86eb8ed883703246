import { usageEvents } from '../../domain/metering/events.ts';
import { usageTermsEvents } from '../../domain/metering/usage-terms-events.ts';
import { subscriptionEvents } from '../../domain/subscriptions/events.ts';
import { sqlMigration } from '../../platform/migrations.ts';
import type { Projection } from '../projection.ts';
import { recordedOf, typesOf } from '../recorded.ts';
import { applyAlerts, applyTerms } from './agreements.ts';
import { applyFacts } from './facts.ts';
import { applyAccruals, applyBillings, applyCredits } from './ratings.ts';
import { applySubscriptions } from './timelines.ts';

/**
 * What was used, by meter and month, and what of it is rated, accrued and billed; what was agreed about it, and the
 * alerts that it raised. A fact is rated by the tier at
 * its own instant, whenever the log comes to know of that tier; so a batch's subscriptions go first.
 */
export const usageProjection: Projection = {
  name: 'usage',
  version: 3,
  tables: [
    'usage_subscriptions',
    'usage_facts',
    'usage_unique_keys',
    'usage_monthly',
    'usage_hourly',
    'usage_daily',
    'usage_rating',
    'usage_bills',
    'usage_terms',
    'usage_alerts',
  ],
  migration: sqlMigration('0012_read_usage', import.meta.url, [
    'sql/usage-subscriptions.sql',
    'sql/usage-facts.sql',
    'sql/usage-unique-keys.sql',
    'sql/usage-monthly.sql',
    'sql/usage-hourly.sql',
    'sql/usage-daily.sql',
    'sql/usage-rating.sql',
    'sql/usage-bills.sql',
    'sql/usage-terms.sql',
    'sql/usage-alerts.sql',
  ]),
  onPoison: 'park',
  async apply(events, client) {
    await applySubscriptions(recordedOf(events, typesOf(subscriptionEvents)), client);
    await applyFacts(recordedOf(events, typesOf(usageEvents)), client);
    await applyTerms(recordedOf(events, typesOf(usageTermsEvents)), client);
    await applyAccruals(recordedOf(events, ['usage.accrued']), client);
    await applyBillings(recordedOf(events, ['usage.billed']), client);
    await applyCredits(recordedOf(events, ['usage.credited']), client);
    await applyAlerts(recordedOf(events, ['usage.alert_raised']), client);
  },
};
