import { centsString, decimal } from '../kernel/money.ts';
import { type Instant, later } from '../kernel/time.ts';
import type { InvoiceEvent } from './events.ts';
import type { DunningStep, InvoiceKind, InvoiceLine, PaymentMethod, ReplacementLine } from './schemas.ts';

/** A line billed in advance and what of it has moved on. Amounts in cents. */
export interface ReleaseSchedule {
  readonly lineId: string;
  readonly amount: string;
  readonly from: Instant;
  readonly to: Instant;
  readonly deferredAccount: string;
  readonly revenueAccount: string;
  readonly released: string;
  readonly releasedThrough: Instant;
  /** Gone to another invoice: nothing more is released here. */
  readonly handedOver: boolean;
  /** In a pause: nothing is released until it is resumed. */
  readonly frozen: boolean;
  /** Released before the schedule was laid anew, so that `earlier + released` is all that the line has earned. */
  readonly earlier: string;
}

export interface Refund {
  readonly refundId: string;
  readonly amount: string;
  readonly method: PaymentMethod;
  readonly status: 'pending' | 'settled' | 'failed';
}

export interface DraftInvoice {
  readonly status: 'draft';
  readonly invoiceId: string;
  readonly customerId: string;
  readonly finalizesAt: Instant;
}

export interface FinalInvoice {
  readonly status: 'finalized' | 'paid' | 'past_due' | 'uncollectible' | 'void';
  readonly invoiceId: string;
  readonly customerId: string;
  readonly kind: InvoiceKind;
  readonly currency: string;
  readonly taxRate: string;
  readonly dueAt: Instant;
  readonly tax: string;
  readonly total: string;
  readonly lines: readonly InvoiceLine[];
  /** Settled, by payments and by customer credit or wallet. */
  readonly paid: string;
  /** What of it came as money, less what was refunded. */
  readonly refundable: string;
  /** Credit notes to the receivable, gross. */
  readonly credited: string;
  /** Some credit note was issued, be its net zero: that of usage which promotional credit has paid. */
  readonly hasCreditNotes: boolean;
  readonly writtenOff: string;
  readonly writtenOffTax: string;
  readonly recovered: string;
  readonly recoveredTax: string;
  /** Net and tax of credit notes, refunds and write-offs so far: their tax is a cumulative share. */
  readonly reversedNet: string;
  readonly reversedTax: string;
  /** Net of credit notes for usage that was billed too much. */
  readonly creditedUsage: string;
  /** Net of service that other invoices bill and this stream earns, less what it handed over to others. */
  readonly takenOver: string;
  /** How the latest payment came; null before the first. */
  readonly method: PaymentMethod | null;
  readonly schedules: readonly ReleaseSchedule[];
  readonly refunds: readonly Refund[];
  readonly dunning: DunningStep | null;
  readonly failedAttempts: number;
  readonly requestedAttempts: number;
  /** A hard decline: no more attempts by themselves. */
  readonly declined: boolean;
}

export type InvoiceState = { readonly status: 'none' } | DraftInvoice | FinalInvoice;

export const noInvoice: InvoiceState = { status: 'none' };

/** True once its lines are fixed. */
export function isFinal(state: InvoiceState): state is FinalInvoice {
  return state.status !== 'none' && state.status !== 'draft';
}

export function evolveInvoice(state: InvoiceState, event: InvoiceEvent): InvoiceState {
  if (event.type === 'invoice.drafted') {
    const { invoiceId, customerId, finalizesAt } = event.data;
    return { status: 'draft', invoiceId, customerId, finalizesAt };
  }
  if (event.type === 'invoice.draft_discarded') return noInvoice;
  if (event.type === 'invoice.finalized') return finalized(event);
  if (!isFinal(state)) return state;
  return withStatus(evolveFinal(state, event));
}

type EventOf<Type extends InvoiceEvent['type']> = Extract<InvoiceEvent, { type: Type }>;
type Later = Exclude<
  InvoiceEvent,
  { type: 'invoice.drafted' | 'invoice.draft_discarded' | 'invoice.finalized' }
>;

