import { type Decision, type Refusal, refuse } from '../kernel/decider.ts';
import { centsString, decimal, toCents } from '../kernel/money.ts';
import type { Instant } from '../kernel/time.ts';
import type { CreditCause, InvoiceCommand } from './commands.ts';
import type { InvoiceEvent } from './events.ts';
import { caughtUp, unreleasedTotal } from './release.ts';
import { allotted, reversible, shareOfGross, shareOfNet, spreadOver } from './reversal.ts';
import type { CreditNoteLine, ReplacementLine } from './schemas.ts';
import { type FinalInvoice, unreleasedRest } from './state.ts';

type CommandOf<Type extends InvoiceCommand['type']> = Extract<InvoiceCommand, { type: Type }>;
type NewLine = Omit<ReplacementLine, 'lineId'>;

/** What lines have left, as lines of a credit note. */
export function undeliveredLines(invoice: FinalInvoice): Extract<CreditNoteLine, { kind: 'undelivered' }>[] {
  return invoice.schedules.flatMap((line) => {
    const amount = unreleasedRest(line);
    if (decimal(amount).eq(0)) return [];
    const { lineId, deferredAccount } = line;
    return [
      { kind: 'undelivered', lineId, description: `Unused time of line ${lineId}`, amount, deferredAccount },
    ];
  });
}

/** Credits what is not delivered, less what takes its place (SUB-10, SUB-12, SUB-15, DUN-5). Nothing if all is. */
export function creditUnused(
  invoice: FinalInvoice,
  { at, creditNoteId, cause, reason, replacement }: Omit<CommandOf<'creditUnused'>, 'type'>,
): InvoiceEvent[] {
  const { events, current } = caughtUp(invoice, at);
  const lines = undeliveredLines(current);
  if (lines.length === 0) return events;
  const unused = decimal(unreleasedTotal(current));
  const taken = replacement === null ? null : withId(current, atMost(replacement, unused));
  const net = unused.minus(taken?.amount ?? '0.00');
  const note = { creditNoteId, cause, reason, lines, replacement: taken };
  return [...events, issued(current, note, shareOfNet(current, net), at)];
}

/** A goodwill credit after the fact (SUB-13): by the share of the invoice that is delivered, and the rest from it. */
export function issueCreditNote(
  invoice: FinalInvoice,
  { now, creditNoteId, amount, currency, reason }: CommandOf<'issueCreditNote'>,
): Decision<InvoiceEvent> {
  const fault = amountFault(invoice, amount, currency);
  if (fault !== undefined) return fault;
  if (decimal(amount).gt(reversible(invoice))) {
    const most = centsString(reversible(invoice));
    return refuse('credit-exceeds-invoice', `at most ${most} of the invoice can be credited`, 'amount');
  }
  const { events, current } = caughtUp(invoice, now);
  const share = shareOfGross(current, decimal(amount));
  const lines = goodwillLines(current, share.net);
  const note = { creditNoteId, cause: 'goodwill', reason, lines, replacement: null } as const;
  return [...events, issued(current, note, share, now)];
}

function goodwillLines(invoice: FinalInvoice, net: string): CreditNoteLine[] {
  const left = decimal(unreleasedTotal(invoice));
  const open = decimal(invoice.subtotal).minus(invoice.reversedNet);
  const share = open.lte(0) ? decimal(0) : toCents(decimal(net).times(left).div(open));
  // An upgrade's invoice has more to deliver than it comes to: what it took over was credited on it.
  const undelivered = [decimal(left), decimal(net)].reduce(
    (least, most) => (least.gt(most) ? most : least),
    share,
  );
  const rests = undeliveredLines(invoice).map((line) => ({ ...line, rest: line.amount }));
  const lines = spreadOver(undelivered, rests).map(({ line: { rest: _rest, ...line }, amount }) => ({
    ...line,
    amount: centsString(amount),
  }));
  const delivered = centsString(decimal(net).minus(undelivered));
  if (decimal(delivered).eq(0)) return lines;
  return [{ kind: 'delivered', description: 'Credit for service delivered', amount: delivered }, ...lines];
}

/** What was billed beyond what usage came to (USE-5). */
export function creditUsage(
  invoice: FinalInvoice,
  { at, creditNoteId, reason, lines: credits }: CommandOf<'creditUsage'>,
): InvoiceEvent[] {
  const lines = credits.map(
    (credit): CreditNoteLine => ({
      kind: 'usage',
      description: `${credit.meter}, ${credit.month}: billed too much`,
      ...credit,
    }),
  );
  if (lines.length === 0 || invoice.status === 'void') return [];
  const net = lines.reduce((sum, line) => sum.plus(line.amount), decimal(0));
  const note = { creditNoteId, cause: 'usage', reason, lines, replacement: null } as const;
  return [issued(invoice, note, shareOfNet(invoice, net), at)];
}

interface Note {
  readonly creditNoteId: string;
  readonly cause: CreditCause | 'goodwill' | 'usage';
  readonly reason: string;
  readonly lines: CreditNoteLine[];
  readonly replacement: ReplacementLine | null;
}

function issued(
  invoice: FinalInvoice,
  note: Note,
  share: { readonly net: string; readonly tax: string; readonly total: string },
  effectiveAt: Instant,
): InvoiceEvent {
  const { invoiceId, customerId, currency } = invoice;
  const parts = allotted(invoice, share.total);
  const data = { invoiceId, customerId, currency, ...note, ...share, ...parts };
  return { type: 'credit_note.issued', data, effectiveAt };
}

/** Undelivered service never turns into more than it was paid for, whatever came in between. */
function atMost(line: NewLine, most: ReturnType<typeof decimal>): NewLine {
  return decimal(line.amount).gt(most) ? { ...line, amount: centsString(most) } : line;
}

/** The replacement's id counts on from the lines that the stream has. */
export function withId(invoice: FinalInvoice, line: NewLine): ReplacementLine {
  const used = new Set([...invoice.lines, ...invoice.schedules].map(({ lineId }) => lineId));
  let number = used.size + 1;
  while (used.has(String(number))) number += 1;
  return { ...line, lineId: String(number) };
}

/** Why an amount cannot move on the invoice; undefined if it can. */
export function amountFault(invoice: FinalInvoice, amount: string, currency: string): Refusal | undefined {
  if (currency !== invoice.currency) {
    return refuse('currency-mismatch', `the invoice is in ${invoice.currency}`, 'amount');
  }
  const value = decimal(amount);
  if (value.lte(0) || !toCents(value).eq(value)) {
    return refuse('invalid-amount', 'an amount is above zero and in whole cents', 'amount');
  }
  if (invoice.status === 'void') return refuse('invoice-void', 'the invoice is void', 'invoiceId');
  return undefined;
}
