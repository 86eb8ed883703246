import Big from 'big.js';

export type Decimal = Big;

/** The currency that the books are kept in. */
export const BOOK_CURRENCY = 'USD';

const CENT_PLACES = 2;
const MICRO_PLACES = 6;
const MICROS_PER_UNIT = 1_000_000n;
const DECIMAL_STRING = /^-?\d{1,15}(\.\d{1,9})?$/;

/** Parses a decimal string exactly. Throws RangeError on anything that is not a plain decimal. */
export function decimal(value: string | number | bigint | Decimal): Decimal {
  if (typeof value === 'string' && !DECIMAL_STRING.test(value)) {
    throw new RangeError(`not a decimal amount: ${value.slice(0, 40)}`);
  }
  return new Big(typeof value === 'bigint' ? value.toString() : value);
}

/** Rounds half to even (IEEE 754 roundTiesToEven) at the given number of decimal places. */
export function roundHalfEven(value: Decimal, places: number): Decimal {
  return value.round(places, Big.roundHalfEven);
}

/** Rounds half-even to cents; what an invoice line may carry. */
export function toCents(value: Decimal): Decimal {
  return roundHalfEven(value, CENT_PLACES);
}

/** `299` → `"299.00"`. Throws RangeError if the value has more than two decimals. */
export function centsString(value: Decimal): string {
  if (!toCents(value).eq(value)) throw new RangeError(`not a whole number of cents: ${value.toFixed()}`);
  return value.toFixed(CENT_PLACES);
}

/** Exact micros (1e-6) of an amount. Throws RangeError if it has more than six decimals. */
export function toMicros(value: string | Decimal): bigint {
  const scaled = decimal(value).times(1_000_000);
  if (!scaled.round(0).eq(scaled)) {
    throw new RangeError(`more than ${MICRO_PLACES} decimals: ${String(value)}`);
  }
  return BigInt(scaled.toFixed(0));
}

/** Micros as the shortest decimal string with at least two decimals: `54166667n` → `"54.166667"`. */
export function fromMicros(micros: bigint): string {
  const negative = micros < 0n;
  const absolute = negative ? -micros : micros;
  const fraction = (absolute % MICROS_PER_UNIT)
    .toString()
    .padStart(MICRO_PLACES, '0')
    .replace(/0{1,4}$/, '');
  return `${negative ? '-' : ''}${absolute / MICROS_PER_UNIT}.${fraction}`;
}

/** Rounds micros half-even to whole cents, still in micros. */
export function microsToCents(micros: bigint): bigint {
  return toMicros(toCents(decimal(fromMicros(micros))));
}
