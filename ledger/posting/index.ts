import type { DomainEvent, EventType } from '../../domain/events.ts';
import type { JournalEntry } from '../journal-entry.ts';
import { postInvoiceFinalized, postPaymentReceived, postRevenueReleased } from './invoicing.ts';
import { postUsageAccrued } from './metering.ts';
import { memo, type PostingRules } from './rule.ts';

const rules: PostingRules = {
  'clock.opened': memo,
  'clock.advanced': memo,
  'customer.registered': memo,
  'subscription.started': memo,
  'subscription.trial_converted': memo,
  'subscription.changed': memo,
  'subscription.change_scheduled': memo,
  'subscription.scheduled_change_cancelled': memo,
  'subscription.renewed': memo,
  'usage.recorded': memo,
  'usage.quarantined': memo,
  'usage.accrued': postUsageAccrued,
  'usage.billed': memo,
  'invoice.finalized': postInvoiceFinalized,
  'invoice.payment_received': postPaymentReceived,
  'revenue.released': postRevenueReleased,
  'schedule.handed_over': memo,
  'finance.input_recorded': memo,
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
