import { adjustmentFollowUps } from './adjustments.ts';
import { customerFollowUps } from './customers.ts';
import { dunningFollowUps } from './dunning.ts';
import { combineFollowUps } from './follow-ups.ts';
import { fundsFollowUps } from './funds.ts';
import { meteringFollowUps } from './metering-follow-ups.ts';
import { monthlyInvoiceFollowUps } from './monthly-invoice.ts';
import { subscriptionFollowUps } from './subscription-follow-ups.ts';

/** What follows from events, of every engine. Several may follow from the same event: they run in this order. */
export const allFollowUps = combineFollowUps(
  customerFollowUps,
  subscriptionFollowUps,
  monthlyInvoiceFollowUps,
  adjustmentFollowUps,
  fundsFollowUps,
  dunningFollowUps,
  meteringFollowUps,
);
