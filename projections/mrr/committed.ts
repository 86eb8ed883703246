import { catalogueAt, priceOf } from '../../domain/catalogue/catalogue.ts';
import type { BillingCycle, Tier } from '../../domain/catalogue/types.ts';
import type { Instant } from '../../domain/kernel/time.ts';
import type { OpenSubscription } from '../../domain/subscriptions/state.ts';
import { amountOf, type RecurringAmount } from './amounts.ts';
import type { MrrDatabase } from './filter.ts';
import { annualised, arrMinor } from './recurring.ts';

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
  const { status, scheduled } = state;
  return status === 'trialing' || scheduled !== null;
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
 * What is agreed, step by step, for a subscription that has recurring revenue. A discount that ends is an
 * expansion that is agreed: a cheap first month does not lower what is committed.
 */
export function scheduledMovements(state: OpenSubscription): ScheduledMovement[] {
  let was = arrMinor(state);
  if (was === 0n) return [];
  let tier = state.tier;
  return stepsOf(state).flatMap(({ at, subKind, ends, terms }) => {
    const is = ends || terms === undefined ? 0n : annualised(terms.price, terms.billingCycle);
    const delta = is - was;
    const step = { customerId: state.customerId, at, subKind, fromTier: tier, toTier: terms?.tier ?? 'none' };
    was = is;
    tier = step.toTier;
    if (delta === 0n) return [];
    const kind = is === 0n ? 'churn' : delta > 0n ? 'expansion' : 'contraction';
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
  const { scheduled } = state;
  if (scheduled === null) return [];
  const { at } = scheduled;
  return [{ at, subKind: 'change', ends: false, terms: termsFrom(state, at) }];
}

function termsFrom(state: OpenSubscription, at: Instant) {
  const { scheduled } = state;
  if (scheduled === null || at < scheduled.at) return state;
  const { billingCycle } = state;
  const price = priceOf(catalogueAt(at), scheduled.toTier as Tier, billingCycle as BillingCycle);
  return { tier: scheduled.toTier, billingCycle, price };
}

/** What a running trial would recur at once it converts. */
function trialAmount(state: OpenSubscription): bigint {
  const { status, trialEndsAt } = state;
  if (status !== 'trialing' || trialEndsAt === null) return 0n;
  const terms = termsFrom(state, trialEndsAt);
  return annualised(terms.price, terms.billingCycle);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
