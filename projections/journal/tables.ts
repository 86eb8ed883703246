export const JOURNAL_TABLES = ['journal_entries', 'postings', 'daily_balances', 'account_balances'] as const;

/** Rows as `pg` gives them: bigint as decimal strings, timestamptz as Date. Amounts in micros. */
export interface JournalTables {
  'read.journal_entries': JournalEntryTable;
  'read.postings': PostingTable;
  'read.daily_balances': DailyBalanceTable;
  'read.account_balances': AccountBalanceTable;
}

export interface JournalEntryTable {
  entry_no: string;
  customer_id: string;
  position: string;
  event_id: string;
  type: string;
  stream: string;
  revision: number;
  template: string;
  description: string;
  currency: string;
  effective_at: Date;
  recorded_at: Date;
  posting_at: Date;
  posting_date: string;
  period: string;
  actor: string;
  command_id: string;
}

export interface PostingTable {
  account: string;
  customer_id: string;
  posting_at: Date;
  entry_no: string;
  line_no: number;
  posting_date: string;
  /** Debit positive, credit negative. */
  amount: string;
  currency: string;
  revenue_stream: number;
  meter: string;
  partner_id: string;
  loan_id: string;
  service_period: string;
}

export interface DailyBalanceTable {
  account: string;
  currency: string;
  revenue_stream: number;
  posting_date: string;
  debit: string;
  credit: string;
}

export interface AccountBalanceTable {
  account: string;
  currency: string;
  customer_id: string;
  debit: string;
  credit: string;
}
