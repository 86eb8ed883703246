/** Amounts of the model: whole cents, or whole micros (1e-6) where usage is accrued, as bigint. */
export type Cents = bigint;
export type Micros = bigint;

export const MICROS_PER_CENT = 10_000n;

/** n / d to the nearest whole number; halves to the even one. */
export function halfEven(n: bigint, d: bigint): bigint {
  if (d < 0n) return halfEven(-n, -d);
  let low = n / d;
  if (low * d > n) low -= 1n;
  const twice = (n - low * d) * 2n;
  if (twice < d) return low;
  if (twice > d) return low + 1n;
  return low % 2n === 0n ? low : low + 1n;
}

/** A decimal text as a fraction over a power of ten: `0.08` is 8 over 100. */
export function fraction(text: string): { readonly n: bigint; readonly d: bigint } {
  const [whole = '', places = ''] = text.replace('-', '').split('.');
  const n = BigInt(whole + places);
  return { n: text.startsWith('-') ? -n : n, d: 10n ** BigInt(places.length) };
}

/** A decimal text in whole parts of 1 / 10^places; what does not fit is a fault of the service. */
export function parts(text: string, places: number): bigint {
  const { n, d } = fraction(text);
  const scaled = n * 10n ** BigInt(places);
  if (scaled % d !== 0n) throw new Error(`${text} has more than ${places} places`);
  return scaled / d;
}

export function cents(text: string): Cents {
  return parts(text, 2);
}

export function amountText(amount: Cents): string {
  const digits = String(amount < 0n ? -amount : amount).padStart(3, '0');
  return `${amount < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

export function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

export function sum(amounts: Iterable<bigint>): bigint {
  let total = 0n;
  for (const amount of amounts) total += amount;
  return total;
}
