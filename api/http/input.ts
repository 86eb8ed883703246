import { validationProblem } from '../problems/mapper.ts';
import { ProblemError } from '../problems/problem.ts';
import type { AcceptedForm } from './accepted-forms.ts';
import { mediaTypeOf } from './headers.ts';
import { parseJson } from './json.ts';
import type { ParameterReader } from './parameters.ts';
import type { InputIssue, RawInput, Route } from './route.ts';
import type { WireRequest } from './types.ts';

const MAX_BODY_BYTES = 100_000;
const MAX_INGEST_BODY_BYTES = 1_048_576;

/** Path and query of a request target. */
export function splitTarget(target: string): { readonly path: string; readonly search: string } {
  const mark = target.indexOf('?');
  return mark < 0
    ? { path: target, search: '' }
    : { path: target.slice(0, mark), search: target.slice(mark + 1) };
}

interface ReadInput {
  readonly raw: RawInput;
  readonly minPosition: number | undefined;
  /** The fault as it stands in what was sent. */
  located(issue: InputIssue): InputIssue;
}

type SentPath = NonNullable<AcceptedForm['sentPath']>;

/**
 * Reads and parses everything that comes in, without validating it against the schemas.
 * @returns `minPosition` apart from the other query parameters, because the framework handles it, and how to
 * find what is wrong with the body in what was sent
 */
export async function readInput<Services>(
  route: Route<Services>,
  reader: ParameterReader,
  values: Readonly<Record<string, string>>,
  request: WireRequest,
): Promise<ReadInput> {
  const params = reader.path(values);
  const query = reader.query(splitTarget(request.target).search);
  const minPosition = route.reads.length === 0 ? undefined : takeMinPosition(query);
  const { body, sentPath } = await readBody(route, params, request);
  return { raw: { params, query, body }, minPosition, located: (issue) => locatedIn(issue, sentPath) };
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

function locatedIn({ in: where, issue }: InputIssue, sentPath: SentPath | undefined): InputIssue {
  if (where !== 'body' || sentPath === undefined) return { in: where, issue };
  return { in: where, issue: { ...issue, path: [...sentPath(issue.path)] } };
}

async function readBody<Services>(
  route: Route<Services>,
  params: Readonly<Record<string, unknown>>,
  request: WireRequest,
): Promise<{ readonly body: unknown; readonly sentPath?: SentPath }> {
  if (route.kind === 'query') return { body: {} };
  const bytes = await request.body(route.kind === 'ingest' ? MAX_INGEST_BODY_BYTES : MAX_BODY_BYTES);
  if (bytes.length === 0 && request.header('content-type') === undefined) return { body: {} };
  const form = route.accepts[mediaTypeOf(request, ['application/json', ...Object.keys(route.accepts)])];
  const sent = parseJson(bytes);
  if (form === undefined) return { body: sent };
  const envelope = { params, header: (name: string) => request.header(name) };
  const body = form.toBody(form.unchecked === true ? sent : checkedBy(form, sent), envelope);
  return { body, ...(form.sentPath === undefined ? {} : { sentPath: form.sentPath }) };
}

function checkedBy({ schema }: AcceptedForm, sent: unknown): unknown {
  const checked = schema.safeParse(sent);
  if (checked.success) return checked.data;
  throw validationProblem(checked.error.issues.map((issue) => ({ in: 'body', issue })));
}
