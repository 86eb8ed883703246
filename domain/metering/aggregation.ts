import { catalogueAt, isMeterId } from '../catalogue/catalogue.ts';
import { METER_IDS, type MeterId } from '../catalogue/types.ts';
import { type Refusal, refuse } from '../kernel/decider.ts';
import { dayOf, type Instant } from '../kernel/time.ts';

/** A usage fact as it is sent. */
export interface UsageInput {
  readonly eventType: string;
  /** Units, a positive whole number; 1 if not given. A sender may pre-aggregate. */
  readonly quantity?: number | bigint | string | undefined;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Canonical instant; its UTC day is part of a unique key. */
  readonly occurredAt: Instant;
}

/** What a fact adds to its meter: `quantity` once, or once for each new `uniqueKey` in a month. */
export interface Contribution {
  readonly meter: MeterId;
  readonly quantity: bigint;
  /** JSON array of the meter's key values and the day; null on meters that add up every fact. */
  readonly uniqueKey: string | null;
}

/**
 * One fact may carry this many units; more is a sender's error, not usage. It takes twenty thousand such facts in a
 * month, on the dearest meter, to go beyond an amount's 15 integer digits.
 */
export const MAX_QUANTITY = 1_000_000_000n;

/** A key is stored and indexed; longer values are refused. */
export const MAX_KEY_LENGTH = 200;

/**
 * Turns a usage fact into what it adds to its meter. Pure; the catalogue of the fact's own time decides.
 *
 * COUNT and SUM meters both add up `quantity`. A UNIQUE_COUNT meter counts distinct keys, so a fact adds
 * 1 if its key is new and nothing otherwise, whatever its quantity: three enrichments of one profile by one
 * provider in a day are one, sent singly or together. The quantity is checked all the same. A fact without
 * the keys cannot be told from another, so it is refused rather than guessed at; nothing on such a meter can
 * be pre-aggregated across keys.
 *
 * Refuses with `unknown-event-type` (field `eventType`) and `invalid-usage` (field `quantity` or
 * `metadata.<key>`).
 */
export function contributionOf(fact: UsageInput): Contribution | Refusal {
  const { eventType, metadata, occurredAt } = fact;
  if (!isMeterId(eventType)) {
    return refuse('unknown-event-type', `eventType must be one of ${METER_IDS.join(', ')}`, 'eventType');
  }
  const quantity = parseQuantity(fact.quantity ?? 1n);
  if (quantity === undefined) {
    return refuse('invalid-usage', `quantity must be a whole number from 1 to ${MAX_QUANTITY}`, 'quantity');
  }
  const { aggregation } = catalogueAt(occurredAt).meters[eventType];
  if (aggregation.kind !== 'UNIQUE_COUNT') return { meter: eventType, quantity, uniqueKey: null };
  const values: string[] = [];
  for (const key of aggregation.keys) {
    const value = keyValue(metadata, key);
    if (value === undefined) {
      const detail = `${eventType} needs metadata.${key}: a text of 1 to ${MAX_KEY_LENGTH} characters or a whole number`;
      return refuse('invalid-usage', detail, `metadata.${key}`);
    }
    values.push(value);
  }
  return { meter: eventType, quantity: 1n, uniqueKey: JSON.stringify([...values, dayOf(occurredAt)]) };
}

function parseQuantity(value: number | bigint | string): bigint | undefined {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return undefined;
  if (typeof value === 'string' && !/^\d{1,18}$/.test(value)) return undefined;
  const quantity = BigInt(value);
  return quantity >= 1n && quantity <= MAX_QUANTITY ? quantity : undefined;
}

/** A number and its decimal text are the same key: senders differ in how they type ids. */
function keyValue(metadata: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = Object.hasOwn(metadata, key) ? metadata[key] : undefined;
  const text = Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text !== 'string' || text === '' || text.length > MAX_KEY_LENGTH) return undefined;
  return text;
}
