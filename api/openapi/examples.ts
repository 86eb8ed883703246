import type { JsonSchema } from './schemas.ts';

type Schemas = Readonly<Record<string, JsonSchema>>;

/** What a parameter of this name usually looks like, where its schema has no example. */
const BY_NAME: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['customerId', 'cus_acme'],
  ['period', '2026-01'],
  ['currency', 'USD'],
  ['amount', '299.00'],
  ['email', 'billing@acme.example'],
  ['name', 'Acme'],
  ['tier', 'growth'],
]);

/** A value that fits a schema well enough to be read: examples given, else what the type and name suggest. */
export function exampleOf(schema: JsonSchema, schemas: Schemas, name = 'value', depth = 0): unknown {
  if (schema.$ref !== undefined) {
    const target = schemas[schema.$ref.split('/').at(-1) ?? ''];
    return target === undefined || depth > 8 ? {} : exampleOf(target, schemas, name, depth + 1);
  }
  const given = schema['examples'];
  if (Array.isArray(given) && given.length > 0) return given[0];
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.default !== undefined) return schema.default;
  const alternative = schema.anyOf?.[0] ?? schema.oneOf?.[0];
  if (typeof alternative === 'object') return exampleOf(alternative, schemas, name, depth + 1);
  return BY_NAME.get(name) ?? exampleOfType(schema, schemas, name, depth);
}

function exampleOfType(schema: JsonSchema, schemas: Schemas, name: string, depth: number): unknown {
  switch (schema.type) {
    case 'object':
      return exampleObject(schema, schemas, depth);
    case 'array':
      return typeof schema.items === 'object' && !Array.isArray(schema.items)
        ? [exampleOf(schema.items as JsonSchema, schemas, name.replace(/s$/, ''), depth + 1)]
        : [];
    case 'integer':
    case 'number':
      return Math.max(schema.minimum ?? 1, 1);
    case 'boolean':
      return true;
    default:
      return exampleText(schema, name);
  }
}

/** Required members, and all of them where none is required. */
function exampleObject(schema: JsonSchema, schemas: Schemas, depth: number): Record<string, unknown> {
  const members = Object.entries(schema.properties ?? {});
  const required = new Set(schema.required ?? []);
  return Object.fromEntries(
    members
      .filter(([name]) => required.has(name))
      .map(([name, member]) => [name, exampleOf(member as JsonSchema, schemas, name, depth + 1)]),
  );
}

function exampleText(schema: JsonSchema, name: string): string {
  if (schema.format === 'date-time') return '2026-01-15T12:00:00Z';
  if (schema.format === 'date') return '2026-01-15';
  if (schema.format === 'email') return 'billing@acme.example';
  if (schema.format === 'uri') return 'https://acme.example';
  return name.endsWith('Id') ? `${name.slice(0, 3).toLowerCase()}_1` : name;
}
