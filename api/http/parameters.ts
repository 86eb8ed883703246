import { z } from 'zod';
import { ProblemError, pointer } from '../problems/problem.ts';
import type { ObjectSchema } from './types.ts';

type Kind = 'number' | 'boolean' | 'array' | 'text';

/** Turns the text of path and query parameters into the JSON types that their schema takes. */
export interface ParameterReader {
  /** @throws ProblemError `validation-failed` when a parameter comes twice or cannot be decoded */
  query(search: string): Record<string, unknown>;
  path(values: Readonly<Record<string, string>>): Record<string, unknown>;
}

const NUMBER = /^-?(0|[1-9]\d{0,15})(\.\d{1,15})?$/;

/** Reads the types from the schemas once, when the route is mounted. */
export function parameterReader(params: ObjectSchema, query: ObjectSchema): ParameterReader {
  const paramKinds = kindsOf(params);
  const queryKinds = kindsOf(query);
  return {
    path: (values) =>
      Object.fromEntries(
        Object.entries(values).map(([name, value]) => [
          name,
          typed(checked(name, value, 'path'), paramKinds.get(name)),
        ]),
      ),
    query: (search) => readQuery(search, queryKinds),
  };
}

function readQuery(search: string, kinds: ReadonlyMap<string, Kind>): Record<string, unknown> {
  if (search === '') return {};
  const values = new Map<string, unknown>();
  for (const [name, value] of new URLSearchParams(search)) {
    checked(name, value, 'query');
    if (name === '__proto__') refuse(name, 'query', 'The parameter is not accepted.');
    const kind = kinds.get(name);
    const before = values.get(name);
    if (kind === 'array') values.set(name, [...(Array.isArray(before) ? before : []), value]);
    else if (before !== undefined) refuse(name, 'query', 'The parameter comes more than once.');
    else values.set(name, typed(value, kind));
  }
  return Object.fromEntries(values);
}

function typed(value: string, kind: Kind | undefined): unknown {
  if (kind === 'number' && NUMBER.test(value)) return Number(value);
  if (kind === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}

function kindsOf(schema: ObjectSchema): ReadonlyMap<string, Kind> {
  return new Map(Object.entries(schema.shape).map(([name, member]) => [name, kindOf(member)]));
}

function kindOf(member: z.core.$ZodType): Kind {
  const { $defs = {}, ...schema } = z.toJSONSchema(member, { io: 'input', unrepresentable: 'any' });
  // A shared component stands under its name.
  const { type } =
    schema.$ref === undefined ? schema : ($defs[schema.$ref.replace('#/$defs/', '')] ?? schema);
  if (type === 'number' || type === 'integer') return 'number';
  if (type === 'boolean' || type === 'array') return type;
  return 'text';
}

function checked(name: string, value: string, where: 'path' | 'query'): string {
  // URLSearchParams turns malformed UTF-8 into U+FFFD instead of failing.
  if (value.includes('\u0000') || value.includes('\ufffd') || !value.isWellFormed()) {
    refuse(name, where, 'The text has a character that cannot be stored.');
  }
  return value;
}

function refuse(name: string, where: 'path' | 'query', detail: string): never {
  throw new ProblemError('validation-failed', detail, {
    errors: [{ pointer: pointer([name]), in: where, detail }],
  });
}
