import { decimal } from '../../domain/kernel/money.ts';
import { monthOf } from '../../domain/kernel/time.ts';
import type { subscriptionEvents } from '../../domain/subscriptions/events.ts';
import {
  evolveSubscription,
  noSubscription,
  type OpenSubscription,
} from '../../domain/subscriptions/state.ts';
import { STREAM } from '../../ledger/posting/rule.ts';
import type { Recorded } from '../recorded.ts';
import type { MovementKind, MrrCurrentRow, MrrMovementRow } from './tables.ts';

export type SubscriptionRecord = Recorded<keyof typeof subscriptionEvents>;

/** What a customer's recurring revenue rests on. */
export interface Recurring {
  readonly state: OpenSubscription;
  readonly current: MrrCurrentRow;
}

const CENTS = 100;
const MONTHS = 12;

/** Recurring amount of a year in cents, net of tax: exact for months and years. Trials and Free have none. */
export function arrMinor({ status, price, billingCycle }: OpenSubscription): bigint {
  if (status === 'trialing') return 0n;
  const cents = decimal(price).times(CENTS);
  return BigInt((billingCycle === 'monthly' ? cents.times(MONTHS) : cents).toFixed(0));
}

/** The customer after an event, and the movement if its recurring amount changed. */
export function move(
  before: Recurring | undefined,
  event: SubscriptionRecord,
): { readonly after: Recurring; readonly movement: MrrMovementRow | undefined } {
  const state = evolveSubscription(before?.state ?? noSubscription, event);
  if (state.status === 'none') {
    throw new Error(`${event.type} at ${event.position}: the customer has no subscription`);
  }
  const was = BigInt(before?.current.arr_minor ?? 0);
  const is = arrMinor(state);
  const firstAt = before?.current.first_at ?? null;
  const common = { customer_id: state.customerId, revenue_stream: STREAM.subscriptions };
  const current = {
    ...common,
    arr_minor: String(is),
    tier: state.tier,
    first_at: firstAt ?? (is > 0n ? event.effectiveAt : null),
    position: String(event.position),
  };
  const after = { state, current };
  if (is === was) return { after, movement: undefined };
  const movement = {
    ...common,
    position: String(event.position),
    seq: 0,
    kind: kindOf(was, is, firstAt === null),
    delta_arr_minor: String(is - was),
    after_arr_minor: String(is),
    at: event.effectiveAt,
    month: monthOf(event.effectiveAt),
    event_id: event.id,
    tier_from: before?.state.tier ?? null,
    tier_to: state.tier,
  };
  return { after, movement };
}

function kindOf(was: bigint, is: bigint, never: boolean): MovementKind {
  if (was === 0n) return never ? 'new' : 'reactivation';
  if (is === 0n) return 'churn';
  return is > was ? 'expansion' : 'contraction';
}
