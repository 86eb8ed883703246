import type { z } from 'zod';
import type { Refusal } from '../../domain/kernel/decider.ts';
import type { Logger } from '../../platform/logging.ts';

export const ROLES = ['owner', 'admin', 'finance', 'auditor', 'ingest', 'customer'] as const;
export type Role = (typeof ROLES)[number];

/** Who asks. Stays the same when a key is rotated, so that idempotency keys keep their scope. */
export interface Principal {
  /** `key:<id>` */
  readonly id: string;
  /** Id of the key that was presented. */
  readonly keyId: string;
  readonly role: Role;
  /** The only customer it may touch; set for role `customer`, and only for it. */
  readonly customerId?: string;
  /** Requests in a minute that go for this key instead of its role's; 0 is no limit. */
  readonly rateLimits?: KeyLimits;
}

/** Limits of a key's own, by class of operation. */
export interface KeyLimits {
  readonly ingest?: number | undefined;
  readonly hotReads?: number | undefined;
  readonly queries?: number | undefined;
  readonly commands?: number | undefined;
}

/** What a command hands on to the log with every event. */
export interface CommandMeta {
  /** UUIDv5 of principal and Idempotency-Key: the same retry, the same id. */
  readonly commandId: string;
  /** SHA-256 (hex) over operation and canonical validated input. */
  readonly requestHash: string;
  /** The principal's id. */
  readonly actor: string;
  /** The request id of the request that started it all. */
  readonly correlationId: string;
  /** Revision named by `If-Match`, or `none` for `If-None-Match: *`. */
  readonly ifMatch?: number | 'none';
}

interface BaseContext<Services> {
  readonly services: Services;
  readonly principal: Principal;
  readonly requestId: string;
  readonly log: Logger;
}

export type QueryContext<Services> = BaseContext<Services>;

export interface CommandContext<Services> extends BaseContext<Services> {
  readonly commandMeta: CommandMeta;
}

export type RouteKind = 'command' | 'query' | 'ingest';

export type ContextOf<Kind extends RouteKind, Services> = Kind extends 'query'
  ? QueryContext<Services>
  : CommandContext<Services>;

/** What a handler answers. Headers are set from it; `body` is what the response schema describes. */
export interface Reply<Body> {
  /** Default: the route's `status`. */
  readonly status?: number;
  readonly body: Body;
  /** Stream revision; becomes `ETag`. */
  readonly etag?: number;
  /** Position in the log that the answer is of; becomes `Revenue-Position`. */
  readonly position?: number;
  /** Path of the resource that the command made or changed. */
  readonly location?: string;
  /** The command had been handled before and this is its first outcome. */
  readonly replayed?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

export type ObjectSchema = z.ZodObject;
/** Type of an input that a route does not declare: nothing in it. */
export type NoInput = z.ZodObject<Record<never, never>>;

export interface Input<Params extends ObjectSchema, Query extends ObjectSchema, Body extends ObjectSchema> {
  readonly params: z.output<Params>;
  readonly query: z.output<Query>;
  readonly body: z.output<Body>;
}

export type HandlerResult<Body> = Promise<Reply<Body> | Refusal>;

/** What the framework needs to know of the read models. */
export interface ReadPositions {
  /** Lowest log position that all of these projections have reached. */
  current(projections: readonly string[]): Promise<number>;
  /** True once all have reached `position`; false when `timeoutMs` have passed before that. */
  waitFor(projections: readonly string[], position: number, timeoutMs: number): Promise<boolean>;
  /** Position of the last event that is known; what `Prefer: wait` without `minPosition` waits for. */
  head(): Promise<number>;
}

/** Something that an audit of access wants to know. */
export interface AccessEntry {
  readonly kind: 'read' | 'denied' | 'keys';
  readonly principalId?: string;
  readonly role?: Role;
  readonly operationId: string;
  readonly customerId?: string;
  readonly status: number;
  readonly requestId: string;
}

/** A request as the pipeline sees it, whichever server took it. */
export interface WireRequest {
  readonly method: string;
  /** Path and query as sent: `/v1/invoices?limit=2`. */
  readonly target: string;
  /** Of the connection: the caller, or the last proxy before us. */
  readonly remoteAddress: string;
  /** Lower-case names, one value each. */
  header(name: string): string | undefined;
  /** Reads the body once. Throws ProblemError `body-too-large`. */
  body(maxBytes: number): Promise<Buffer>;
}

export interface WireResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Text is sent as UTF-8. */
  readonly body: string | Uint8Array;
}
