import type { JsonSchema } from './schemas.ts';

type Schemas = Readonly<Record<string, JsonSchema>>;

/** What an input or output of this name usually looks like, where its schema has no example. */
const BY_NAME: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['customerId', 'cus_acme'],
  ['period', '2026-01'],
  ['currency', 'USD'],
  ['amount', '299.00'],
  ['email', 'billing@acme.example'],
  ['name', 'Acme'],
  ['tier', 'growth'],
  ['newTier', 'growth'],
  ['eventType', 'api.called'],
  ['meter', 'api.called'],
  ['account', '1200'],
]);

const FORMATS: ReadonlyMap<string, string> = new Map([
  ['date-time', '2026-01-15T12:00:00Z'],
  ['date', '2026-01-15'],
  ['email', 'billing@acme.example'],
  ['uri', 'https://acme.example'],
  ['uuid', '0b7c2a52-6f0e-5d4b-9a3e-2f6b8d1c4e70'],
]);

/** Tried in this order where a pattern wants something else than name and format suggest. */
const CANDIDATES = ['1', '299.00', '0.08', 'USD', '2026-01', ...FORMATS.values(), 'a'];
const MAX_DEPTH = 12;

/**
 * A value that fits a schema: an example given (`.meta({ examples: […] })`), else what type and name suggest. A rule
 * that JSON Schema does not say needs an example that keeps it.
 * @param schemas what `$ref` refers to, by name
 */
export function exampleOf(schema: JsonSchema, schemas: Schemas, name = 'value', depth = 0): unknown {
  const given = schema['examples'];
  if (Array.isArray(given) && given.length > 0) return given[0];
  if (schema.$ref !== undefined) {
    const target = schemas[schema.$ref.split('/').at(-1) ?? ''];
    return target === undefined || depth > MAX_DEPTH ? {} : exampleOf(target, schemas, name, depth + 1);
  }
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.default !== undefined) return schema.default;
  const alternatives = schema.anyOf ?? schema.oneOf ?? [];
  const alternative = alternatives.find((one) => typeof one === 'object' && one.type !== 'null');
  if (typeof alternative === 'object') return exampleOf(alternative, schemas, name, depth + 1);
  return exampleOfType(schema, schemas, name, depth);
}

function exampleOfType(schema: JsonSchema, schemas: Schemas, name: string, depth: number): unknown {
  // What can be null as well has two types in one.
  const type = [schema.type ?? []].flat().find((one) => one !== 'null') ?? schema.type;
  switch (type) {
    case 'object':
      return exampleObject(schema, schemas, depth);
    case 'array':
      return exampleArray(schema, schemas, name, depth);
    case 'integer':
    case 'number':
      return exampleNumber(schema);
    case 'boolean':
      return true;
    case 'null':
      return null;
    case 'string':
      return exampleText(schema, name);
    default:
      return BY_NAME.get(name) ?? name;
  }
}

/** Required members alone. */
function exampleObject(schema: JsonSchema, schemas: Schemas, depth: number): Record<string, unknown> {
  const members = Object.entries(schema.properties ?? {});
  const required = new Set(schema.required ?? []);
  return Object.fromEntries(
    members
      .filter(([name]) => required.has(name))
      .map(([name, member]) => [name, exampleOf(member as JsonSchema, schemas, name, depth + 1)]),
  );
}

function exampleArray(schema: JsonSchema, schemas: Schemas, name: string, depth: number): unknown[] {
  if (typeof schema.items !== 'object' || Array.isArray(schema.items) || depth > MAX_DEPTH) return [];
  if (schema.maxItems === 0) return [];
  const item = () => exampleOf(schema.items as JsonSchema, schemas, name.replace(/s$/, ''), depth + 1);
  return Array.from({ length: Math.max(1, schema.minItems ?? 1) }, item);
}

function exampleNumber({ minimum, maximum, exclusiveMinimum }: JsonSchema): number {
  const least = Math.max(minimum ?? 1, exclusiveMinimum === undefined ? 1 : Number(exclusiveMinimum) + 1);
  return maximum === undefined ? least : Math.min(least, maximum);
}

function exampleText(schema: JsonSchema, name: string): string {
  const suggested = [
    BY_NAME.get(name),
    FORMATS.get(schema.format ?? ''),
    name.endsWith('Id') ? `${name.slice(0, 3).toLowerCase()}_1` : name,
    ...CANDIDATES,
  ];
  const fits = (text: unknown): text is string => typeof text === 'string' && fitsText(text, schema);
  return suggested.find(fits) ?? name.padEnd(schema.minLength ?? 0, '.').slice(0, schema.maxLength);
}

function fitsText(text: string, schema: JsonSchema): boolean {
  const { format, minLength = 0, maxLength = Infinity } = schema;
  if (format !== undefined && FORMATS.has(format) && text !== FORMATS.get(format)) return false;
  // Several rules for one text come as allOf.
  const rules = [schema, ...(schema.allOf ?? [])].flatMap((rule) =>
    typeof rule === 'object' && rule.pattern !== undefined ? [new RegExp(rule.pattern)] : [],
  );
  return text.length >= minLength && text.length <= maxLength && rules.every((rule) => rule.test(text));
}
