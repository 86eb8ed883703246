import { z } from 'zod';
import type { Refusal } from '../../domain/kernel/decider.ts';
import type { ProblemCode } from '../problems/catalogue.ts';
import type { AcceptedForms } from './accepted-forms.ts';
import type { ProducedMediaType } from './raw.ts';
import type {
  CommandContext,
  ContextOf,
  HandlerResult,
  Input,
  NoInput,
  ObjectSchema,
  Reply,
  Role,
  RouteKind,
} from './types.ts';

export type Method = 'get' | 'post' | 'put' | 'delete';

export interface RouteSpec<
  Services,
  Kind extends RouteKind,
  Params extends ObjectSchema,
  Query extends ObjectSchema,
  Body extends ObjectSchema,
  Response extends z.ZodType,
> {
  /** The function's name in the product specification. */
  readonly operationId: string;
  readonly method: Method;
  /** `/v1/customers/:customerId/subscription` */
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  /** Who may call it. `owner` may call everything and need not be named. */
  readonly roles: readonly Role[];
  /** `query` reads; `command` needs an Idempotency-Key; `ingest` takes 1 MiB bodies. */
  readonly kind: Kind;
  /** Strict objects. Parameters of path and query are given to the schema as their JSON types. */
  readonly request?: { readonly params?: Params; readonly query?: Query; readonly body?: Body };
  /** Forms that the body may come in beside its own JSON, by media type. All of them give the same request hash. */
  readonly accepts?: AcceptedForms;
  /** Projections that the answer is made from: `minPosition` waits for them. */
  readonly reads?: readonly string[];
  readonly response: Response;
  /** Media type of the answer, JSON unless given. With another one `response` is `rawBody`: text or bytes. */
  readonly produces?: ProducedMediaType;
  /** Success status: 200 for queries, 201 for the rest unless given. */
  readonly status?: number;
  /** Codes this operation can answer with beside those that every one of its kind has. */
  readonly errors: readonly ProblemCode[];
  /**
   * How a customer's key is held to its own customer: `input` (default) compares every `customerId` of the
   * input and fills in one that the query leaves out; `handler` leaves it to the handler (`requireOwn`).
   */
  readonly customerScope?: 'input' | 'handler';
  /** `If-Match`: `optional` for commands unless given. */
  readonly ifMatch?: 'optional' | 'required' | 'none';
  /** Ingestion: true if this input identifies every item itself, so that no Idempotency-Key is needed. */
  readonly selfIdentified?: (body: z.output<Body>) => boolean;
  /**
   * Properties of the body that are personal data. The request hash, which the log keeps for ever, leaves them
   * out: what was erased could be guessed from it. The command itself must compare them when a key comes again.
   */
  readonly personal?: readonly Extract<keyof z.output<NoInfer<Body>>, string>[];
  /** Answered ahead of Express, by the same pipeline. */
  readonly hot?: boolean;
  handler(
    input: Input<Params, Query, Body>,
    context: ContextOf<Kind, Services>,
  ): HandlerResult<z.output<Response>>;
}

