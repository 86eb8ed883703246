import { z } from 'zod';
import { decimal } from '../../domain/kernel/money.ts';
import type { PeriodSums } from '../../projections/mrr/retention.ts';
import { count, period } from '../routes/schemas.ts';
import { definitionOf } from './definitions.ts';
import { fromCents, rate, rateOf } from './figures.ts';

/** Rates of a period over what there was at its start. Amounts in them are ARR. */
export const retention = z
  .strictObject({
    from: period,
    to: period.describe('Both months are in.'),
    nrr: rate.describe(definitionOf('nrr')),
    grr: rate.describe(definitionOf('grr')),
    grossMrrChurn: rate.describe(definitionOf('grossMrrChurn')),
    netMrrChurn: rate.describe(definitionOf('netMrrChurn')),
    logoChurn: rate.describe(definitionOf('logoChurn')),
    lost: z
      .strictObject({ voluntary: count, involuntary: count, pause: count, discount: count })
      .describe('Customers lost, by the reason of the last churn of each. discount: one that left nothing.'),
    quickRatio: rate.describe(definitionOf('quickRatio')),
  })
  .meta({ id: 'Retention' });

/** The rates that `retention` describes. */
export function retentionOf(sums: PeriodSums): z.output<typeof retention> {
  const { from, to, opening, moved, payingAtStart, lost, lostBy } = sums;
  const gone = -(moved.churn + moved.contraction);
  const overOpening = (minor: bigint) => rateOf(fromCents(minor), fromCents(opening), 'nothing-at-start');
  const named = {
    involuntary: lostBy.involuntary ?? 0,
    pause: lostBy.pause ?? 0,
    discount: lostBy.discount ?? 0,
  };
  const voluntary = lost - named.involuntary - named.pause - named.discount;
  return {
    from,
    to,
    nrr: overOpening(sums.cohortClosing),
    grr: overOpening(sums.cohortKept),
    grossMrrChurn: overOpening(gone),
    netMrrChurn: overOpening(gone - moved.expansion - moved.reactivation),
    logoChurn: rateOf(decimal(lost), decimal(payingAtStart), 'nothing-at-start'),
    lost: { voluntary, ...named },
    quickRatio: rateOf(
      fromCents(moved.new + moved.expansion + moved.reactivation),
      fromCents(gone),
      'nothing-lost',
    ),
  };
}
