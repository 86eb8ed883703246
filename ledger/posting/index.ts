import type { DomainEvent, EventType } from '../../domain/events.ts';
import type { JournalEntry } from '../journal-entry.ts';
import { postCreditNote, postInvoiceVoided } from './credit-notes.ts';
import {
  postCreditRefundFailed,
  postCreditRefundRequested,
  postCreditRefundSettled,
  postPromotionReturned,
  postPromotionUsed,
  postWalletExpired,
  postWalletToppedUp,
} from './credits.ts';
import { postInvoiceFinalized, postProrationDeferred, postRevenueReleased } from './invoicing.ts';
import { postUsageAccrued } from './metering.ts';
import { postProvision } from './provision.ts';
import {
  postFundsApplied,
  postPaymentReceived,
  postPaymentRecovered,
  postRefundCreated,
  postRefundFailed,
  postRefundSettled,
  postWrittenOff,
} from './receivables.ts';
import { memo, type PostingRules } from './rule.ts';

const rules: PostingRules = {
  'clock.opened': memo,
  'clock.advanced': memo,
  'customer.registered': memo,
  'customer.payment_method_attached': memo,
  'subscription.started': memo,
  'subscription.trial_converted': memo,
  'subscription.changed': memo,
  'subscription.change_scheduled': memo,
  'subscription.scheduled_change_cancelled': memo,
  'subscription.renewed': memo,
  'entitlement.overridden': memo,
  'entitlement.granted': memo,
  'entitlement.revoked': memo,
  'subscription.coupon_applied': memo,
  'subscription.cancellation_scheduled': memo,
  'subscription.cancellation_withdrawn': memo,
  'subscription.cancelled': memo,
  'subscription.paused': memo,
  'subscription.resumed': memo,
  'subscription.suspended': memo,
  'subscription.overdue_settled': memo,
  'subscription.reinstated': memo,
  'subscription.tenant_requested': memo,
  'subscription.prorations_billed': memo,
  'usage.recorded': memo,
  'usage.quarantined': memo,
  'usage.released': memo,
  'usage.corrected': memo,
  'usage.accrued': postUsageAccrued,
  'usage.billed': memo,
  'usage.credited': memo,
  'usage.price_overridden': memo,
  'usage.commitment_set': memo,
  'usage.alert_set': memo,
  'usage.alert_raised': memo,
  'invoice.drafted': memo,
  'invoice.draft_discarded': memo,
  'invoice.finalized': postInvoiceFinalized,
  'invoice.payment_received': postPaymentReceived,
  'invoice.funds_applied': postFundsApplied,
  'invoice.voided': postInvoiceVoided,
  'invoice.written_off': postWrittenOff,
  'invoice.payment_recovered': postPaymentRecovered,
  'revenue.released': postRevenueReleased,
  'schedule.handed_over': memo,
  'finance.input_recorded': memo,
  'schedule.rescheduled': memo,
  'proration.deferred': postProrationDeferred,
  'credit_note.issued': postCreditNote,
  'refund.created': postRefundCreated,
  'refund.settled': postRefundSettled,
  'refund.failed': postRefundFailed,
  'payment.failed': memo,
  'payment.requested': memo,
  'dunning.advanced': memo,
  'provision.posted': postProvision,
  'wallet.topped_up': postWalletToppedUp,
  'wallet.expired': postWalletExpired,
  'credit.granted': memo,
  'grant.expired': memo,
  'credit.added': memo,
  'funds.used': memo,
  'funds.returned': memo,
  'promotion.used': postPromotionUsed,
  'promotion.returned': postPromotionReturned,
  'credit.refund_requested': postCreditRefundRequested,
  'credit.refund_settled': postCreditRefundSettled,
  'credit.refund_failed': postCreditRefundFailed,
};

/**
 * The journal entry of an event; undefined for a memo and where every amount is zero.
 * @throws InvalidEntryError when a rule would build an entry that may not exist
 */
export function postingFor(event: DomainEvent): JournalEntry | undefined {
  const rule = rules[event.type];
  if (rule === memo) return undefined;
  return (rule as (event: DomainEvent) => JournalEntry | undefined)(event);
}

/** True if events of this type carry no entry, ever. */
export function isMemo(type: EventType): boolean {
  return rules[type] === memo;
}
