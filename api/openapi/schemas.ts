import { z } from 'zod';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Turns wire schemas into JSON Schema 2020-12, which OpenAPI 3.1 takes as it is. */
export class SchemaCollector {
  readonly #components = new Map<string, JsonSchema>();

  /**
   * The schema of what comes in or goes out. Schemas with `.meta({ id })` become shared components.
   * @throws Error for a schema that JSON cannot say, or for two components of one name that differ
   */
  schema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    const { $schema, $defs, ...rest } = z.toJSONSchema(schema, { io, target: 'draft-2020-12' });
    for (const [name, definition] of Object.entries($defs ?? {})) this.add(name, definition);
    return relocated(rest);
  }

  /** Makes a shared component and gives the reference to it. */
  add(name: string, definition: JsonSchema): JsonSchema {
    const own = relocated(definition);
    const known = this.#components.get(name);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(own)) {
      throw new Error(
        `two different schemas are named ${name}: give the input and the output ids of their own`,
      );
    }
    this.#components.set(name, own);
    return { $ref: `#/components/schemas/${name}` };
  }

  /** All components, by name. */
  components(): Record<string, JsonSchema> {
    return Object.fromEntries([...this.#components].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

function relocated(schema: JsonSchema): JsonSchema {
  const text = JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/');
  return JSON.parse(text) as JsonSchema;
}
