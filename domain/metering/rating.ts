import type { PriceModel, PriceTier } from '../catalogue/types.ts';
import { decimal } from '../kernel/money.ts';
import { divideHalfEven } from './half-even.ts';

const NANO_PLACES = 9;
const NANOS_PER_MICRO = 1_000n;

/** Exact nanos (1e-9) of a price. Throws RangeError on more than nine decimals or a negative price. */
export function priceNanos(price: string): bigint {
  const scaled = decimal(price).times(10 ** NANO_PLACES);
  if (scaled.lt(0)) throw new RangeError(`a price is not negative: ${price}`);
  return BigInt(scaled.toFixed(0));
}

/**
 * Units that are paid for: what exceeds the allowance, never below zero (a correction may take a month's
 * quantity below it). Without overflow (see `overflowsToPaid`) usage is capped: nothing is paid.
 */
export function billableUnits(quantity: bigint, included: bigint, overflow: boolean): bigint {
  return overflow && quantity > included ? quantity - included : 0n;
}

/** What a commitment asks for beyond what the month's usage costs (USE-10); both in micros, never below zero. */
export function shortfallMicros(committed: bigint, used: bigint): bigint {
  return committed > used ? committed - used : 0n;
}

/**
 * Rates the billable units of a whole period to date. Rating is cumulative: callers post the difference
 * to what is already accrued, which may be negative (a volume price falls when a tier is reached).
 * @param billable units above the allowance
 * @returns exact nanos (1e-9) of the catalogue's currency
 * Throws RangeError on negative units and on tiers that do not ascend or have an end.
 */
export function rate(model: PriceModel, billable: bigint): bigint {
  if (billable < 0n) throw new RangeError(`units to rate must not be negative: ${billable}`);
  switch (model.kind) {
    case 'standard':
      return billable * priceNanos(model.unitPrice);
    case 'package':
      return startedPackages(billable, model.size) * priceNanos(model.price);
    case 'graduated':
      return rateGraduated(ordered(model.tiers), billable);
    case 'volume':
      return rateVolume(ordered(model.tiers), billable);
  }
}

/** Nanos as the ledger posts them: half-even at micros (1e-6). */
export function ratedMicros(nanos: bigint): bigint {
  return divideHalfEven(nanos, NANOS_PER_MICRO);
}

function startedPackages(units: bigint, size: bigint): bigint {
  if (size <= 0n) throw new RangeError(`a package has a positive size: ${size}`);
  return (units + size - 1n) / size;
}

function rateGraduated(tiers: readonly PriceTier[], units: bigint): bigint {
  let nanos = 0n;
  let below = 0n;
  for (const { upTo, unitPrice } of tiers) {
    const end = upTo === null || upTo > units ? units : upTo;
    nanos += (end - below) * priceNanos(unitPrice);
    if (end === units) break;
    below = end;
  }
  return nanos;
}

function rateVolume(tiers: readonly PriceTier[], units: bigint): bigint {
  const reached = tiers.find(({ upTo }) => upTo === null || units <= upTo);
  return reached === undefined ? 0n : units * priceNanos(reached.unitPrice);
}

function ordered(tiers: readonly PriceTier[]): readonly PriceTier[] {
  let below = 0n;
  for (const [index, { upTo }] of tiers.entries()) {
    const last = index === tiers.length - 1;
    if ((upTo === null) !== last) throw new RangeError('the last price tier, and only it, has no end');
    if (upTo !== null && upTo <= below) throw new RangeError('price tiers must ascend');
    below = upTo ?? below;
  }
  if (tiers.length === 0) throw new RangeError('a tiered price needs tiers');
  return tiers;
}
