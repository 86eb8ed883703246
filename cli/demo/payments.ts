import type { Payment } from '../../commands/payments.ts';
import type { PaymentMethod } from '../../domain/invoicing/decider.ts';
import { centsString, decimal, toCents } from '../../domain/kernel/money.ts';
import { addMillis, type Instant } from '../../domain/kernel/time.ts';
import type { InvoiceView } from '../../projections/billing/views.ts';
import { DAY_MS } from './calendar.ts';
import { SEED } from './company.ts';
import { random } from './random.ts';

/** A payment that an invoice will see, as its payer decided when it came. */
export interface PlannedPayment extends Payment {
  /** 1 or 2: an invoice may be paid in two parts. */
  readonly part: number;
  readonly at: Instant;
}

const METHODS = ['card', 'card', 'card', 'ach', 'bank_transfer'] as const satisfies readonly PaymentMethod[];
const OVERPAID_BY = '25.00';

/** Most invoices are paid in time and in full; some in two parts, some too much, some late, some never. */
export function paymentsOf(invoice: InvoiceView): readonly PlannedPayment[] {
  const total = decimal(invoice.total);
  if (total.lte(0)) return [];
  const dice = random(SEED, 'payment', invoice.invoiceId);
  const method = dice.pick(METHODS);
  const habit = dice.next();
  const days = dice.between(1, 20);
  const paid = (part: number, amount: string, after: number): PlannedPayment => {
    const { invoiceId, currency } = invoice;
    return { invoiceId, currency, method, part, amount, at: addMillis(invoice.effectiveAt, after * DAY_MS) };
  };
  if (habit < 0.05) return [];
  if (habit < 0.13) return [paid(1, invoice.total, days + 30)];
  if (habit < 0.17) return [paid(1, centsString(total.plus(OVERPAID_BY)), days)];
  if (habit < 0.25) {
    const half = toCents(total.div(2));
    if (half.lte(0)) return [paid(1, invoice.total, days)];
    return [paid(1, centsString(half), days), paid(2, centsString(total.minus(half)), days + 14)];
  }
  return [paid(1, invoice.total, days)];
}

/** Of what is planned for open invoices, what has come by now and is not recorded. */
export function duePayments(open: readonly InvoiceView[], now: Instant): readonly PlannedPayment[] {
  return open.flatMap((invoice) => {
    let before = decimal(0);
    return paymentsOf(invoice).filter(({ amount, at }) => {
      const recorded = before.plus(amount).lte(invoice.paid);
      before = before.plus(amount);
      return !recorded && at <= now;
    });
  });
}
