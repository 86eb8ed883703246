import type { PoolClient } from 'pg';
import type { EventType } from '../domain/events.ts';
import type { StoredEvent } from '../eventstore/port.ts';
import type { SqlMigration } from '../platform/migrations.ts';

/**
 * Events become a read model. Everything a projection knows is in its tables: it is deterministic and can be
 * dropped and rebuilt to the same rows.
 */
export interface Projection {
  /** `journal`, `billing` … */
  readonly name: string;
  /** Raised when the same events give other rows; a new version builds beside the live one. */
  readonly version: number;
  /** All its tables, in schema `read`. No other projection writes them. */
  readonly tables: readonly string[];
  readonly migration: SqlMigration;
  /**
   * On an event it cannot apply: `stop` the line (money), or `park` the event and all later ones of the same
   * customer while the others flow on.
   */
  readonly onPoison: 'stop' | 'park';
  /**
   * Events of all other types leave its rows as they are: a batch without one of these only moves the checkpoint.
   * Left out: every type may matter.
   */
  readonly uses?: readonly EventType[];
  /**
   * Applies a batch in log order: fold in memory, then one set-based statement per table. Runs inside the
   * transaction that also moves the checkpoint. Table names are unqualified: the runtime sets `search_path`
   * to `read` or, in a rebuild, to a shadow schema.
   */
  apply(events: readonly StoredEvent[], client: PoolClient): Promise<void>;
}
