import { type Decider, type Decision, refuse } from '../kernel/decider.ts';
import type { InvoiceCommand } from './commands.ts';
import { creditUnused, creditUsage, issueCreditNote } from './credit-notes.ts';
import { deferred } from './deferral.ts';
import type { InvoiceEvent } from './events.ts';
import { discard, draft, finalize } from './finalizing.ts';
import {
  advanceDunning,
  applyFunds,
  pay,
  paymentFailed,
  requestPayment,
  voidInvoice,
  writeOff,
} from './receivable.ts';
import { refundPayment, settleCancellation, settleRefund } from './refunds.ts';
import { freeze, handOver, releaseThrough, unfreeze } from './release.ts';
import { evolveInvoice, type FinalInvoice, type InvoiceState, isFinal, noInvoice } from './state.ts';

export type { DraftLine, InvoiceCommand } from './commands.ts';
export type { PaymentMethod } from './schemas.ts';

export const invoiceDecider: Decider<InvoiceState, InvoiceCommand, InvoiceEvent> = {
  initialState: noInvoice,
  decide(command, state) {
    if (command.type === 'draftInvoice') return draft(command, state);
    if (command.type === 'discardDraft') return discard(command, state);
    if (command.type === 'finalizeInvoice') return finalize(command, state);
    if (state.status === 'none') return refuse('invoice-not-found', 'there is no such invoice', 'invoiceId');
    if (!isFinal(state)) {
      return refuse('invoice-not-final', `the invoice is a draft until ${state.finalizesAt}`, 'invoiceId');
    }
    return decideFinal(command, state);
  },
  evolve: evolveInvoice,
};

type OnFinal = Exclude<InvoiceCommand, { type: 'draftInvoice' | 'discardDraft' | 'finalizeInvoice' }>;

function decideFinal(command: OnFinal, invoice: FinalInvoice): Decision<InvoiceEvent> {
  switch (command.type) {
    case 'recordInvoicePayment':
      return pay(invoice, command);
    case 'applyFunds':
      return applyFunds(invoice, command);
    case 'releaseRevenue':
      return releaseThrough(invoice, command.through);
    case 'handOverSchedule':
      return handOver(invoice, command.toInvoiceId, command.at).events;
    case 'freezeSchedules':
      return freeze(invoice, command.at);
    case 'unfreezeSchedules':
      return unfreeze(invoice, command.at, command.to);
    case 'deferProration':
      return deferred(invoice, command);
    case 'creditUnused':
      return creditUnused(invoice, command);
    case 'creditUsage':
      return creditUsage(invoice, command);
    case 'issueCreditNote':
      return issueCreditNote(invoice, command);
    case 'settleCancellation':
      return settleCancellation(invoice, command);
    case 'refundPayment':
      return refundPayment(invoice, command);
    case 'settleRefund':
      return settleRefund(invoice, command);
    case 'voidInvoice':
      return voidInvoice(invoice, command);
    case 'writeOffInvoice':
      return writeOff(invoice, command);
    case 'requestPayment':
      return requestPayment(invoice, command);
    case 'recordPaymentFailure':
      return paymentFailed(invoice, command);
    case 'advanceDunning':
      return advanceDunning(invoice, command);
  }
}
