import { validationProblem } from '../problems/mapper.ts';
import { ProblemError } from '../problems/problem.ts';
import { requireJson } from './headers.ts';
import { parseJson } from './json.ts';
import type { ParameterReader } from './parameters.ts';
import type { RawInput, Route } from './route.ts';
import type { WireRequest } from './types.ts';

export const MAX_BODY_BYTES = 100_000;
export const MAX_INGEST_BODY_BYTES = 1_048_576;

/** Path and query of a request target. */
export function splitTarget(target: string): { readonly path: string; readonly search: string } {
  const mark = target.indexOf('?');
  return mark < 0
    ? { path: target, search: '' }
    : { path: target.slice(0, mark), search: target.slice(mark + 1) };
}

/**
 * Reads and parses everything that comes in, without validating it against the schemas.
 * @returns `minPosition` apart from the other query parameters, because the framework handles it
 */
export async function readInput<Services>(
  route: Route<Services>,
  reader: ParameterReader,
  values: Readonly<Record<string, string>>,
  request: WireRequest,
): Promise<{ readonly raw: RawInput; readonly minPosition: number | undefined }> {
  const params = reader.path(values);
  const query = reader.query(splitTarget(request.target).search);
  const minPosition = route.reads.length === 0 ? undefined : takeMinPosition(query);
  return { raw: { params, query, body: await readBody(route, request) }, minPosition };
}

/**
 * Path parameters as the caller meant them.
 * @throws ProblemError `validation-failed` if they are not percent-encoded UTF-8
 */
export function decodeValues(values: Readonly<Record<string, string>>): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(values).map(([name, text]) => [name, decodeURIComponent(text)]));
  } catch (error) {
    throw new ProblemError('validation-failed', 'The path is not percent-encoded UTF-8.', { cause: error });
  }
}

function takeMinPosition(query: Record<string, unknown>): number | undefined {
  const given = query['minPosition'];
  delete query['minPosition'];
  if (given === undefined) return undefined;
  if (typeof given === 'string' && /^\d{1,15}$/.test(given)) return Number(given);
  throw validationProblem([
    {
      in: 'query',
      issue: {
        code: 'custom',
        path: ['minPosition'],
        message: 'Must be a position as Revenue-Position gives it.',
        input: given,
      },
    },
  ]);
}

async function readBody<Services>(route: Route<Services>, request: WireRequest): Promise<unknown> {
  if (route.kind === 'query') return {};
  const bytes = await request.body(route.kind === 'ingest' ? MAX_INGEST_BODY_BYTES : MAX_BODY_BYTES);
  if (bytes.length === 0 && request.header('content-type') === undefined) return {};
  const type = requireJson(request, Object.keys(route.mediaTypes));
  const value = parseJson(bytes);
  const other = route.mediaTypes[type];
  return other === undefined ? value : other.toBody(value);
}
