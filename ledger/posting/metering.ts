import { decimal } from '../../domain/kernel/money.ts';
import { MINIMUM_COMMITMENT } from '../../domain/metering/rating-decider.ts';
import { drOrCr, journalEntry, nonZero } from '../journal-entry.ts';
import { type PostingRule, STREAM } from './rule.ts';

/**
 * The rated change of a month to date, meter by meter: USE-1, after the invoice USE-4, falling always USE-11; what a
 * commitment asks for on top, alone, USE-10.
 */
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
  const rising = lines.every(({ meter }) => meter === MINIMUM_COMMITMENT)
    ? 'USE-10'
    : late
      ? 'USE-4'
      : 'USE-1';
  const template = change.lt(0) ? 'USE-11' : rising;
  return journalEntry({
    template: `${template}@1`,
    currency,
    effectiveAt,
    description: `Usage of ${month}`,
    postings,
  });
};
