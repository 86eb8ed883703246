import { type AccountCode, accounts } from './chart-of-accounts.ts';

interface RevenueStream {
  /** 1 to 13, as postings carry it. */
  readonly number: number;
  readonly name: string;
}

/** The 13 revenue streams. Acquisitions consolidate books and bill nothing. */
const revenueStreams: readonly RevenueStream[] = [
  'Core subscriptions',
  'Usage',
  'Marketplace commissions',
  'Vertical editions',
  'Data products',
  'White-label',
  'Lending',
  'Enterprise tenancy',
  'Payment processing',
  'Insurance commissions',
  'Professional services',
  'Data feeds',
  'Acquisitions',
].map((name, index) => ({ number: index + 1, name }));

/** Name of a stream; what belongs to none is `Unassigned`. */
export function streamName(number: number): string {
  return revenueStreams[number - 1]?.name ?? 'Unassigned';
}

/** Accounts that make up net revenue: revenue less its contra accounts, in the order of their codes. */
export const revenueAccounts: readonly AccountCode[] = accounts
  .filter(({ type }) => type === 'revenue' || type === 'contra_revenue')
  .map(({ code }) => code);
