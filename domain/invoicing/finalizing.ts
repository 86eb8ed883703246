import { type Decision, type Refusal, refuse } from '../kernel/decider.ts';
import { centsString, decimal } from '../kernel/money.ts';
import { addMillis, DAY_MS, type Instant } from '../kernel/time.ts';
import type { DraftLine, InvoiceCommand } from './commands.ts';
import type { InvoiceEvent } from './events.ts';
import type { InvoiceLine } from './schemas.ts';
import { type InvoiceState, isFinal } from './state.ts';
import { taxByLine, taxWithin } from './tax.ts';

type CommandOf<Type extends InvoiceCommand['type']> = Extract<InvoiceCommand, { type: Type }>;

const PAYMENT_TERMS_MS = 30 * DAY_MS;

/** A draft of the month's invoice; nothing if there is one, or the invoice is final. */
export function draft(command: CommandOf<'draftInvoice'>, state: InvoiceState): Decision<InvoiceEvent> {
  if (state.status !== 'none') return [];
  const { type: _type, now, ...data } = command;
  return [{ type: 'invoice.drafted', data, effectiveAt: now }];
}

/** Of an invoice for which there is nothing to bill; nothing where there is no draft, or it is final. */
export function discard({ at }: CommandOf<'discardDraft'>, state: InvoiceState): Decision<InvoiceEvent> {
  if (state.status !== 'draft') return [];
  const { invoiceId, customerId } = state;
  return [{ type: 'invoice.draft_discarded', data: { invoiceId, customerId }, effectiveAt: at }];
}

/** Fixes the lines (INV-1). Refuses: invoice-exists, nothing-to-bill. */
export function finalize(command: CommandOf<'finalizeInvoice'>, state: InvoiceState): Decision<InvoiceEvent> {
  if (isFinal(state)) return refuse('invoice-exists', 'the invoice is final already', 'invoiceId');
  const invoice = invoiceOf(command);
  if ('refused' in invoice) return invoice;
  return [{ type: 'invoice.finalized', data: invoice, effectiveAt: command.effectiveAt }];
}

type Finalized = Extract<InvoiceEvent, { type: 'invoice.finalized' }>['data'];

/** The invoice that these lines make, without making it. Refuses: nothing-to-bill. */
export function invoiceOf(command: CommandOf<'finalizeInvoice'>): Finalized | Refusal {
  if (command.lines.length === 0) return refuse('nothing-to-bill', 'there is nothing to invoice');
  const { type: _type, effectiveAt, issuedAt, lines: drafts, taxInclusive = false, ...header } = command;
  const { total: tax, byLine } = taxInclusive
    ? taxWithin(drafts, header.taxRate)
    : taxByLine(
        drafts.map((line) => line.amount),
        header.taxRate,
      );
  const lines = drafts.map((line, index) => asLine(line, String(index + 1), byLine[index] ?? '0.00'));
  const subtotal = drafts.reduce((sum, line) => sum.plus(line.amount), decimal(0));
  return {
    ...header,
    taxInclusive,
    lines,
    subtotal: centsString(subtotal),
    tax,
    total: centsString(subtotal.plus(tax)),
    dueAt: addMillis(termsFrom(effectiveAt, issuedAt), PAYMENT_TERMS_MS),
  };
}

/** An invoice that comes more than a day late, for a month long past, is not overdue when it comes. */
function termsFrom(effectiveAt: Instant, issuedAt: Instant = effectiveAt): Instant {
  return issuedAt > addMillis(effectiveAt, DAY_MS) ? issuedAt : effectiveAt;
}

function asLine({ gross: _gross, ...line }: DraftLine, lineId: string, tax: string): InvoiceLine {
  return { ...line, lineId, tax } as InvoiceLine;
}
