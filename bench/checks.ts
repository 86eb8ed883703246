import type pg from 'pg';
import type { AppendResult } from '../eventstore/port.ts';

/** One thing that must hold, and what is said if it does not. */
export function fault(holds: boolean, message: string): string[] {
  return holds ? [] : [message];
}

/**
 * Checks the whole log: as many events as were acknowledged, positions dense from 1, revisions dense in each
 * stream, and every id that was sent exactly once.
 */
export async function checkLog(pool: pg.Pool, sentIds: readonly string[]): Promise<string[]> {
  const { rows } = await pool.query<Record<'events' | 'first' | 'last' | 'ids' | 'gaps' | 'missing', string>>(
    `select count(*) as events, coalesce(min(position), 1) as first, coalesce(max(position), 0) as last,
       count(distinct event_id) as ids,
       (select count(*) from (select from log.events group by stream
          having min(revision) <> 0 or max(revision) + 1 <> count(*)) s) as gaps,
       (select count(*) from unnest($1::uuid[]) as sent(id)
         where not exists (select from log.events e where e.event_id = sent.id)) as missing
     from log.events`,
    [sentIds],
  );
  const { events, first, last, ids, gaps, missing } = rows[0] ?? {};
  const sent = sentIds.length;
  return [
    ...fault(new Set(sentIds).size === sent, 'the benchmark sent an id twice'),
    ...fault(Number(events) === sent, `${events} events in the log, ${sent} were acknowledged`),
    ...fault(first === '1' && Number(last) === sent, `positions ${first} to ${last} are not dense`),
    ...fault(ids === events, `${ids} different ids in ${events} events`),
    ...fault(gaps === '0', `${gaps} streams with gaps in their revisions`),
    ...fault(missing === '0', `${missing} acknowledged events are not in the log`),
  ];
}

/** The acknowledgement of one append. Throws what is not a new event's. */
export function acknowledged(result: AppendResult | undefined): number {
  if (result?.outcome !== 'appended' || result.replayed) {
    throw new Error(`an append was answered with ${JSON.stringify(result)}`);
  }
  return result.position;
}

export async function single(pool: pg.Pool, sql: string, values: readonly unknown[] = []): Promise<string> {
  const { rows } = await pool.query<Record<string, unknown>>(sql, [...values]);
  return String(Object.values(rows[0] ?? {})[0]);
}