function finalized({ data }: EventOf<'invoice.finalized'>): FinalInvoice {
  const { invoiceId, customerId, kind, currency, taxRate, dueAt, tax, total, lines } = data;
  const none = '0.00';
  return withStatus({
    status: 'finalized',
    invoiceId,
    customerId,
    kind,
    currency,
    taxRate,
    dueAt,
    tax,
    total,
    lines,
    paid: none,
    refundable: none,
    credited: none,
    hasCreditNotes: false,
    writtenOff: none,
    writtenOffTax: none,
    recovered: none,
    recoveredTax: none,
    reversedNet: none,
    reversedTax: none,
    creditedUsage: none,
    takenOver: none,
    method: null,
    schedules: lines.flatMap((line) => (line.kind === 'subscription' ? [scheduleOf(line)] : [])),
    refunds: [],
    dunning: null,
    failedAttempts: 0,
    requestedAttempts: 0,
    declined: false,
  });
}

function scheduleOf(line: Omit<ReplacementLine, 'tier' | 'billingCycle' | 'description'>): ReleaseSchedule {
  const { lineId, amount, from, to, deferredAccount, revenueAccount } = line;
  const shared = { lineId, amount, from, to, deferredAccount, revenueAccount };
  const moved = { handedOver: false, frozen: false, earlier: '0.00' };
  return { ...shared, released: '0.00', releasedThrough: from, ...moved };
}

function evolveFinal(state: FinalInvoice, event: Later): FinalInvoice {
  switch (event.type) {
    case 'invoice.payment_received': {
      const { applied, method } = event.data;
      const refundable = sum(state.refundable, applied);
      return { ...state, paid: sum(state.paid, applied), refundable, method };
    }
    case 'invoice.funds_applied': {
      const { wallet, credit } = event.data;
      return { ...state, paid: sum(state.paid, wallet, credit) };
    }
    case 'revenue.released':
      return { ...state, schedules: released(state.schedules, event) };
    case 'schedule.handed_over': {
      const { lineId, remainder } = event.data;
      const takenOver = centsString(decimal(state.takenOver).minus(remainder));
      return onSchedule({ ...state, takenOver }, lineId, (line) => ({ ...line, handedOver: true }));
    }
    case 'schedule.rescheduled': {
      const { lineId, amount, from, to } = event.data;
      return onSchedule(state, lineId, (line) => relaid(line, amount, from, to));
    }
    case 'proration.deferred': {
      const { undelivered, replacement, amount } = event.data;
      const left = shrunk(state.schedules, undelivered, event.effectiveAt);
      const takenOver = sum(state.takenOver, amount);
      return { ...state, takenOver, schedules: [...left, scheduleOf(replacement)] };
    }
    case 'credit_note.issued':
      return creditNoteIssued(state, event);
    case 'refund.created':
      return refundCreated(state, event);
    case 'refund.settled':
      return onRefund(state, event.data.refundId, 'settled');
    case 'refund.failed':
      return onRefund(state, event.data.refundId, 'failed');
    case 'invoice.voided': {
      const closed = state.schedules.map((line) => ({ ...line, amount: line.released }));
      return { ...state, status: 'void', schedules: closed };
    }
    case 'invoice.written_off': {
      const { net, tax, total } = event.data;
      const reversed = reversing(state, net, tax);
      return { ...state, ...reversed, status: 'uncollectible', writtenOff: total, writtenOffTax: tax };
    }
    case 'invoice.payment_recovered': {
      const { net, tax } = event.data;
      const recovered = sum(state.recovered, net, tax);
      return { ...state, recovered, recoveredTax: sum(state.recoveredTax, tax) };
    }
    case 'payment.failed': {
      const { attempt, hard } = event.data;
      return { ...state, failedAttempts: attempt, declined: state.declined || hard };
    }
    case 'payment.requested':
      return { ...state, requestedAttempts: event.data.attempt };
    case 'dunning.advanced':
      return { ...state, dunning: event.data.step };
  }
}

function released(
  schedules: readonly ReleaseSchedule[],
  { data }: EventOf<'revenue.released'>,
): ReleaseSchedule[] {
  const amounts = new Map(data.lines.map((line) => [line.lineId, line.amount]));
  return schedules.map((schedule) => {
    const amount = amounts.get(schedule.lineId);
    if (amount === undefined) return schedule;
    return { ...schedule, released: sum(schedule.released, amount), releasedThrough: data.through };
  });
}

