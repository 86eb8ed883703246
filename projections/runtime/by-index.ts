import type pg from 'pg';

/**
 * From here to the end of the transaction, statements find rows through indexes. Merging thousands of changes into
 * a table, the planner would rather read and hash all of it: quick while it is small, a second when it is not.
 */
export async function findByIndex(client: pg.ClientBase): Promise<void> {
  await client.query(
    'set local enable_seqscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off',
  );
}
