import { decimal } from '../../domain/kernel/money.ts';
import type { AccountCode } from '../chart-of-accounts.ts';
import { drOrCr, journalEntry } from '../journal-entry.ts';
import type { PostingRule } from './rule.ts';

/** What is expected not to be paid of receivables: filled by provisions, used by write-offs. */
export const ALLOWANCE: AccountCode = '1205';

/** Expected loss on receivables: what is required less what is there (DUN-2); a lower one is released. */
export const postProvision: PostingRule<'provision.posted'> = ({ data, effectiveAt }) => {
  const { month, currency, change } = data;
  return journalEntry({
    template: 'DUN-2@1',
    currency,
    effectiveAt,
    description: `Ageing provision of ${month}`,
    postings: [drOrCr('5100', change), drOrCr(ALLOWANCE, decimal(change).neg())],
  });
};
