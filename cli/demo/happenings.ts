import { TIERS, type Tier } from '../../domain/catalogue/types.ts';
import type { DomainEvent, EventData, EventType } from '../../domain/events.ts';
import { decimal } from '../../domain/kernel/money.ts';
import { decode } from '../../eventstore/codec.ts';
import type { EventStore, StoredEvent } from '../../eventstore/port.ts';

/** How often something happened, under the name that a reader would give it. */
export interface Happening {
  readonly chapter: string;
  readonly name: string;
  readonly count: number;
}

interface Kind {
  readonly name: string;
  readonly type: EventType;
  is(event: DomainEvent, stored: StoredEvent): boolean;
}

function kind<Type extends EventType>(
  name: string,
  type: Type,
  is: (data: EventData<Type>, stored: StoredEvent) => boolean = () => true,
): Kind {
  return { name, type, is: (event, stored) => is(event.data as EventData<Type>, stored) };
}

/** Above zero: to a higher tier. */
function rise({ tier, fromTier }: EventData<'subscription.changed'>): number {
  return TIERS.indexOf(tier as Tier) - TIERS.indexOf(fromTier as Tier);
}

/** Invoices that are counted by themselves. */
const APART: ReadonlySet<string> = new Set(['monthly', 'usage', 'cancellation']);

