import { entitlementEvents } from '../../domain/entitlements/events.ts';
import {
  type EntitlementState,
  evolveEntitlements,
  noEntitlements,
} from '../../domain/entitlements/state.ts';
import { sqlMigration } from '../../platform/migrations.ts';
import type { Projection } from '../projection.ts';
import { type Recorded, recordedOf, typesOf } from '../recorded.ts';
import { foldRows, type RowFold } from '../runtime/rows.ts';

export type EntitlementRow = {
  customer_id: string;
  state: EntitlementState;
  revision: number;
  position: string;
};

export interface EntitlementTables {
  entitlements: EntitlementRow;
}

const entitlementFold: RowFold<Recorded<keyof typeof entitlementEvents>, EntitlementRow> = {
  table: 'entitlements',
  keyColumns: ['customer_id'],
  keyOf: ({ data }) => ({ customer_id: data.customerId }),
  evolve: (row, event) => ({
    customer_id: event.data.customerId,
    state: evolveEntitlements(row?.state ?? noEntitlements, event),
    revision: event.revision,
    position: String(event.position),
  }),
};

/** What customers may do beside or against their plans. */
export const entitlementsProjection: Projection = {
  name: 'entitlements',
  version: 1,
  tables: ['entitlements'],
  migration: sqlMigration('0040_read_entitlements', import.meta.url, ['sql/entitlements.sql']),
  onPoison: 'park',
  uses: typesOf(entitlementEvents),
  async apply(events, client) {
    await foldRows(client, entitlementFold, recordedOf(events, typesOf(entitlementEvents)));
  },
};
