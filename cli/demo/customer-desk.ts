import type { Core } from '../../api/service/core.ts';
import { credits, invoices, subscriptions } from '../../commands/aggregate.ts';
import type { CommandResult } from '../../commands/context.ts';
import { grantCredit, refundCreditBalance, settleCreditRefund, topUpWallet } from '../../commands/credits.ts';
import { attachPaymentMethod } from '../../commands/customers.ts';
import { grantFeature, revokeFeatureGrant, setFeatureOverride } from '../../commands/entitlements.ts';
import { type Envelope, mintId } from '../../commands/envelope.ts';
import {
  applyCoupon,
  cancelSubscription,
  changeSubscriptionTier,
  createSubscription,
  pauseSubscription,
  resumeSubscription,
} from '../../commands/subscriptions.ts';
import { correctUsage } from '../../commands/usage-corrections.ts';
import { generateUsageInvoice } from '../../commands/usage-invoice.ts';
import { releaseQuarantinedUsage } from '../../commands/usage-quarantine.ts';
import { setMinimumCommitment, setPriceOverride, setUsageAlert } from '../../commands/usage-terms.ts';
import { isFinal } from '../../domain/invoicing/state.ts';
import type { RefusalCode } from '../../domain/kernel/decider.ts';
import { BOOK_CURRENCY, decimal } from '../../domain/kernel/money.ts';
import { addMillis, addMonths, DAY_MS, monthOf } from '../../domain/kernel/time.ts';
import { BillingReads } from '../../projections/billing/reads.ts';
import type { Customer } from './company.ts';
import { settleOne } from './invoice-desk.ts';
import { commandIdOf, envelopeOf, say } from './teller.ts';
import { latestFact } from './usage.ts';
import type { Move, Wish } from './wishes.ts';

const ALL = 1_000_000;
const PRIORITY = 50;

/** What can come of a customer's state when it asks: suspended by dunning, cancelled by it, paused, on Free. */
const OF_ITS_STATE: readonly RefusalCode[] = [
  'subscription-suspended',
  'subscription-not-found',
  'subscription-paused',
  'subscription-exists',
  'not-pausable',
  'coupon-active',
];

type WishOf<Kind extends Wish['kind']> = Extract<Wish, { kind: Kind }>;
type Desk<Kind extends Wish['kind']> = (
  core: Core,
  customer: Customer,
  wish: WishOf<Kind> & { readonly day: number },
) => Promise<void>;

/** Does what a customer wishes on a working day. */
export async function fulfil(core: Core, customer: Customer, move: Move): Promise<void> {
  const desk = DESKS[move.kind] as (core: Core, customer: Customer, move: Move) => Promise<void>;
  await desk(core, customer, move);
}

