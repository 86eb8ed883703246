import { decimal } from '../../domain/kernel/money.ts';
import { drOrCr, journalEntry, nonZero } from '../journal-entry.ts';
import { type PostingRule, STREAM } from './rule.ts';

/** The rated change of a month to date, meter by meter: USE-1, after the invoice USE-4, falling always USE-11. */
export const postUsageAccrued: PostingRule<'usage.accrued'> = ({ data, effectiveAt }) => {
  const { customerId, currency, month, late, lines } = data;
  const postings = nonZero(
    lines.flatMap(({ meter, delta }) => {
      const dimensions = { customerId, revenueStream: STREAM.usage, meter, servicePeriod: month };
      return [drOrCr('1210', delta, dimensions), drOrCr('4020', decimal(delta).neg(), dimensions)];
    }),
  );
  if (postings.length === 0) return undefined;
  const change = lines.reduce((sum, line) => sum.plus(line.delta), decimal(0));
  const template = change.lt(0) ? 'USE-11' : late ? 'USE-4' : 'USE-1';
  return journalEntry({
    template: `${template}@1`,
    currency,
    effectiveAt,
    description: `Usage of ${month}`,
    postings,
  });
};