const CHAPTERS: Readonly<Record<string, readonly Kind[]>> = {
  Subscriptions: [
    kind('sign-ups', 'customer.registered'),
    kind('begun on trial', 'subscription.started', ({ trialEndsAt }) => trialEndsAt !== null),
    kind('trials that converted', 'subscription.trial_converted'),
    kind('begun on a paid plan', 'subscription.started', ({ charge }) => charge !== null),
    kind('by contract', 'subscription.started', ({ contract }) => contract !== null),
    kind('come back after leaving', 'subscription.started', (_data, { revision }) => revision > 0),
    kind('upgrades', 'subscription.changed', (data) => rise(data) > 0),
    kind('downgrades', 'subscription.changed', (data) => rise(data) < 0),
    kind('to another billing cycle', 'subscription.changed', (data) => rise(data) === 0),
    kind('changes invoiced at once', 'subscription.changed', (data) => data.settlement === 'invoice'),
    kind('changes on the next invoice', 'subscription.changed', (data) => data.settlement === 'nextInvoice'),
    kind('changes credited at once', 'subscription.changed', (data) => data.settlement === 'creditNote'),
    kind('changes between two periods', 'subscription.changed', (data) => data.settlement === 'none'),
    kind('changes scheduled', 'subscription.change_scheduled'),
    kind('scheduled changes withdrawn', 'subscription.scheduled_change_cancelled'),
    kind('months renewed', 'subscription.renewed', ({ billingCycle }) => billingCycle === 'monthly'),
    kind('years renewed', 'subscription.renewed', ({ billingCycle }) => billingCycle === 'annual'),
    kind('coupons', 'subscription.coupon_applied'),
    kind('pauses', 'subscription.paused'),
    kind('resumed', 'subscription.resumed'),
    kind('cancellations scheduled', 'subscription.cancellation_scheduled'),
    kind('cancellations withdrawn', 'subscription.cancellation_withdrawn'),
    kind('ended, the rest earned or nothing left', 'subscription.cancelled', ({ voluntary, refund }) => {
      return voluntary && refund === 'none';
    }),
    kind('ended, the rest refunded', 'subscription.cancelled', ({ refund }) => refund === 'unused'),
    kind('ended by dunning', 'subscription.cancelled', ({ voluntary }) => !voluntary),
    kind('tenants requested', 'subscription.tenant_requested'),
  ],
  Usage: [
    kind('facts counted', 'usage.recorded'),
    kind('facts in quarantine', 'usage.quarantined'),
    kind('facts released', 'usage.released'),
    kind('corrections', 'usage.corrected'),
    kind('accruals', 'usage.accrued'),
    kind('credited after the invoice', 'usage.credited'),
    kind('alerts', 'usage.alert_raised', ({ direction }) => direction === 'up'),
    kind('alerts taken back', 'usage.alert_raised', ({ direction }) => direction === 'down'),
    kind('alert thresholds of their own', 'usage.alert_set'),
    kind('prices of their own', 'usage.price_overridden'),
    kind('commitments', 'usage.commitment_set'),
  ],
  Invoices: [
    kind('of a sign-up, change or resumption', 'invoice.finalized', (data) => !APART.has(data.kind)),
    kind('monthly', 'invoice.finalized', (data) => data.kind === 'monthly'),
    kind('of usage alone', 'invoice.finalized', (data) => data.kind === 'usage'),
    kind('final, of a cancellation', 'invoice.finalized', (data) => data.kind === 'cancellation'),
    kind('credit notes for goodwill', 'credit_note.issued', ({ cause }) => cause === 'goodwill'),
    kind('credit notes for usage', 'credit_note.issued', ({ cause }) => cause === 'usage'),
    kind('credit notes for unused time', 'credit_note.issued', ({ cause }) => {
      return cause !== 'goodwill' && cause !== 'usage';
    }),
    kind('voided', 'invoice.voided'),
    kind('written off', 'invoice.written_off'),
  ],
  Money: [
    kind('payments', 'invoice.payment_received'),
    kind('overpayments', 'invoice.payment_received', ({ excess }) => decimal(excess).gt(0)),
    kind('payments that failed', 'payment.failed'),
    kind('recovered after a write-off', 'invoice.payment_recovered'),
    kind('settled by wallet', 'invoice.funds_applied', ({ wallet }) => decimal(wallet).gt(0)),
    kind('settled by credit balance', 'invoice.funds_applied', ({ credit }) => decimal(credit).gt(0)),
    kind('refunds', 'refund.created'),
    kind('refunds settled', 'refund.settled'),
    kind('refunds that failed', 'refund.failed'),
    kind('refunds of the credit balance', 'credit.refund_requested'),
    kind('wallet top-ups', 'wallet.topped_up'),
    kind('wallet expired', 'wallet.expired'),
    kind('promotional credit granted', 'credit.granted'),
    kind('promotional credit used', 'promotion.used'),
    kind('promotional credit expired', 'grant.expired'),
  ],
  Dunning: [
    kind('past due', 'dunning.advanced', ({ step }) => step === 'past_due'),
    kind('in grace', 'dunning.advanced', ({ step }) => step === 'grace'),
    kind('restricted', 'dunning.advanced', ({ step }) => step === 'restricted'),
    kind('suspended', 'dunning.advanced', ({ step }) => step === 'suspended'),
    kind('given up', 'dunning.advanced', ({ step }) => step === 'cancelled'),
    kind('attempts to collect', 'payment.requested'),
    kind('service given back', 'subscription.reinstated'),
  ],
  Others: [
    kind('features on loan', 'entitlement.granted'),
    kind('loans and overrides ended early', 'entitlement.revoked'),
    kind('features overridden', 'entitlement.overridden'),
    kind('payment methods attached', 'customer.payment_method_attached'),
    kind('finance inputs', 'finance.input_recorded'),
  ],
};

const PAGE = 5_000;

/** Counts what happened, from the log: every kind is in the answer, also one that never happened. */
export async function countHappenings(store: EventStore): Promise<readonly Happening[]> {
  const kinds = Object.entries(CHAPTERS).flatMap(([chapter, ofChapter]) =>
    ofChapter.map((one) => ({ chapter, ...one, count: 0 })),
  );
  const byType = Map.groupBy(kinds, ({ type }) => type);
  for (let after = 0; ; ) {
    const page = await store.readAll(after, PAGE);
    for (const stored of page) {
      const counted = byType.get(stored.type as EventType);
      if (counted === undefined) continue;
      const event = decode(stored);
      for (const one of counted) if (one.is(event, stored)) one.count += 1;
    }
    const last = page.at(-1);
    if (last === undefined) break;
    after = last.position;
  }
  return kinds.map(({ chapter, name, count }) => ({ chapter, name, count }));
}
