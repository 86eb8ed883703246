import { z } from 'zod';
import type { Instant } from './time.ts';

/** One event type: its current schema version and the shape of its data. */
export interface EventDefinition<Data = unknown> {
  readonly version: number;
  readonly schema: z.ZodType<Data>;
}

export function defineEvent<Data>(version: number, schema: z.ZodType<Data>): EventDefinition<Data> {
  return { version, schema };
}

/** A decided event: what happened and which instant it belongs to. Ids and audit data are the pipeline's. */
export interface Event<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly data: Data;
  readonly effectiveAt: Instant;
}

/** The union of events that a record of definitions describes. */
export type EventsOf<Definitions extends Record<string, EventDefinition>> = {
  [Type in keyof Definitions & string]: Event<Type, z.infer<Definitions[Type]['schema']>>;
}[keyof Definitions & string];

export const field = {
  id: z.string().regex(/^[A-Za-z0-9_.:-]{1,64}$/),
  instant: z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/),
  month: z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/),
  amount: z.string().regex(/^-?\d{1,15}(\.\d{1,6})?$/),
  currency: z.string().regex(/^[A-Z]{3}$/),
  rate: z.string().regex(/^(0|1|0\.\d{1,6})$/),
  /** Per cent, at most 100 and two decimals: `20`, `12.5`. */
  percent: z.string().regex(/^(100|\d{1,2}(\.\d{1,2})?)$/),
  count: z.string().regex(/^\d{1,18}$/),
  /** A whole number that may be negative: a difference of counts. */
  units: z.string().regex(/^-?\d{1,18}$/),
};
