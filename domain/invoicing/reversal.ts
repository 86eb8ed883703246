import { centsString, type Decimal, decimal, toCents } from '../kernel/money.ts';
import { amountDue, type FinalInvoice } from './state.ts';

/** Net, tax and their sum, in cents. */
export interface Share {
  readonly net: string;
  readonly tax: string;
  readonly total: string;
}

/**
 * The tax that goes with a net amount: the invoice's tax by cumulative share of its net over all credit notes,
 * refunds and write-offs, so that the last one closes to zero.
 */
export function shareOfNet(invoice: FinalInvoice, net: Decimal): Share {
  const subtotal = decimal(invoice.subtotal);
  const netToDate = decimal(invoice.reversedNet).plus(net);
  const tax = subtotal.eq(0)
    ? decimal(0)
    : toCents(decimal(invoice.tax).times(netToDate).div(subtotal)).minus(invoice.reversedTax);
  return shareOf(net, tax);
}

/** How a gross amount divides, cumulative in the same way. */
export function shareOfGross(invoice: FinalInvoice, gross: Decimal): Share {
  const total = decimal(invoice.total);
  const grossToDate = decimal(invoice.reversedNet).plus(invoice.reversedTax).plus(gross);
  const netToDate = total.eq(0)
    ? grossToDate
    : toCents(decimal(invoice.subtotal).times(grossToDate).div(total));
  const net = netToDate.minus(invoice.reversedNet);
  return shareOf(net, gross.minus(net));
}

function shareOf(net: Decimal, tax: Decimal): Share {
  return { net: centsString(net), tax: centsString(tax), total: centsString(net.plus(tax)) };
}

/** What of the invoice is not reversed yet, gross: the most that can be credited or refunded. */
export function reversible(invoice: FinalInvoice): Decimal {
  return decimal(invoice.total).minus(invoice.reversedNet).minus(invoice.reversedTax);
}

/** A credit lowers what is owed first; the rest is the customer's. */
export function allotted(
  invoice: FinalInvoice,
  total: string,
): { readonly toReceivable: string; readonly toCredit: string } {
  const due = decimal(amountDue(invoice));
  const toReceivable = decimal(total).gt(due) ? due : decimal(total);
  return {
    toReceivable: centsString(toReceivable),
    toCredit: centsString(decimal(total).minus(toReceivable)),
  };
}

/** Splits an amount over schedules by what they have left (largest remainder is left to the last one). */
export function spreadOver<Line extends { readonly rest: string }>(
  amount: Decimal,
  lines: readonly Line[],
): { readonly line: Line; readonly amount: Decimal }[] {
  const whole = lines.reduce((sum, { rest }) => sum.plus(rest), decimal(0));
  let left = amount;
  let weight = whole;
  return lines.flatMap((line) => {
    const part = weight.eq(0) ? decimal(0) : toCents(left.times(line.rest).div(weight));
    left = left.minus(part);
    weight = weight.minus(line.rest);
    return part.eq(0) ? [] : [{ line, amount: part }];
  });
}
