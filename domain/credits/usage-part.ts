import { centsString, decimal } from '../kernel/money.ts';

/** Lines that the prepaid wallet may pay: usage, and the promotions that lower it. */
const USAGE = new Set(['usage', 'promotion']);

/** The usage part of an invoice with its tax, in cents; zero where promotions exceed it. */
export function usagePart(
  lines: readonly { readonly kind: string; readonly amount: string; readonly tax: string }[],
): string {
  const sum = lines
    .filter(({ kind }) => USAGE.has(kind))
    .reduce((total, { amount, tax }) => total.plus(amount).plus(tax), decimal(0));
  return centsString(sum.lt(0) ? decimal(0) : sum);
}
