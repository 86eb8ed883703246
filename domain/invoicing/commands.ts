import type { Instant, Month } from '../kernel/time.ts';
import type { DunningStep, InvoiceKind, InvoiceLine, PaymentMethod, ReplacementLine } from './schemas.ts';

type Untaxed<Line> = Line extends unknown ? Omit<Line, 'lineId' | 'tax'> : never;

/**
 * A line before the invoice gives it an id and its share of the tax. `gross`: its price with tax, where prices
 * include it; the tax is then the difference.
 */
export type DraftLine = Untaxed<InvoiceLine> & { readonly gross?: string | null };

export type CreditCause = 'change' | 'pause' | 'cancellation' | 'write-off';

export interface UsageCredit {
  readonly meter: string;
  readonly month: Month;
  readonly quantity: string;
  /** Positive, at 1e-6. */
  readonly accrued: string;
  /** Positive, in cents. */
  readonly amount: string;
}

interface OfInvoice {
  readonly invoiceId: string;
  readonly customerId: string;
  readonly kind: InvoiceKind;
  readonly period: Month | null;
  readonly currency: string;
  readonly taxRate: string;
}

export type InvoiceCommand =
  | (OfInvoice & {
      readonly type: 'draftInvoice';
      readonly now: Instant;
      readonly taxInclusive: boolean;
      readonly finalizesAt: Instant;
    })
  | { readonly type: 'discardDraft'; readonly at: Instant }
  | (OfInvoice & {
      readonly type: 'finalizeInvoice';
      readonly effectiveAt: Instant;
      /** When it is made final; unless given, when it takes effect. */
      readonly issuedAt?: Instant;
      /** Prices of the lines include tax: see `gross`. */
      readonly taxInclusive?: boolean;
      readonly lines: readonly DraftLine[];
    })
  | {
      readonly type: 'recordInvoicePayment';
      readonly now: Instant;
      readonly paymentId: string;
      readonly amount: string;
      readonly currency: string;
      readonly method: PaymentMethod;
    }
  | {
      readonly type: 'applyFunds';
      readonly effectiveAt: Instant;
      readonly fundsId: string;
      readonly wallet: string;
      readonly credit: string;
    }
  | { readonly type: 'releaseRevenue'; readonly through: Instant }
  | { readonly type: 'handOverSchedule'; readonly at: Instant; readonly toInvoiceId: string }
  | { readonly type: 'freezeSchedules'; readonly at: Instant }
  | { readonly type: 'unfreezeSchedules'; readonly at: Instant; readonly to: Instant }
  /** An upgrade whose price goes on the next invoice. */
  | {
      readonly type: 'deferProration';
      readonly at: Instant;
      /** What the next invoice bills for it; unless given, the replacement less what is unused. */
      readonly owed?: string;
      readonly replacement: Omit<ReplacementLine, 'lineId'>;
    }
  /** Credits what is not delivered, less what takes its place. */
  | {
      readonly type: 'creditUnused';
      readonly at: Instant;
      readonly creditNoteId: string;
      readonly cause: CreditCause;
      readonly reason: string;
      readonly replacement: Omit<ReplacementLine, 'lineId'> | null;
    }
  | {
      readonly type: 'creditUsage';
      readonly at: Instant;
      readonly creditNoteId: string;
      readonly reason: string;
      readonly lines: readonly UsageCredit[];
    }
  | {
      readonly type: 'issueCreditNote';
      readonly now: Instant;
      readonly creditNoteId: string;
      /** Gross. */
      readonly amount: string;
      readonly currency: string;
      readonly reason: string;
    }
  /** The subscription ended before what was charged: earned at once, credited or refunded (SUB-14, SUB-15, REF-3). */
  | {
      readonly type: 'settleCancellation';
      readonly at: Instant;
      readonly creditNoteId: string;
      readonly refundId: string;
      readonly refund: 'none' | 'unused';
      readonly reason: string;
    }
  | {
      readonly type: 'refundPayment';
      readonly now: Instant;
      readonly refundId: string;
      /** Gross. */
      readonly amount: string;
      /** Net: what of it is for service not delivered. */
      readonly undelivered: string;
      readonly currency: string;
      readonly method: PaymentMethod;
      readonly reason: string;
    }
  | {
      readonly type: 'settleRefund';
      readonly now: Instant;
      readonly refundId: string;
      readonly outcome: 'settled' | 'failed';
      readonly reason: string;
    }
  | { readonly type: 'voidInvoice'; readonly now: Instant; readonly reason: string }
  | {
      readonly type: 'writeOffInvoice';
      readonly now: Instant;
      readonly creditNoteId: string;
      readonly reason: string;
    }
  | { readonly type: 'requestPayment'; readonly now: Instant; readonly attempt: number }
  | {
      readonly type: 'recordPaymentFailure';
      readonly now: Instant;
      readonly reason: string;
      readonly hard: boolean;
    }
  | { readonly type: 'advanceDunning'; readonly now: Instant; readonly step: DunningStep };