function creditNoteIssued(state: FinalInvoice, event: EventOf<'credit_note.issued'>): FinalInvoice {
  const { cause, lines, replacement, net, tax, toReceivable } = event.data;
  const undelivered = lines.flatMap((line) => (line.kind === 'undelivered' ? [line] : []));
  const left = shrunk(state.schedules, undelivered, event.effectiveAt);
  const schedules = replacement === null ? left : [...left, scheduleOf(replacement)];
  const credited = sum(state.credited, toReceivable);
  const creditedUsage = cause === 'usage' ? sum(state.creditedUsage, net) : state.creditedUsage;
  return {
    ...state,
    ...reversing(state, net, tax),
    creditedUsage,
    credited,
    hasCreditNotes: true,
    schedules,
  };
}

function refundCreated(state: FinalInvoice, event: EventOf<'refund.created'>): FinalInvoice {
  const { refundId, method, total, tax, undelivered } = event.data;
  const net = centsString(decimal(total).minus(tax));
  const refund = { refundId, amount: total, method, status: 'pending' } as const;
  return {
    ...state,
    ...reversing(state, net, tax),
    refundable: centsString(decimal(state.refundable).minus(total)),
    schedules: shrunk(state.schedules, undelivered, event.effectiveAt),
    refunds: [...state.refunds, refund],
  };
}

/** Lines lose a part of what they had left; the rest is earned from here to their end. */
function shrunk(
  schedules: readonly ReleaseSchedule[],
  taken: readonly { readonly lineId: string; readonly amount: string }[],
  at: Instant,
): ReleaseSchedule[] {
  const amounts = new Map(taken.map(({ lineId, amount }) => [lineId, amount]));
  return schedules.map((line) => {
    const amount = amounts.get(line.lineId);
    if (amount === undefined) return line;
    const rest = centsString(decimal(unreleasedRest(line)).minus(amount));
    return relaid(line, rest, line.frozen ? null : later(at, line.from), line.to);
  });
}

function relaid(line: ReleaseSchedule, amount: string, from: Instant | null, to: Instant): ReleaseSchedule {
  const begin = from ?? line.from;
  const earlier = sum(line.earlier, line.released);
  const fresh = { amount, from: begin, to, released: '0.00', releasedThrough: begin };
  return { ...line, ...fresh, frozen: from === null, earlier };
}

function onSchedule(
  state: FinalInvoice,
  lineId: string,
  change: (line: ReleaseSchedule) => ReleaseSchedule,
): FinalInvoice {
  const schedules = state.schedules.map((line) => (line.lineId === lineId ? change(line) : line));
  return { ...state, schedules };
}

function onRefund(state: FinalInvoice, refundId: string, status: Refund['status']): FinalInvoice {
  const refunds = state.refunds.map((one) => (one.refundId === refundId ? { ...one, status } : one));
  return { ...state, refunds };
}

function reversing(state: FinalInvoice, net: string, tax: string) {
  return { reversedNet: sum(state.reversedNet, net), reversedTax: sum(state.reversedTax, tax) };
}

/** Void and uncollectible stay; else what is owed and when it was due decide. */
function withStatus(state: FinalInvoice): FinalInvoice {
  if (state.status === 'void' || state.status === 'uncollectible') return state;
  if (decimal(amountDue(state)).lte(0)) return { ...state, status: 'paid' };
  return { ...state, status: state.dunning === null ? 'finalized' : 'past_due' };
}

/** What of a schedule is still deferred, in cents. */
export function unreleasedRest({ amount, released: done, handedOver }: ReleaseSchedule): string {
  return handedOver ? '0.00' : centsString(decimal(amount).minus(done));
}

/** What is still owed on the invoice, in cents. Nothing on one that is void or written off. */
export function amountDue(invoice: FinalInvoice): string {
  if (invoice.status === 'void') return '0.00';
  const { total, paid, credited, writtenOff } = invoice;
  return centsString(decimal(total).minus(paid).minus(credited).minus(writtenOff));
}

function sum(...amounts: readonly string[]): string {
  return centsString(amounts.reduce((total, amount) => total.plus(amount), decimal(0)));
}