/** Input as it came in, parsed but not validated. */
export interface RawInput {
  readonly params: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

export interface InputIssue {
  readonly in: 'path' | 'query' | 'body';
  readonly issue: z.core.$ZodIssue;
}

export type Prepared<Services> =
  | { readonly valid: false; readonly issues: readonly InputIssue[] }
  | {
      readonly valid: true;
      readonly input: { readonly params: object; readonly query: object; readonly body: object };
      readonly selfIdentified: boolean;
      run(context: CommandContext<Services>): Promise<Reply<unknown> | Refusal>;
    };

/** A route with its types folded away: the table holds these. */
export interface Route<Services> {
  readonly operationId: string;
  readonly method: Method;
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly roles: readonly Role[];
  readonly kind: RouteKind;
  readonly params: ObjectSchema;
  readonly query: ObjectSchema;
  /** Undefined if the operation takes no body. */
  readonly body?: ObjectSchema;
  readonly accepts: AcceptedForms;
  readonly reads: readonly string[];
  readonly response: z.ZodType;
  readonly produces: ProducedMediaType;
  readonly status: number;
  readonly errors: readonly ProblemCode[];
  readonly customerScope: 'input' | 'handler';
  readonly ifMatch: 'optional' | 'required' | 'none';
  readonly keyRequired: 'always' | 'unless-self-identified' | 'never';
  readonly hot: boolean;
  /** Properties of the body that the request hash leaves out. */
  readonly personal: readonly string[];
  /** Validates an input and binds the handler to it. */
  prepare(raw: RawInput): Prepared<Services>;
}

const EMPTY: NoInput = z.strictObject({});

/**
 * Gives the function that declares routes over these services:
 * `const route = routesFor<Services>(); route({ operationId: 'getInvoice', … })`.
 */
export function routesFor<Services>() {
  return function route<
    Kind extends RouteKind,
    Response extends z.ZodType,
    Params extends ObjectSchema = NoInput,
    Query extends ObjectSchema = NoInput,
    Body extends ObjectSchema = NoInput,
  >(spec: RouteSpec<Services, Kind, Params, Query, Body, Response>): Route<Services> {
    const { params, query, body } = spec.request ?? {};
    return {
      operationId: spec.operationId,
      method: spec.method,
      path: spec.path,
      summary: spec.summary,
      ...(spec.description === undefined ? {} : { description: spec.description }),
      tags: spec.tags,
      roles: ['owner', ...spec.roles.filter((role) => role !== 'owner')],
      kind: spec.kind,
      params: params ?? EMPTY,
      query: query ?? EMPTY,
      ...(body === undefined ? {} : { body }),
      accepts: spec.accepts ?? {},
      reads: spec.reads ?? [],
      response: spec.response,
      produces: spec.produces ?? 'application/json',
      status: spec.status ?? (spec.kind === 'query' ? 200 : 201),
      errors: spec.errors,
      customerScope: spec.customerScope ?? 'input',
      ifMatch: spec.ifMatch ?? (spec.kind === 'command' ? 'optional' : 'none'),
      keyRequired: keyRequirement(spec.kind, spec.selfIdentified !== undefined),
      hot: spec.hot ?? false,
      personal: spec.personal ?? [],
      prepare: preparer(spec),
    };
  };
}

function keyRequirement(kind: RouteKind, selfIdentifies: boolean): Route<unknown>['keyRequired'] {
  if (kind === 'query') return 'never';
  return selfIdentifies ? 'unless-self-identified' : 'always';
}

function preparer<
  Services,
  Kind extends RouteKind,
  Params extends ObjectSchema,
  Query extends ObjectSchema,
  Body extends ObjectSchema,
  Response extends z.ZodType,
>(spec: RouteSpec<Services, Kind, Params, Query, Body, Response>): Route<Services>['prepare'] {
  // Undeclared inputs are checked against the empty object, which is what their types say.
  const paramsSchema = (spec.request?.params ?? EMPTY) as Params;
  const querySchema = (spec.request?.query ?? EMPTY) as Query;
  const bodySchema = (spec.request?.body ?? EMPTY) as Body;
  return (raw) => {
    const params = paramsSchema.safeParse(raw.params);
    const query = querySchema.safeParse(raw.query);
    const body = bodySchema.safeParse(raw.body);
    if (!params.success || !query.success || !body.success) {
      return {
        valid: false,
        issues: [
          ...(params.error?.issues ?? []).map((issue) => ({ in: 'path' as const, issue })),
          ...(query.error?.issues ?? []).map((issue) => ({ in: 'query' as const, issue })),
          ...(body.error?.issues ?? []).map((issue) => ({ in: 'body' as const, issue })),
        ],
      };
    }
    const input = { params: params.data, query: query.data, body: body.data };
    return {
      valid: true,
      input,
      selfIdentified: spec.selfIdentified?.(body.data) ?? false,
      // A command's context has everything that a query's has.
      run: (context) => spec.handler(input, context as ContextOf<Kind, Services>),
    };
  };
}
