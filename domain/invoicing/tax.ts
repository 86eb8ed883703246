import { decimal, toCents } from '../kernel/money.ts';

const CENTS = 100;

/**
 * Tax once on the net of all lines, half-even to the cent, and given back to the lines by largest remainder so
 * that they sum to it. Amounts are in cents as decimal strings and may be negative (credits).
 */
export function taxByLine(amounts: readonly string[], rate: string): { total: string; byLine: string[] } {
  const exact = amounts.map((amount) => decimal(amount).times(rate).times(CENTS));
  const net = exact.reduce((sum, part) => sum.plus(part), decimal(0));
  const total = Number(net.round(0, 2).toFixed(0));
  const floors = exact.map((part) => Number(part.round(0, part.lt(0) ? 3 : 0).toFixed(0)));
  const missing = total - floors.reduce((sum, cents) => sum + cents, 0);
  const order = exact
    .map((part, index) => ({ index, rest: part.minus(floors[index] ?? 0) }))
    .sort((a, b) => b.rest.cmp(a.rest) || a.index - b.index);
  const raised = new Set(order.slice(0, missing).map(({ index }) => index));
  const cents = floors.map((floor, index) => floor + (raised.has(index) ? 1 : 0));
  return { total: asAmount(total), byLine: cents.map(asAmount) };
}

function asAmount(cents: number): string {
  return decimal(cents).div(CENTS).toFixed(2);
}

/**
 * Where prices include tax, a line's tax is what its price holds beyond its net (SUB-17), so that the price stays
 * what was agreed; lines without such a price (usage, credits) have theirs on top of their net, half-even each.
 */
export function taxWithin(
  lines: readonly { readonly amount: string; readonly gross?: string | null }[],
  rate: string,
): { total: string; byLine: string[] } {
  const taxes = lines.map(({ amount, gross }) =>
    typeof gross === 'string' ? decimal(gross).minus(amount) : toCents(decimal(amount).times(rate)),
  );
  const total = taxes.reduce((sum, tax) => sum.plus(tax), decimal(0));
  return { total: total.toFixed(2), byLine: taxes.map((tax) => tax.toFixed(2)) };
}
