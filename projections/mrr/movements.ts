import { monthOf } from '../../domain/kernel/time.ts';
import {
  evolveSubscription,
  noSubscription,
  type OpenSubscription,
} from '../../domain/subscriptions/state.ts';
import { STREAM } from '../../ledger/posting/rule.ts';
import type { SubscriptionRecord } from '../recorded.ts';
import { arrMinor, kindOf, subKindOf } from './recurring.ts';
import type { MrrCurrentRow, MrrCustomerRow, MrrMovementRow } from './tables.ts';

/** What a customer's recurring revenue rests on. */
export interface Recurring {
  readonly state: OpenSubscription;
  readonly current: MrrCurrentRow;
  /** All its streams together. */
  readonly customer: MrrCustomerRow;
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
  const { customerId, status, tier } = state;
  const place = { customer_id: customerId, position: String(event.position) };
  const was = BigInt(before?.current.arr_minor ?? 0);
  const is = arrMinor(state);
  const delta = is - was;
  const totalWas = BigInt(before?.customer.arr_minor ?? 0);
  const total = totalWas + delta;
  const first = (row: { readonly first_at: string | null } | undefined, amount: bigint) =>
    row?.first_at ?? (amount > 0n ? event.effectiveAt : null);
  const current = {
    ...place,
    revenue_stream: STREAM.subscriptions,
    arr_minor: String(is),
    tier,
    status,
    first_at: first(before?.current, is),
  };
  const customer = { ...place, arr_minor: String(total), first_at: first(before?.customer, total) };
  const after = { state, current, customer };
  if (delta === 0n) return { after, movement: undefined };
  const never = (row: { readonly first_at: string | null } | undefined) => (row?.first_at ?? null) === null;
  const movement: MrrMovementRow = {
    ...place,
    revenue_stream: STREAM.subscriptions,
    seq: 0,
    kind: kindOf(totalWas, total, never(before?.customer)),
    stream_kind: kindOf(was, is, never(before?.current)),
    sub_kind: subKindOf(before?.state, state, event),
    delta_arr_minor: String(delta),
    after_arr_minor: String(is),
    total_arr_minor: String(total),
    at: event.effectiveAt,
    month: monthOf(event.effectiveAt),
    event_id: event.id,
    tier_from: before?.state.tier ?? null,
    tier_to: tier,
  };
  return { after, movement };
}
