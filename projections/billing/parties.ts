import type { customerEvents } from '../../domain/customers/events.ts';
import { evolveSubscription, isFrozen, noSubscription } from '../../domain/subscriptions/state.ts';
import type { Recorded, SubscriptionRecord } from '../recorded.ts';
import type { RowFold } from '../runtime/rows.ts';
import type { CustomerRow, SubscriptionRow } from './tables.ts';

export const customerFold: RowFold<Recorded<keyof typeof customerEvents>, CustomerRow> = {
  table: 'customers',
  keyColumns: ['customer_id'],
  keyOf: ({ data }) => ({ customer_id: data.customerId }),
  evolve(row, { type, data, effectiveAt, revision, position }) {
    const place = { revision, position: String(position) };
    if (type === 'customer.payment_method_attached') {
      if (row === undefined) throw new Error(`${type} at ${position}: no customer ${data.customerId}`);
      return { ...row, payment_method: true, ...place };
    }
    return {
      customer_id: data.customerId,
      subject_id: data.subjectId,
      currency: data.currency,
      tax_rate: data.taxRate,
      tax_inclusive: data.taxInclusive,
      payment_method: data.paymentMethod,
      registered_at: effectiveAt,
      ...place,
    };
  },
};

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
      scheduled_at: isFrozen(state) ? null : (state.scheduled?.at ?? null),
      ends_at: isFrozen(state) ? null : (state.cancellation?.at ?? null),
      prorated_since: state.prorations[0]?.at ?? null,
      state,
      revision: event.revision,
      position: String(event.position),
    };
  },
};
