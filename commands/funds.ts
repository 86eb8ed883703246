import { sumOf } from '../domain/credits/burning.ts';
import type { CreditEvent } from '../domain/credits/events.ts';
import { evolveCredits, noCredits } from '../domain/credits/state.ts';
import { usagePart } from '../domain/credits/usage-part.ts';
import type { DomainEvent, EventData, EventType } from '../domain/events.ts';
import { amountDue, isFinal } from '../domain/invoicing/state.ts';
import { decimal } from '../domain/kernel/money.ts';
import type { Instant } from '../domain/kernel/time.ts';
import type { StoredEvent } from '../eventstore/port.ts';
import { type Aggregate, credits, invoices } from './aggregate.ts';
import { system } from './clock.ts';
import type { CommandContext } from './context.ts';
import { type Envelope, following, mintId, naturalUuid } from './envelope.ts';
import { finalizedEvent } from './finalized-invoice.ts';
import type { FollowUps } from './follow-ups.ts';
import { registeredCustomer } from './lookups.ts';
import { type RecordedEvent, recordedFrom } from './pipeline.ts';
import { settled } from './settled.ts';

type EventOf<Type extends EventType> = Parameters<NonNullable<FollowUps[Type]>>[0];

/** Runs a step, and what follows from it. */
async function step<State, Command, Event extends DomainEvent>(
  context: CommandContext,
  aggregate: Aggregate<State, Command, Event>,
  id: string,
  command: Command,
  envelope: Envelope,
): Promise<number | undefined> {
  const outcome = await context.pipeline.execute(aggregate, id, command, envelope);
  return outcome.kind === 'refused' ? undefined : settled(context, outcome);
}

/** An event of an invoice, as it stands in the log. */
type OnInvoice = Pick<RecordedEvent, 'id' | 'effectiveAt' | 'metadata'> & {
  readonly data: { readonly customerId: string; readonly invoiceId: string; readonly currency: string };
};

/** Money that the invoice's event has posted to the credit balance: from here on it can be used. */
async function addCredit(
  context: CommandContext,
  event: OnInvoice,
  added: Pick<EventData<'credit.added'>, 'amount' | 'source' | 'sourceId'>,
): Promise<number | undefined> {
  if (decimal(added.amount).lte(0)) return undefined;
  const { customerId, invoiceId, currency } = event.data;
  const { effectiveAt } = event;
  const command = { type: 'addCredit', effectiveAt, customerId, invoiceId, currency, ...added } as const;
  const envelope = following({ id: event.id, ...event.metadata }, 'addCredit');
  return step(context, credits, customerId, command, envelope);
}

async function settleInvoice(
  context: CommandContext,
  event: EventOf<'invoice.finalized'>,
): Promise<number | undefined> {
  const { customerId, invoiceId, lines } = event.data;
  const held = await context.store.readStream(credits.stream(customerId));
  if (held.length === 0) return undefined;
  const promotions = held.map(recordedFrom).filter(({ type }) => type === 'promotion.used');
  const isPromoted = promotions.some(({ data }) => 'invoiceId' in data && data.invoiceId === invoiceId);
  if (isPromoted && !hasPromotion(lines)) await returnPromotions(context, event);
  return useFunds(context, event, held);
}

/** Sets aside for an invoice what there was when it became final. */
async function useFunds(
  context: CommandContext,
  event: EventOf<'invoice.finalized'>,
  held: readonly StoredEvent[],
): Promise<number | undefined> {
  const { customerId, invoiceId, currency, lines } = event.data;
  const { state: invoice } = await context.pipeline.state(invoices, invoiceId, 'fresh');
  if (!isFinal(invoice) || decimal(amountDue(invoice)).lte(0)) return undefined;
  const [final] = await context.store.readEvents([event]);
  if (final === undefined) throw new Error(`${event.stream} has lost an event`);
  const then = held
    .filter(({ position }) => position < final.position)
    .reduce((state, stored) => evolveCredits(state, recordedFrom(stored) as CreditEvent), noCredits);
  const envelope = following({ id: event.id, ...event.metadata }, 'useFunds');
  const command = {
    type: 'useFunds',
    at: event.metadata.recordedAt,
    fundsId: mintId('fnd', envelope.commandId),
    customerId,
    invoiceId,
    currency,
    usage: usagePart(lines),
    due: amountDue(invoice),
    present: { credit: then.credit, topUpIds: then.topUps.map(({ id }) => id) },
  } as const;
  return step(context, credits, customerId, command, envelope);
}

