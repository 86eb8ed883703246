import type { Instant } from '../domain/kernel/time.ts';
import type { Charge, Contract, Credit, Discount } from '../domain/subscriptions/events.ts';
import type { Coupon, OpenSubscription, SubscriptionStatus } from '../domain/subscriptions/state.ts';
import { mintId } from './envelope.ts';
import type { RecordedEvent } from './pipeline.ts';

export interface SubscriptionView {
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly status: SubscriptionStatus;
  readonly tier: string;
  readonly billingCycle: 'monthly' | 'annual';
  /** Recurring price of a month or term, after discount, net of tax. */
  readonly price: string;
  /** As agreed: before discount, with tax where prices include it. */
  readonly listPrice: string;
  readonly currency: string;
  readonly taxInclusive: boolean;
  readonly catalogueVersion: string;
  readonly contract: Contract | null;
  /** Of the running price. */
  readonly discount: Discount | null;
  /** Lowers the charges that begin in its time; stays after its end until another one follows. */
  readonly coupon: Coupon | null;
  readonly trialEndsAt: Instant | null;
  readonly scheduledChange: {
    readonly tier: string;
    readonly billingCycle: 'monthly' | 'annual';
    readonly at: Instant;
  } | null;
  /** When the subscription ends, if that is asked for. */
  readonly endsAt: Instant | null;
  readonly pausedAt: Instant | null;
  readonly paidThrough: Instant | null;
  /** Prorations that wait for the next invoice, net. */
  readonly deferred: readonly { readonly description: string; readonly amount: string }[];
  /** What this command charges and credits, if it moves money. */
  readonly charge: Charge | null;
  readonly credit: Credit | null;
  readonly settlement: 'none' | 'invoice' | 'creditNote' | 'nextInvoice';
  /** True if this command asked for a tenant of the customer's own. */
  readonly tenantRequested: boolean;
}

/** The subscription as its state says. */
export function viewOfState(state: OpenSubscription): SubscriptionView {
  const { customerId, subscriptionId, status, tier, billingCycle, price, listPrice, currency } = state;
  const { taxInclusive, catalogueVersion, contract, discount, trialEndsAt, pausedAt } = state;
  const { scheduled, charge, cancellation, coupon } = state;
  return {
    customerId,
    subscriptionId,
    status,
    tier,
    billingCycle,
    price,
    listPrice,
    currency,
    taxInclusive,
    catalogueVersion,
    contract,
    discount,
    coupon,
    trialEndsAt,
    scheduledChange:
      scheduled === null
        ? null
        : { tier: scheduled.toTier, billingCycle: scheduled.toBillingCycle, at: scheduled.at },
    endsAt: cancellation?.at ?? null,
    pausedAt,
    paidThrough: charge?.to ?? null,
    deferred: state.prorations.map(({ description, amount }) => ({ description, amount })),
    charge: null,
    credit: null,
    settlement: 'none',
    tenantRequested: false,
  };
}

/** As a command left it: the state that its events gave, and what they charge and credit. */
export function viewAfter(state: OpenSubscription, events: readonly RecordedEvent[]): SubscriptionView {
  return events.reduce(withMoney, viewOfState(state));
}

/** True if what is resumed is charged anew, on an invoice of its own; else it is the frozen rest of a term. */
export function isNewCharge({
  data,
  metadata,
}: Extract<RecordedEvent, { type: 'subscription.resumed' }>): boolean {
  return data.charge.invoiceId === mintId('inv', metadata.commandId);
}

function withMoney(view: SubscriptionView, event: RecordedEvent): SubscriptionView {
  switch (event.type) {
    case 'subscription.started': {
      const { charge } = event.data;
      return { ...view, charge, settlement: charge === null ? 'none' : 'invoice' };
    }
    case 'subscription.changed': {
      const { charge, credit, settlement } = event.data;
      return { ...view, charge, credit, settlement };
    }
    case 'subscription.trial_converted':
    case 'subscription.renewed':
      return { ...view, charge: event.data.charge, settlement: 'invoice' };
    case 'subscription.resumed': {
      const { charge } = event.data;
      return { ...view, charge, settlement: isNewCharge(event) ? 'invoice' : 'none' };
    }
    case 'subscription.paused':
    case 'subscription.cancelled':
      return { ...view, credit: event.data.credit };
    case 'subscription.tenant_requested':
      return { ...view, tenantRequested: true };
    default:
      return view;
  }
}
