import type { EventData } from '../domain/events.ts';
import { invoiceOf } from '../domain/invoicing/finalizing.ts';
import { chargeInvoice, serviceOf } from '../domain/invoicing/lines.ts';
import { isFinal } from '../domain/invoicing/state.ts';
import { isRefusal, type Refusal } from '../domain/kernel/decider.ts';
import type { Instant } from '../domain/kernel/time.ts';
import type { SubscriptionEvent } from '../domain/subscriptions/events.ts';
import { evolveSubscription, type OpenSubscription } from '../domain/subscriptions/state.ts';
import type { CreditNote } from './adjustments.ts';
import { invoices, subscriptions } from './aggregate.ts';
import type { CommandContext } from './context.ts';
import { unusedRest } from './due-billing.ts';
import { naturalUuid } from './envelope.ts';
import type { FinalizedInvoice } from './finalized-invoice.ts';
import { type SubscriptionView, viewAfter } from './subscription-views.ts';
import { type TierChange, tierChange } from './subscriptions.ts';

export interface ChangePreview {
  readonly at: Instant;
  readonly view: SubscriptionView;
  /** The invoice that the change would cut; null if it cuts none. */
  readonly invoice: FinalizedInvoice | null;
  readonly creditNote: CreditNote | null;
}

/**
 * What a change would do at this moment: decided by the same functions, on the same state, and not appended.
 * Refuses as changeSubscriptionTier; `not-due` while what has fallen due is not invoiced.
 */
export async function previewSubscriptionChange(
  context: CommandContext,
  change: TierChange,
): Promise<ChangePreview | Refusal> {
  const { customerId } = change;
  const at = context.now();
  const { state } = await context.pipeline.state(subscriptions, customerId, 'fresh');
  const commandId = naturalUuid('previewSubscriptionChange', customerId, at);
  const unused = await unusedRest(context, customerId, at);
  const command = tierChange(context, change, { commandId }, unused);
  const decision = subscriptions.decider.decide(command, state);
  if (isRefusal(decision)) return decision;
  const after = decision.reduce(evolveSubscription, state);
  if (after.status === 'none') throw new Error('a change of no subscription');
  const events = decision as readonly SubscriptionEvent[];
  const view = viewAfter(after, events as unknown as Parameters<typeof viewAfter>[1]);
  const changed = events.find((event) => event.type === 'subscription.changed');
  if (changed?.type !== 'subscription.changed') return { at, view, invoice: null, creditNote: null };
  return { at, view, ...(await moneyOf(context, changed.data, after, at)) };
}

async function moneyOf(
  context: CommandContext,
  { charge, credit, settlement }: EventData<'subscription.changed'>,
  state: OpenSubscription,
  at: Instant,
): Promise<Pick<ChangePreview, 'invoice' | 'creditNote'>> {
  const { customerId, currency, taxRate, taxInclusive } = state;
  if (settlement === 'invoice' && charge !== null) {
    const party = { customerId, currency, taxRate, taxInclusive };
    const invoice = invoiceOf(chargeInvoice(party, charge, credit, at));
    return { invoice: 'refused' in invoice ? null : invoice, creditNote: null };
  }
  if (settlement !== 'creditNote' || credit === null) return { invoice: null, creditNote: null };
  const { state: invoice } = await context.pipeline.state(invoices, credit.invoiceId);
  if (!isFinal(invoice)) return { invoice: null, creditNote: null };
  const decision = invoices.decider.decide(
    {
      type: 'creditUnused',
      at,
      creditNoteId: 'preview',
      cause: 'change',
      reason: '',
      replacement: charge === null ? null : serviceOf(charge),
    },
    invoice,
  );
  const events = isRefusal(decision) ? [] : decision;
  const note = events.find((event) => event.type === 'credit_note.issued');
  return { invoice: null, creditNote: note?.type === 'credit_note.issued' ? note.data : null };
}
