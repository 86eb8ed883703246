import type { subscriptionEvents } from '../../domain/subscriptions/events.ts';
import { evolveSubscription, noSubscription } from '../../domain/subscriptions/state.ts';
import type { Recorded } from '../recorded.ts';
import type { RowFold } from '../runtime/rows.ts';
import type { CustomerRow, SubscriptionRow } from './tables.ts';

export const customerFold: RowFold<Recorded<'customer.registered'>, CustomerRow> = {
  table: 'customers',
  keyColumns: ['customer_id'],
  keyOf: ({ data }) => ({ customer_id: data.customerId }),
  evolve: (_row, { data, effectiveAt, revision, position }) => ({
    customer_id: data.customerId,
    subject_id: data.subjectId,
    currency: data.currency,
    tax_rate: data.taxRate,
    payment_method: data.paymentMethod,
    registered_at: effectiveAt,
    revision,
    position: String(position),
  }),
};

type SubscriptionRecord = Recorded<keyof typeof subscriptionEvents>;

export const subscriptionFold: RowFold<SubscriptionRecord, SubscriptionRow> = {
  table: 'subscriptions',
  keyColumns: ['customer_id'],
  keyOf: ({ data }) => ({ customer_id: data.customerId }),
  evolve(row, event) {
    const state = evolveSubscription(row?.state ?? noSubscription, event);
    if (state.status === 'none') {
      throw new Error(`${event.type} at ${event.position}: the customer has no subscription`);
    }
    return {
      customer_id: state.customerId,
      subscription_id: state.subscriptionId,
      status: state.status,
      tier: state.tier,
      billing_cycle: state.billingCycle,
      price: state.price,
      currency: state.currency,
      tax_rate: state.taxRate,
      trial_ends_at: state.trialEndsAt,
      charge_from: state.charge?.from ?? null,
      charge_to: state.charge?.to ?? null,
      charge_invoice_id: state.charge?.invoiceId ?? null,
      scheduled_tier: state.scheduled?.toTier ?? null,
      scheduled_at: state.scheduled?.at ?? null,
      state,
      revision: event.revision,
      position: String(event.position),
    };
  },
};