/** The invoice takes what it still needs. */
async function applyFunds(
  context: CommandContext,
  event: EventOf<'funds.used'>,
): Promise<number | undefined> {
  const { fundsId, invoiceId, wallet, credit } = event.data;
  const command = { type: 'applyFunds', effectiveAt: event.effectiveAt, fundsId, wallet, credit } as const;
  const envelope = following({ id: event.id, ...event.metadata }, 'applyFunds');
  return step(context, invoices, invoiceId, command, envelope);
}

/** The rest, where by then less was open, comes back. */
async function returnFunds(
  context: CommandContext,
  event: EventOf<'invoice.funds_applied'>,
): Promise<number | undefined> {
  const { customerId, fundsId, currency, walletReturned, creditReturned } = event.data;
  if (decimal(walletReturned).plus(creditReturned).eq(0)) return undefined;
  const command = {
    type: 'returnFunds',
    at: event.metadata.recordedAt,
    customerId,
    fundsId,
    currency,
    wallet: walletReturned,
    credit: creditReturned,
  } as const;
  const envelope = following({ id: event.id, ...event.metadata }, 'returnFunds');
  return step(context, credits, customerId, command, envelope);
}

/**
 * Lowers the usage of an invoice by promotional credit, before tax. There is one such use for an invoice, whoever
 * asks and however often.
 * @param usage `usageNet` in cents: most that may be used; `at`: of the invoice. Grants that have ended
 *   by then, or by now, are not used
 * @returns what was used, in cents
 */
export async function usePromotions(
  context: CommandContext,
  usage: {
    readonly customerId: string;
    readonly invoiceId: string;
    readonly usageNet: string;
    readonly at: Instant;
  },
): Promise<string> {
  const { customerId, invoiceId } = usage;
  const customer = await registeredCustomer(context, customerId);
  if (customer === undefined) throw new Error(`there is no customer ${customerId}`);
  const command = {
    type: 'usePromotions',
    now: context.now(),
    currency: customer.currency,
    ...usage,
  } as const;
  const envelope = system('usePromotions', naturalUuid('usePromotions', invoiceId), invoiceId);
  const outcome = await context.pipeline.execute(credits, customerId, command, envelope);
  if (outcome.kind === 'refused') throw new Error(`${outcome.refusal.code}: ${outcome.refusal.detail}`);
  const promotion = outcome.state.promotions.find((one) => one.invoiceId === invoiceId);
  return sumOf(promotion?.parts ?? []);
}

/** The invoice is void: the promotional credit on it can be used again. */
async function returnPromotions(context: CommandContext, event: OnInvoice): Promise<number | undefined> {
  const { customerId, invoiceId, currency } = event.data;
  const at = event.metadata.recordedAt;
  const command = { type: 'returnPromotions', at, customerId, invoiceId, currency } as const;
  const envelope = following({ id: event.id, ...event.metadata }, 'returnPromotions');
  return step(context, credits, customerId, command, envelope);
}

/**
 * Two processes may make the same invoice, and one use promotional credit for it when the other's, without such a
 * line, is final already, or becomes final after: that comes back.
 */
async function returnUnlessInvoiced(
  context: CommandContext,
  event: EventOf<'promotion.used'>,
): Promise<number | undefined> {
  const final = await finalizedEvent(context, event.data.invoiceId);
  if (final === undefined || hasPromotion(final.event.data.lines)) return undefined;
  return returnPromotions(context, event);
}

function hasPromotion(lines: EventData<'invoice.finalized'>['lines']): boolean {
  return lines.some(({ kind }) => kind === 'promotion');
}

export const fundsFollowUps: FollowUps = {
  'invoice.payment_received': (event, context) =>
    addCredit(context, event, {
      amount: event.data.excess,
      source: 'payment',
      sourceId: event.data.paymentId,
    }),
  'credit_note.issued': (event, context) =>
    addCredit(context, event, {
      amount: event.data.toCredit,
      source: 'credit-note',
      sourceId: event.data.creditNoteId,
    }),
  'invoice.payment_recovered': (event, context) =>
    addCredit(context, event, {
      amount: event.data.excess,
      source: 'recovery',
      sourceId: event.data.paymentId,
    }),
  'invoice.voided': (event, context) => returnPromotions(context, event),
  'invoice.finalized': (event, context) => settleInvoice(context, event),
  'funds.used': (event, context) => applyFunds(context, event),
  'promotion.used': (event, context) => returnUnlessInvoiced(context, event),
  'invoice.funds_applied': (event, context) => returnFunds(context, event),
};
