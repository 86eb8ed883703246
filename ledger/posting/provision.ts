import { decimal } from '../../domain/kernel/money.ts';
import { drOrCr, journalEntry } from '../journal-entry.ts';
import type { PostingRule } from './rule.ts';

/** Expected loss on receivables: what is required less what is there (DUN-2); a lower one is released. */
export const postProvision: PostingRule<'provision.posted'> = ({ data, effectiveAt }) => {
  const { month, currency, change } = data;
  return journalEntry({
    template: 'DUN-2@1',
    currency,
    effectiveAt,
    description: `Ageing provision of ${month}`,
    postings: [drOrCr('5100', change), drOrCr('1205', decimal(change).neg())],
  });
};
