import { queryBuilder } from '../../platform/postgres.ts';
import { journalProjection } from '../../projections/journal/projection.ts';
import type { JournalTables } from '../../projections/journal/tables.ts';
import { trialBalance } from '../../projections/journal/trial-balance.ts';
import { fault, single } from '../checks.ts';
import type { Scenario } from '../context.ts';
import type { BenchDatabase } from '../database.ts';
import { invoiceAppend } from '../events.ts';
import { type CatchUp, measureCatchUp } from '../projecting.ts';

const POSTINGS_AN_EVENT = 3;

const catchUp: CatchUp = {
  work: 'journal-projection, 3 postings an event',
  projection: journalProjection,
  expectedRatio: 0.6,
  makeEvent: invoiceAppend,
  // Every event carries an entry, so entries are numbered as positions are.
  rowsOf(after, through) {
    const where = `entry_no > ${after} and entry_no <= ${through}`;
    return [
      { table: 'read.journal_entries', where, orderBy: 'entry_no' },
      { table: 'read.postings', where, orderBy: 'account, customer_id, posting_at, entry_no, line_no' },
    ];
  },
  changedTables: ['read.daily_balances', 'read.account_balances'],
  check,
};

/** The ledger: entries, postings, daily balances and balances of invoices, by the running projector. */
export const journalScenario: Scenario = {
  name: 'journal-projection',
  run: async (context) => [await measureCatchUp(context, catchUp)],
};

async function check({ pool }: BenchDatabase, events: number): Promise<string[]> {
  const { zero } = await trialBalance(queryBuilder<JournalTables>(pool));
  const entries = await single(pool, 'select count(*) from read.journal_entries where position = entry_no');
  const postings = await single(pool, 'select count(*) from read.postings');
  const unbalanced = await single(
    pool,
    'select count(*) from (select from read.postings group by entry_no, currency having sum(amount) <> 0) e',
  );
  const posted = await single(
    pool,
    `select count(*) from (
       select e.event_id, line->>'account', line->>'customerId', ((line->>'amount')::numeric
         * case line->>'side' when 'Dr' then 1000000 else -1000000 end)::bigint
       from log.events e, json_array_elements(e.metadata->'entry'->'postings') line
       except all
       select j.event_id, p.account, p.customer_id, p.amount
       from read.postings p join read.journal_entries j using (entry_no)) missing`,
  );
  return [
    ...fault(zero, 'the trial balance is not zero'),
    ...fault(entries === String(events), `${entries} entries in their places for ${events} events`),
    ...fault(postings === String(events * POSTINGS_AN_EVENT), `${postings} postings for ${events} events`),
    ...fault(unbalanced === '0', `${unbalanced} entries do not balance`),
    ...fault(posted === '0', `${posted} lines of events are not in the postings`),
    ...(await balanceFaults(pool)),
  ];
}

/** Balances and the columns that they are kept by. */
const BALANCES = {
  daily_balances: 'account, currency, revenue_stream, posting_date',
  account_balances: 'account, currency, customer_id',
};

async function balanceFaults(pool: BenchDatabase['pool']): Promise<string[]> {
  const faults: string[] = [];
  for (const [table, key] of Object.entries(BALANCES)) {
    const wrong = await single(
      pool,
      `select count(*) from (select ${key}, debit, credit from read.${table}) b
       full join (
         select ${key}, sum(greatest(amount, 0)) as debit, -sum(least(amount, 0)) as credit
         from read.postings group by ${key}) p
       using (${key})
       where (b.debit, b.credit) is distinct from (p.debit, p.credit)`,
    );
    faults.push(...fault(wrong === '0', `${wrong} sums in ${table} are not those of the postings`));
  }
  return faults;
}
