import { z } from 'zod';
import type { RawInput, Route } from '../../../api/http/route.ts';
import { exampleOf } from '../../../api/openapi/examples.ts';
import type { JsonSchema } from '../../../api/openapi/schemas.ts';

type Members = Record<string, unknown>;

/** A value that fits a schema, made as the examples of the reference are. */
export function sampleOf(schema: z.ZodType, io: 'input' | 'output'): unknown {
  const { $defs = {}, ...rest } = z.toJSONSchema(schema, { io });
  return exampleOf(rest as JsonSchema, $defs as Record<string, JsonSchema>);
}

/** The least input that a route takes: required members alone. */
export function sampleInput<Services>(route: Route<Services>): RawInput {
  return {
    params: sampleOf(route.params, 'input') as Members,
    query: sampleOf(route.query, 'input') as Members,
    body: route.body === undefined ? {} : sampleOf(route.body, 'input'),
  };
}
