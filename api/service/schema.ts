import { catalogueMigration } from '../../commands/catalogue.ts';
import { commandsMigration } from '../../commands/migration.ts';
import { logMigration } from '../../eventstore/postgres/migration.ts';
import type { SqlMigration } from '../../platform/migrations.ts';
import { vaultMigration } from '../../platform/vault.ts';
import { billingProjection } from '../../projections/billing/projection.ts';
import { creditsProjection } from '../../projections/credits/projection.ts';
import { entitlementsProjection } from '../../projections/entitlements/projection.ts';
import { financeProjection } from '../../projections/finance/projection.ts';
import { journalProjection } from '../../projections/journal/projection.ts';
import { mrrProjection } from '../../projections/mrr/projection.ts';
import type { Projection } from '../../projections/projection.ts';
import { revenueProjection } from '../../projections/revenue/projection.ts';
import { runtimeMigration } from '../../projections/runtime/migration.ts';
import { usageProjection } from '../../projections/usage/projection.ts';
import { authMigration } from '../auth/migration.ts';

/** Every read model. A table of schema `read` that belongs to none of them is an error. */
export const projections: readonly Projection[] = [
  journalProjection,
  billingProjection,
  usageProjection,
  mrrProjection,
  creditsProjection,
  entitlementsProjection,
  financeProjection,
  revenueProjection,
];

/** The whole database, in order. */
export const migrations: readonly SqlMigration[] = [
  logMigration,
  runtimeMigration,
  authMigration,
  vaultMigration,
  commandsMigration,
  catalogueMigration,
  ...projections.map((projection) => projection.migration),
];
