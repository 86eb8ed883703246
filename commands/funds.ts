import type { CreditEvent } from '../domain/credits/events.ts';
import { evolveCredits, noCredits } from '../domain/credits/state.ts';
import { usagePart } from '../domain/credits/usage-part.ts';
import type { DomainEvent, EventData, EventType } from '../domain/events.ts';
import { amountDue } from '../domain/invoicing/state.ts';
import { decimal } from '../domain/kernel/money.ts';
import type { Instant } from '../domain/kernel/time.ts';
import { type Aggregate, credits, invoices } from './aggregate.ts';
import { system } from './clock.ts';
import type { CommandContext } from './context.ts';
import { type Envelope, following, mintId, naturalUuid } from './envelope.ts';
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
export async function addCredit(
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

/** Sets aside for an invoice what there was when it became final. */
async function useFunds(
  context: CommandContext,
  event: EventOf<'invoice.finalized'>,
): Promise<number | undefined> {
  const { customerId, invoiceId, currency, lines } = event.data;
  const held = await context.store.readStream(credits.stream(customerId));
  if (held.length === 0) return undefined;
  const { state: invoice } = await context.pipeline.state(invoices, invoiceId);
  const due = 'total' in invoice ? amountDue(invoice) : '0.00';
  if (decimal(due).lte(0)) return undefined;
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
    due,
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
 * @param usage `usageNet` in cents: most that may be used; `at`: grants that have ended by then are not used
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
  const command = { type: 'usePromotions', currency: customer.currency, ...usage } as const;
  const envelope = system('usePromotions', naturalUuid('usePromotions', invoiceId), invoiceId);
  const outcome = await context.pipeline.execute(credits, customerId, command, envelope);
  if (outcome.kind === 'refused') throw new Error(`${outcome.refusal.code}: ${outcome.refusal.detail}`);
  const promotion = outcome.state.promotions.find((one) => one.invoiceId === invoiceId);
  return promotion?.amount ?? '0.00';
}

/** The invoice is void: the promotional credit on it can be used again. */
export async function returnPromotions(
  context: CommandContext,
  event: OnInvoice,
): Promise<number | undefined> {
  const { customerId, invoiceId, currency } = event.data;
  const at = event.metadata.recordedAt;
  const command = { type: 'returnPromotions', at, customerId, invoiceId, currency } as const;
  const envelope = following({ id: event.id, ...event.metadata }, 'returnPromotions');
  return step(context, credits, customerId, command, envelope);
}

/**
 * Two processes may make the same invoice, and one use promotional credit for it when the other's, without such a
 * line, is final already: that comes back.
 */
async function returnUnlessInvoiced(
  context: CommandContext,
  event: EventOf<'promotion.used'>,
): Promise<number | undefined> {
  const stream = await context.store.readStream(invoices.stream(event.data.invoiceId));
  const final = stream.map(recordedFrom).find(({ type }) => type === 'invoice.finalized');
  if (final?.type !== 'invoice.finalized') return undefined;
  const kinds: readonly string[] = final.data.lines.map(({ kind }) => kind);
  return kinds.includes('promotion') ? undefined : returnPromotions(context, event);
}

export const fundsFollowUps: FollowUps = {
  'invoice.payment_received': (event, context) =>
    addCredit(context, event, {
      amount: event.data.excess,
      source: 'payment',
      sourceId: event.data.paymentId,
    }),
  'invoice.payment_recovered': (event, context) =>
    addCredit(context, event, {
      amount: event.data.excess,
      source: 'recovery',
      sourceId: event.data.paymentId,
    }),
  'credit_note.issued': (event, context) =>
    addCredit(context, event, {
      amount: event.data.toCredit,
      source: 'credit-note',
      sourceId: event.data.creditNoteId,
    }),
  'invoice.voided': (event, context) => returnPromotions(context, event),
  'invoice.finalized': (event, context) => useFunds(context, event),
  'funds.used': (event, context) => applyFunds(context, event),
  'promotion.used': (event, context) => returnUnlessInvoiced(context, event),
  'invoice.funds_applied': (event, context) => returnFunds(context, event),
};
