import { centsString, decimal } from '../kernel/money.ts';
import type { InvoiceCommand } from './commands.ts';
import { undeliveredLines, withId } from './credit-notes.ts';
import type { InvoiceEvent } from './events.ts';
import { caughtUp, unreleasedTotal } from './release.ts';
import type { FinalInvoice } from './state.ts';

/** The rest gives way to the new line; what that costs more is owed and goes onto the next invoice (SUB-18). */
export function deferred(
  invoice: FinalInvoice,
  { at, owed, replacement }: Extract<InvoiceCommand, { type: 'deferProration' }>,
): InvoiceEvent[] {
  const { events, current } = caughtUp(invoice, at);
  const { invoiceId, customerId, currency } = current;
  const undelivered = undeliveredLines(current).map(({ lineId, amount, deferredAccount }) => ({
    lineId,
    amount,
    deferredAccount,
  }));
  const unused = unreleasedTotal(current);
  const amount = owed ?? centsString(decimal(replacement.amount).minus(unused));
  // A credit may have come between the change and this: what is billed is fixed, so that the asset returns to zero.
  const line = withId(current, { ...replacement, amount: centsString(decimal(amount).plus(unused)) });
  const data = { invoiceId, customerId, currency, undelivered, replacement: line, amount };
  return [...events, { type: 'proration.deferred', data, effectiveAt: at }];
}
