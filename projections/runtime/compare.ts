import type pg from 'pg';
import { transaction } from '../../platform/postgres.ts';
import { quoted } from './rows.ts';
import type { FillOptions, Shadow } from './shadow.ts';
import { liveCheckpoint } from './swap.ts';

/** How a table of the read model compares to one that was made anew from the log. */
export interface TableComparison {
  readonly table: string;
  readonly equal: boolean;
  readonly liveRows: number;
  readonly rebuiltRows: number;
  /** Some of the rows that stand in one only; empty if equal. */
  readonly differences: readonly RowDifference[];
}

export interface RowDifference {
  /** `unexpected`: the log does not give this row. `missing`: it does, and the read model has not got it. */
  readonly kind: 'unexpected' | 'missing';
  readonly row: unknown;
}

const SAMPLE = 10;

interface Digest {
  readonly rows: number;
  readonly hash: string;
}

/**
 * Compares the live tables with a shadow, both at the live checkpoint. The live projector goes on meanwhile;
 * only if something differs it is held for as long as it takes to collect examples.
 * @returns undefined if the read model holds another version's rows, or none yet: nothing to compare
 */
export async function compareWithLive(
  pool: pg.Pool,
  shadow: Shadow,
  fillOptions: FillOptions,
): Promise<TableComparison[] | undefined> {
  const live = await liveDigests(pool, shadow);
  if (live === undefined) return undefined;
  await shadow.fill(live.position, fillOptions);
  const comparisons: TableComparison[] = [];
  for (const [table, digest] of live.digests) {
    const rebuilt = await digestOf(pool, shadow.schema, table);
    comparisons.push({
      table,
      equal: rebuilt.rows === digest.rows && rebuilt.hash === digest.hash,
      liveRows: digest.rows,
      rebuiltRows: rebuilt.rows,
      differences: [],
    });
  }
  if (comparisons.every(({ equal }) => equal)) return comparisons;
  return withExamples(pool, shadow, comparisons, fillOptions);
}

async function liveDigests(
  pool: pg.Pool,
  { projection }: Shadow,
): Promise<{ position: number; digests: Map<string, Digest> } | undefined> {
  return transaction(pool, async (client) => {
    await client.query('set transaction isolation level repeatable read read only');
    const live = await liveCheckpoint(client, projection.name);
    if (live === undefined || live.version !== projection.version) return undefined;
    const digests = new Map<string, Digest>();
    for (const table of projection.tables) digests.set(table, await digestOf(client, 'read', table));
    return { position: live.position, digests };
  });
}

/** Number of rows and a hash over all of them that does not depend on their order. */
async function digestOf(client: pg.ClientBase | pg.Pool, schema: string, table: string): Promise<Digest> {
  const { rows } = await client.query<{ count: string; hash: string }>(
    `select count(*) as count,
            coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) || ' ' ||
            coalesce(sum(hashtextextended(t::text, 1)::numeric), 0) as hash
     from ${quoted(schema)}.${quoted(table)} t`,
  );
  return { rows: Number(rows[0]?.count ?? 0), hash: rows[0]?.hash ?? '' };
}

async function withExamples(
  pool: pg.Pool,
  shadow: Shadow,
  comparisons: readonly TableComparison[],
  fillOptions: FillOptions,
): Promise<TableComparison[]> {
  return transaction(pool, async (client) => {
    const live = await liveCheckpoint(client, shadow.projection.name, true);
    if (live !== undefined) await shadow.fill(live.position, fillOptions);
    const result: TableComparison[] = [];
    for (const comparison of comparisons) {
      const differences = comparison.equal ? [] : await examples(client, shadow.schema, comparison.table);
      result.push({ ...comparison, differences });
    }
    return result;
  });
}

async function examples(client: pg.ClientBase, schema: string, table: string): Promise<RowDifference[]> {
  const live = `(select t::text as text, to_jsonb(t) as row from read.${quoted(table)} t)`;
  const rebuilt = `(select t::text as text, to_jsonb(t) as row from ${quoted(schema)}.${quoted(table)} t)`;
  const { rows } = await client.query<RowDifference>(
    `(select 'unexpected' as kind, row from (${live} except all ${rebuilt}) d order by text limit ${SAMPLE})
     union all
     (select 'missing' as kind, row from (${rebuilt} except all ${live}) d order by text limit ${SAMPLE})`,
  );
  return rows;
}
