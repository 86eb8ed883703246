import type { InvoiceEvent } from '../invoicing/events.ts';
import { unreleasedTotal } from '../invoicing/release.ts';
import { amountDue, evolveInvoice, type FinalInvoice, isFinal, noInvoice } from '../invoicing/state.ts';
import type { Decider } from '../kernel/decider.ts';
import { centsString, decimal, toCents } from '../kernel/money.ts';
import { addMillis, DAY_MS, type Instant, type Month, monthEnd, toMillis } from '../kernel/time.ts';
import { AGEING_BUCKETS, type AgeingBucket, type ProvisionEvent } from './events.ts';

/** Expected loss by age (catalogue of accounting templates, DUN-2). */
const LOSS_RATES: Readonly<Record<AgeingBucket, string>> = {
  current: '0.005',
  '1-30': '0.02',
  '31-60': '0.1',
  '61-90': '0.3',
  '90+': '0.7',
};

const BUCKET_DAYS = 30;

/** An amount owed for delivered service, net of tax, and since when it is overdue. */
export interface OpenReceivable {
  readonly dueAt: Instant;
  readonly amount: string;
}

export interface PostProvision {
  readonly type: 'postProvision';
  readonly month: Month;
  readonly currency: string;
  readonly receivables: readonly OpenReceivable[];
  /** Credit balance of account 1205 at the end of the month, before this. */
  readonly existing: string;
}

export type ProvisionState = { readonly posted: boolean };

/** The ageing provision of a month: what is required less what is there (DUN-2, ASC 326 loss-rate method). */
export const provisionDecider: Decider<ProvisionState, PostProvision, ProvisionEvent> = {
  initialState: { posted: false },
  decide({ month, currency, receivables, existing }, state) {
    if (state.posted) return [];
    const at = monthEnd(month);
    const buckets = AGEING_BUCKETS.map((bucket) => {
      const open = receivables.filter(({ dueAt }) => bucketOf(dueAt, at) === bucket);
      const receivable = open.reduce((sum, { amount }) => sum.plus(amount), decimal(0));
      const rate = LOSS_RATES[bucket];
      const required = centsString(toCents(receivable.times(rate)));
      return { bucket, receivable: centsString(receivable), rate, required };
    });
    const required = buckets.reduce((sum, bucket) => sum.plus(bucket.required), decimal(0));
    const change = required.minus(existing);
    if (change.eq(0)) return [];
    const sums = { required: centsString(required), existing, change: centsString(change) };
    const data = { month, currency, buckets, ...sums };
    return [{ type: 'provision.posted', data, effectiveAt: addMillis(at, -1) }];
  },
  evolve: () => ({ posted: true }),
};

/** How long overdue at an instant; the due date itself is current. */
export function bucketOf(dueAt: Instant, at: Instant): AgeingBucket {
  const days = Math.ceil((toMillis(at) - toMillis(dueAt)) / DAY_MS);
  if (days <= 0) return 'current';
  return AGEING_BUCKETS[Math.min(Math.ceil(days / BUCKET_DAYS), AGEING_BUCKETS.length - 1)] ?? '90+';
}

/**
 * What an invoice's stream says of an instant: its events that take effect before it, also those recorded later.
 * Undefined while nothing was owed for delivered service.
 */
export function receivableAt(stream: readonly InvoiceEvent[], at: Instant): OpenReceivable | undefined {
  const invoice = stream.filter(({ effectiveAt }) => effectiveAt < at).reduce(evolveInvoice, noInvoice);
  if (!isFinal(invoice)) return undefined;
  const amount = deliveredReceivable(invoice);
  return decimal(amount).eq(0) ? undefined : { dueAt: invoice.dueAt, amount };
}

/** What of an open invoice is owed for service that was delivered, net of tax: the base of expected loss. */
export function deliveredReceivable(invoice: FinalInvoice): string {
  const due = decimal(amountDue(invoice));
  const total = decimal(invoice.total);
  if (due.lte(0) || total.lte(0)) return '0.00';
  const net = due.minus(toCents(due.times(invoice.tax).div(total)));
  const undelivered = decimal(unreleasedTotal(invoice));
  return centsString(net.gt(undelivered) ? net.minus(undelivered) : decimal(0));
}
