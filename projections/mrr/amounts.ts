import { divideHalfEven } from '../../domain/metering/half-even.ts';

/** A recurring amount. `arrMinor` is exact: cents a year. `mrr` and `arr` are decimal strings for display. */
export interface RecurringAmount {
  readonly arrMinor: bigint;
  /** A twelfth of it, half-even to the cent. */
  readonly mrr: string;
  readonly arr: string;
}

export function amountOf(arrMinor: bigint): RecurringAmount {
  return { arrMinor, mrr: centsOf(divideHalfEven(arrMinor, 12n)), arr: centsOf(arrMinor) };
}

function centsOf(minor: bigint): string {
  const digits = (minor < 0n ? -minor : minor).toString().padStart(3, '0');
  return `${minor < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
