import { METER_IDS, type MeterId } from '../../domain/catalogue/types.ts';
import type { Holding } from '../../domain/entitlements/holding.ts';
import type { MeterReading } from '../../domain/entitlements/limit-check.ts';
import type { Month } from '../../domain/kernel/time.ts';
import type { HoldingSnapshot } from '../../projections/entitlements/reads.ts';
import type { UsageView } from '../../projections/usage/view.ts';
import { holdingOf } from './holding.ts';

/** The read models behind the memory. */
export interface AccessSource {
  holding(customerId: string): Promise<HoldingSnapshot>;
  holdings(
    after: string,
    limit: number,
  ): Promise<{
    readonly position: number;
    readonly holdings: readonly NonNullable<HoldingSnapshot['holding']>[];
  }>;
  usage(customerId: string, month: Month, paymentMethod: boolean): Promise<UsageView>;
  /** Log position that a read model has reached. */
  position(projection: string): Promise<number>;
  waitFor(projections: readonly string[], position: number, timeoutMs: number): Promise<boolean>;
}

/** What is known of a customer, and the log position that it is of. */
export interface Known {
  readonly asOf: number;
  /** Undefined for a customer that does not exist. */
  readonly holding: Holding | undefined;
}

/** A customer's running month. */
export interface KnownUsage {
  readonly month: Month;
  readonly countedThrough: number;
  readonly meters: Readonly<Record<MeterId, MeterReading>>;
}

/** `seen`: what the tail had seen when it was read; what of it the sums do not contain may be missing in them. */
export type ReadUsage = KnownUsage & { readonly readAtMs: number; readonly seen: number };

export interface Entry {
  readonly holding: Holding | undefined;
  readonly paymentMethod: boolean;
  usage: ReadUsage | undefined;
  /** Position of the customer's last usage event that the tail has seen. */
  usageAt: number;
}

export function asEntry({ holding }: HoldingSnapshot): Entry {
  return {
    holding: holding === undefined ? undefined : holdingOf(holding),
    paymentMethod: holding?.paymentMethod ?? false,
    usage: undefined,
    usageAt: 0,
  };
}

export function metersOf({ meters, overflow }: UsageView): KnownUsage['meters'] {
  const readings = new Map(
    meters.map(({ meter, quantity, ratedQuantity, included }) => [
      meter,
      { quantity, ratedQuantity, included, overflow },
    ]),
  );
  return Object.fromEntries(METER_IDS.map((meter) => [meter, readings.get(meter)])) as KnownUsage['meters'];
}
