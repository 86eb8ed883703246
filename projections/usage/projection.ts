import { usageEvents } from '../../domain/metering/events.ts';
import { subscriptionEvents } from '../../domain/subscriptions/events.ts';
import { sqlMigration } from '../../platform/migrations.ts';
import type { Projection } from '../projection.ts';
import { recordedOf, typesOf } from '../recorded.ts';
import { applyFacts } from './facts.ts';
import { applyAccruals, applyBillings } from './ratings.ts';
import { applySubscriptions } from './timelines.ts';

/**
 * What was used, by meter and month, and what of it is rated, accrued and billed. A fact is rated by the tier at
 * its own instant, whenever the log comes to know of that tier; so a batch's subscriptions go first.
 */
export const usageProjection: Projection = {
  name: 'usage',
  version: 1,
  tables: [
    'usage_subscriptions',
    'usage_facts',
    'usage_unique_keys',
    'usage_monthly',
    'usage_hourly',
    'usage_rating',
  ],
  migration: sqlMigration('0012_read_usage', import.meta.url, [
    'sql/usage-subscriptions.sql',
    'sql/usage-facts.sql',
    'sql/usage-unique-keys.sql',
    'sql/usage-monthly.sql',
    'sql/usage-hourly.sql',
    'sql/usage-rating.sql',
  ]),
  onPoison: 'park',
  async apply(events, client) {
    await applySubscriptions(recordedOf(events, typesOf(subscriptionEvents)), client);
    await applyFacts(recordedOf(events, typesOf(usageEvents)), client);
    await applyAccruals(recordedOf(events, ['usage.accrued']), client);
    await applyBillings(recordedOf(events, ['usage.billed']), client);
  },
};