const DESKS: { readonly [Kind in Wish['kind']]: Desk<Kind> } = {
  change(core, { customerId }, { newTier, billingCycle, effectiveAt, prorate, contract, day }) {
    const input = {
      customerId,
      newTier,
      billingCycle: billingCycle ?? null,
      effectiveAt: effectiveAt ?? null,
      prorate: prorate ?? ('invoice' as const),
      contract: contract ?? null,
    };
    return ask(core, 'changeSubscriptionTier', day, input, (envelope) =>
      changeSubscriptionTier(core.context, input, envelope),
    );
  },
  cancel(core, { customerId }, { at, refund, reason, day }) {
    const input = { customerId, at, refund, reason };
    return ask(core, 'cancelSubscription', day, input, (envelope) =>
      cancelSubscription(core.context, input, envelope),
    );
  },
  pause(core, { customerId }, { day }) {
    return ask(core, 'pauseSubscription', day, { customerId }, (envelope) =>
      pauseSubscription(core.context, customerId, envelope),
    );
  },
  resume(core, { customerId }, { day }) {
    return ask(core, 'resumeSubscription', day, { customerId }, (envelope) =>
      resumeSubscription(core.context, customerId, envelope),
    );
  },
  return(core, { customerId }, { tier, billingCycle, day }) {
    const input = { customerId, tier, billingCycle, trialDays: 0 };
    return ask(core, 'createSubscription', day, input, (envelope) =>
      createSubscription(core.context, input, envelope),
    );
  },
  coupon(core, { customerId }, { couponId, percentOff, months, day }) {
    const input = { customerId, couponId, percentOff, months };
    return ask(core, 'applyCoupon', day, input, (envelope) => applyCoupon(core.context, input, envelope));
  },
  attachPaymentMethod(core, { customerId }, { day }) {
    return ask(core, 'attachPaymentMethod', day, { customerId }, (envelope) =>
      attachPaymentMethod(core.context, customerId, envelope),
    );
  },
  topUp(core, { customerId }, { amount, method, expiresInDays, day }) {
    const expiresAt = expiresInDays === null ? null : inDays(core, expiresInDays);
    const input = { customerId, amount, currency: BOOK_CURRENCY, method, priority: PRIORITY, expiresAt };
    return ask(core, 'topUpWallet', day, input, (envelope) => topUpWallet(core.context, input, envelope));
  },
  grantCredit(core, { customerId }, { amount, reason, expiresInDays, day }) {
    const expiresAt = inDays(core, expiresInDays);
    const input = { customerId, amount, currency: BOOK_CURRENCY, reason, priority: PRIORITY, expiresAt };
    return ask(core, 'grantCredit', day, input, (envelope) => grantCredit(core.context, input, envelope));
  },
  async refundCredit(core, { customerId }, { day }) {
    const { state, commands } = await core.context.pipeline.state(credits, customerId, 'fresh');
    if (decimal(state.credit).lte(0) || commands.has(commandIdOf('refundCreditBalance', [customerId, day])))
      return;
    const input = { customerId, amount: state.credit, currency: BOOK_CURRENCY };
    await ask(core, 'refundCreditBalance', day, input, (envelope) =>
      refundCreditBalance(core.context, input, envelope),
    );
  },
  async settleCreditRefund(core, { customerId }, { askedOn, outcome, day }) {
    const refundId = mintId('crf', commandIdOf('refundCreditBalance', [customerId, askedOn]));
    const { state } = await core.context.pipeline.state(credits, customerId, 'fresh');
    if (!state.refunds.some((refund) => refund.refundId === refundId)) return;
    const reason = outcome === 'failed' ? 'the account was closed' : '';
    const input = { customerId, refundId, outcome, reason };
    await ask(core, 'settleCreditRefund', day, input, (envelope) =>
      settleCreditRefund(core.context, customerId, refundId, outcome, envelope, reason),
    );
  },
  async settleRefunds(core, { customerId }, { outcome, day }) {
    const { invoices: own } = await new BillingReads(core.pool).listInvoices({ customerId, limit: ALL });
    for (const { invoiceId } of own) {
      const { state } = await core.context.pipeline.state(invoices, invoiceId, 'fresh');
      for (const { refundId, status } of isFinal(state) ? state.refunds : []) {
        const isOpen = status === 'pending' || (status === 'failed' && outcome === 'settled');
        if (isOpen) await settleOne(core, invoiceId, refundId, `${refundId} ${day}`, outcome);
      }
    }
  },
  overridePrice(core, { customerId }, { eventType, price, day }) {
    const input = { customerId, eventType, price };
    return ask(core, 'setPriceOverride', day, input, (envelope) =>
      setPriceOverride(core.context, input, envelope),
    );
  },
  commit(core, { customerId }, { amount, day }) {
    const input = { customerId, amount: { amount, currency: BOOK_CURRENCY } };
    return ask(core, 'setMinimumCommitment', day, input, (envelope) =>
      setMinimumCommitment(core.context, input, envelope),
    );
  },
  alert(core, { customerId }, { eventType, threshold, day }) {
    const input = { customerId, eventType, threshold };
    return ask(core, 'setUsageAlert', day, input, (envelope) => setUsageAlert(core.context, input, envelope));
  },
  grantFeature(core, { customerId }, { featureName, days, day }) {
    const input = { customerId, featureName, expiresAt: inDays(core, days) };
    return ask(core, 'grantFeature', day, input, (envelope) => grantFeature(core.context, input, envelope));
  },
  revokeFeature(core, { customerId }, { featureName, day }) {
    const input = { customerId, featureName };
    return ask(core, 'revokeFeatureGrant', day, input, (envelope) =>
      revokeFeatureGrant(core.context, input, envelope),
    );
  },
  overrideFeature(core, { customerId }, { featureName, enabled, day }) {
    const input = { customerId, featureName, enabled };
    return ask(core, 'setFeatureOverride', day, input, (envelope) =>
      setFeatureOverride(core.context, input, envelope),
    );
  },
  async correct(core, customer, { upTo, share, reason, day }) {
    const fact = latestFact(customer, upTo);
    if (fact === undefined) return;
    const { customerId, eventType, occurredAt } = fact;
    const quantity = Math.ceil(fact.quantity * Math.abs(share)) * Math.sign(share);
    const input = { customerId, eventType, occurredAt, quantity, reason };
    const envelope = envelopeOf('correctUsage', [customerId, day], input);
    const result = await core.sequences.run(envelope.correlationId, () =>
      correctUsage(core.context, input, envelope),
    );
    if ('refused' in result) throw new Error(`a correction was refused: ${result.code}, ${result.detail}`);
  },
  invoiceUsage(core, { customerId }, { day }) {
    const period = addMonths(monthOf(core.clock.now()), -1);
    return ask(
      core,
      'generateUsageInvoice',
      day,
      { customerId, period },
      (envelope) => generateUsageInvoice(core.context, customerId, period, envelope),
      ['nothing-to-bill'],
    );
  },
  async releaseQuarantined(core, { customerId }, { eventId, day }) {
    const input = { customerId, eventIds: [eventId] };
    const envelope = envelopeOf('releaseQuarantinedUsage', [customerId, day], input);
    const results = await core.sequences.run(envelope.correlationId, () =>
      releaseQuarantinedUsage(core.context, customerId, [eventId], envelope),
    );
    if ('refused' in results) throw new Error(`a release was refused: ${results.code}, ${results.detail}`);
  },
};

async function ask<Result>(
  core: Core,
  commandType: string,
  day: number,
  input: Readonly<Record<string, unknown>> & { readonly customerId: string },
  run: (envelope: Envelope) => Promise<CommandResult<Result>>,
  mayBe: readonly RefusalCode[] = OF_ITS_STATE,
): Promise<void> {
  const name = [input.customerId, day];
  await say(core, { commandType, name, input, run: (_context, envelope) => run(envelope), mayBe });
}

function inDays({ clock }: Core, days: number) {
  return addMillis(clock.now(), days * DAY_MS);
}

/** True while a customer has a service that it can use. */
export async function isServed({ context }: Core, customerId: string): Promise<boolean> {
  const { state } = await context.pipeline.state(subscriptions, customerId);
  return state.status === 'active' || state.status === 'trialing';
}
