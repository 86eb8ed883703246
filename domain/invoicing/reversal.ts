import { centsString, type Decimal, decimal, toCents } from '../kernel/money.ts';
import { amountDue, type FinalInvoice } from './state.ts';

/** Net, tax and their sum, in cents. */
export interface Share {
  readonly net: string;
  readonly tax: string;
  readonly total: string;
}

const NOTHING = decimal(0);

/**
 * The tax that goes with a net amount: the invoice's tax by cumulative share of its net over all credit notes,
 * refunds and write-offs, so that the last one closes to zero.
 */
export function shareOfNet(invoice: FinalInvoice, net: Decimal): Share {
  const netToDate = decimal(invoice.reversedNet).plus(net);
  return shareOf(net, notBelowZero(taxOn(invoice, netToDate).minus(invoice.reversedTax)));
}

/** How a gross amount divides, cumulative in the same way. */
export function shareOfGross(invoice: FinalInvoice, gross: Decimal): Share {
  const charged = chargedOn(invoice);
  const total = charged.net.plus(charged.tax);
  const grossToDate = decimal(invoice.reversedNet).plus(invoice.reversedTax).plus(gross);
  const netToDate = total.eq(0) ? grossToDate : toCents(charged.net.times(grossToDate).div(total));
  const tax = notBelowZero(gross.minus(netToDate.minus(invoice.reversedNet)));
  return shareOf(gross.minus(tax), tax);
}

/** Where an earlier share was rounded up by a cent, the next one waits for it. */
function notBelowZero(tax: Decimal): Decimal {
  return tax.lt(0) ? NOTHING : tax;
}

function shareOf(net: Decimal, tax: Decimal): Share {
  return { net: centsString(net), tax: centsString(tax), total: centsString(net.plus(tax)) };
}

function taxOn(invoice: FinalInvoice, net: Decimal): Decimal {
  const charged = chargedOn(invoice);
  if (charged.net.eq(0)) return toCents(net.times(invoice.taxRate));
  return toCents(charged.tax.times(net).div(charged.net));
}

/**
 * What the invoice charges, and its tax: the unused rest of an earlier one that it took over is service that it
 * gives, too, so that its credit line lowers neither.
 */
function chargedOn({ lines }: FinalInvoice): { readonly net: Decimal; readonly tax: Decimal } {
  const charged = lines.filter((line) => line.kind !== 'credit');
  return {
    net: charged.reduce((sum, line) => sum.plus(line.amount), NOTHING),
    tax: charged.reduce((sum, line) => sum.plus(line.tax), NOTHING),
  };
}

/** Net: what the invoice's service costs and is not given back yet, wherever it was billed. */
export function creditable(invoice: FinalInvoice): Decimal {
  const left = chargedOn(invoice).net.plus(invoice.takenOver).minus(invoice.reversedNet);
  return left.lt(0) ? NOTHING : left;
}

/**
 * Net: what the customer was charged for usage and not given back, nor forgiven by a write-off: promotional credit
 * paid for the rest of it.
 */
export function creditableUsage(invoice: FinalInvoice): Decimal {
  const { lines, creditedUsage, takenOver, reversedNet, recovered, recoveredTax } = invoice;
  const kept = chargedOn(invoice).net.plus(takenOver).minus(reversedNet).plus(recovered).minus(recoveredTax);
  const usage = lines.reduce(
    (sum, { kind, amount }) => (kind === 'usage' || kind === 'promotion' ? sum.plus(amount) : sum),
    NOTHING.minus(creditedUsage),
  );
  const least = kept.lt(usage) ? kept : usage;
  return least.lt(0) ? NOTHING : least;
}

/** Gross: what of the invoice itself is not reversed yet, the most that can be credited or refunded on request. */
export function reversible(invoice: FinalInvoice): Decimal {
  const own = decimal(invoice.total).minus(invoice.reversedNet).minus(invoice.reversedTax);
  const service = decimal(shareOfNet(invoice, creditable(invoice)).total);
  const least = own.lt(service) ? own : service;
  return least.lt(0) ? NOTHING : least;
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

/**
 * Splits an amount over schedules by what they have left: each takes its rounded share of what the earlier ones
 * leave, so that the parts sum to the amount and none exceeds its rest.
 */
export function spreadOver<Line extends { readonly rest: string }>(
  amount: Decimal,
  lines: readonly Line[],
): { readonly line: Line; readonly amount: Decimal }[] {
  let left = amount;
  let weight = lines.reduce((sum, { rest }) => sum.plus(rest), NOTHING);
  return lines.flatMap((line) => {
    const part = weight.eq(0) ? NOTHING : toCents(left.times(line.rest).div(weight));
    left = left.minus(part);
    weight = weight.minus(line.rest);
    return part.eq(0) ? [] : [{ line, amount: part }];
  });
}
