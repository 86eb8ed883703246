import type { BillingCycle, Tier } from '../../domain/catalogue/types.ts';
import { anniversary, type Instant, monthEnd, monthOf } from '../../domain/kernel/time.ts';
import { termsAt, termsOf } from '../../domain/subscriptions/pricing.ts';
import type { OpenSubscription } from '../../domain/subscriptions/state.ts';
import { amountOf, type RecurringAmount } from './amounts.ts';
import type { MrrDatabase } from './filter.ts';
import { annualised, arrMinor, isEarning } from './recurring.ts';

export type ScheduledKind = 'expansion' | 'contraction' | 'churn';

/** Something that is agreed and has not come yet. */
export interface ScheduledMovement {
  readonly customerId: string;
  readonly at: Instant;
  readonly kind: ScheduledKind;
  readonly subKind: 'change' | 'discount' | 'discount-ended' | 'cancellation';
  readonly fromTier: string;
  readonly toTier: string;
  readonly delta: RecurringAmount;
}

/** `current` + expansion + contraction + churn = `committed`, exactly in `arrMinor`. */
export interface CommittedMrr extends Readonly<Record<ScheduledKind, RecurringAmount>> {
  readonly current: RecurringAmount;
  readonly committed: RecurringAmount;
  /** What running trials would bring if all of them converted; in none of the sums. */
  readonly trials: RecurringAmount;
  /** In the order of their time. */
  readonly scheduled: readonly ScheduledMovement[];
}

/** True while something is agreed that will change the recurring amount, or a trial runs. */
export function isPending(state: OpenSubscription): boolean {
  const { status, scheduled, cancellation, coupon } = state;
  return status === 'trialing' || scheduled !== null || cancellation !== null || coupon !== null;
}

export async function committedMrr(db: MrrDatabase): Promise<CommittedMrr> {
  const { total } = await db
    .selectFrom('mrr_customers')
    .select(({ fn }) => fn.sum<string | null>('arr_minor').as('total'))
    .executeTakeFirstOrThrow();
  const pending = await db
    .selectFrom('mrr_subscriptions')
    .select('state')
    .where('pending', '=', true)
    .execute();
  const current = BigInt(total ?? 0);
  const scheduled = pending
    .flatMap(({ state }) => scheduledMovements(state))
    .sort((a, b) => (a.at === b.at ? compare(a.customerId, b.customerId) : compare(a.at, b.at)));
  const sumOf = (kind: ScheduledKind) =>
    scheduled.reduce((sum, movement) => (movement.kind === kind ? sum + movement.delta.arrMinor : sum), 0n);
  const [expansion, contraction, churn] = [sumOf('expansion'), sumOf('contraction'), sumOf('churn')];
  const trials = pending.reduce((sum, { state }) => sum + trialAmount(state), 0n);
  return {
    current: amountOf(current),
    expansion: amountOf(expansion),
    contraction: amountOf(contraction),
    churn: amountOf(churn),
    committed: amountOf(current + expansion + contraction + churn),
    trials: amountOf(trials),
    scheduled,
  };
}

/**
 * What is agreed, step by step, for a subscription that is neither on trial nor paused. A discount that ends is an
 * expansion that is agreed: a cheap or free first month does not lower what is committed.
 */
export function scheduledMovements(state: OpenSubscription): ScheduledMovement[] {
  if (!isEarning(state)) return [];
  let was = arrMinor(state);
  let tier = state.tier;
  return stepsOf(state).flatMap(({ at, subKind, ends, terms }) => {
    const is = ends || terms === undefined ? 0n : annualised(terms.price, terms.billingCycle);
    const delta = is - was;
    const step = { customerId: state.customerId, at, subKind, fromTier: tier, toTier: terms?.tier ?? 'none' };
    was = is;
    tier = step.toTier;
    if (delta === 0n) return [];
    const kind = delta > 0n ? 'expansion' : is === 0n ? 'churn' : 'contraction';
    return [{ ...step, kind, delta: amountOf(delta) }];
  });
}

interface Step {
  readonly at: Instant;
  readonly subKind: ScheduledMovement['subKind'];
  readonly ends: boolean;
  readonly terms: Pick<OpenSubscription, 'tier' | 'price' | 'billingCycle'> | undefined;
}

function stepsOf(state: OpenSubscription): Step[] {
  const { scheduled, cancellation } = state;
  const agreed: readonly (readonly [Step['subKind'], Instant | null | undefined])[] = [
    ['change', scheduled?.at],
    ...discountSteps(state),
    ['cancellation', cancellation?.at],
  ];
  return agreed
    .flatMap(([subKind, at]) => (at === null || at === undefined ? [] : [{ subKind, at }]))
    .filter(({ at }) => cancellation === null || at <= cancellation.at)
    .sort((a, b) => compare(a.at, b.at))
    .map(({ at, subKind }) => {
      const ends = cancellation !== null && at >= cancellation.at;
      const terms = ends ? undefined : termsFrom(state, at);
      return { at, subKind: ends ? 'cancellation' : subKind, ends, terms };
    });
}

/** A coupon is in the price of charges that begin while it holds; one that has ended is in none. */
function discountSteps(state: OpenSubscription): [Step['subKind'], Instant][] {
  const { coupon, discount } = state;
  if (coupon === null) return [];
  const holds = discount?.couponId === coupon.couponId;
  const starts = chargeFrom(state, coupon.from);
  if (!holds && coupon.until !== null && starts >= coupon.until) return [];
  const steps: [Step['subKind'], Instant][] = holds ? [] : [['discount', starts]];
  if (coupon.until !== null) steps.push(['discount-ended', chargeFrom(state, coupon.until)]);
  return steps;
}

/** When the first charge begins that is not made yet, at an instant or after it. */
function chargeFrom({ charge, billingCycle }: OpenSubscription, instant: Instant): Instant {
  if (charge === null) return instant;
  let begins = charge.to;
  while (begins < instant) {
    begins = billingCycle === 'monthly' ? monthEnd(monthOf(begins)) : anniversary(begins, 1);
  }
  return begins;
}

function termsFrom(state: OpenSubscription, at: Instant) {
  const { scheduled, coupon } = state;
  if (scheduled === null || at < scheduled.at) return termsAt(state, at);
  const plan = {
    tier: scheduled.toTier as Tier,
    billingCycle: scheduled.toBillingCycle as BillingCycle,
    contract: scheduled.contract,
  };
  return termsOf(state, plan, coupon, at);
}

/** What a running trial would recur at once it converts. */
function trialAmount(state: OpenSubscription): bigint {
  const { status, cancellation, trialEndsAt } = state;
  if (status !== 'trialing' || trialEndsAt === null || cancellation !== null) return 0n;
  const terms = termsFrom(state, trialEndsAt);
  return annualised(terms.price, terms.billingCycle);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
