import { z } from 'zod';
import type { PriceModel, PriceTier } from '../catalogue/types.ts';
import { type Refusal, refuse } from '../kernel/decider.ts';
import { field } from '../kernel/event.ts';
import { rate } from './rating.ts';

const unitPrice = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,9})?$/, 'must be a decimal string, at most nine decimals');

const tiers = z
  .array(z.strictObject({ upTo: field.count.nullable(), unitPrice }))
  .min(1)
  .max(20);

/** A price as events carry it: a price model with its counts as decimal strings. */
export const priceSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('standard'), unitPrice }),
  z.strictObject({ kind: z.literal('package'), size: field.count, price: unitPrice }),
  z.strictObject({ kind: z.literal('graduated'), tiers }),
  z.strictObject({ kind: z.literal('volume'), tiers }),
]);

export type PriceTerms = z.infer<typeof priceSchema>;

export function priceModelOf(price: PriceTerms): PriceModel {
  switch (price.kind) {
    case 'standard':
      return price;
    case 'package':
      return { ...price, size: BigInt(price.size) };
    default:
      return { kind: price.kind, tiers: price.tiers.map(priceTier) };
  }
}

/** Refuses, with `invalid-price`, what `rate` could not rate: packages of nothing, tiers out of order. */
export function checkedPrice(price: PriceTerms): PriceModel | Refusal {
  const model = priceModelOf(price);
  try {
    rate(model, 1n);
    return model;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return refuse('invalid-price', error.message, 'price');
  }
}

function priceTier({ upTo, unitPrice: price }: z.infer<typeof tiers>[number]): PriceTier {
  return { upTo: upTo === null ? null : BigInt(upTo), unitPrice: price };
}
