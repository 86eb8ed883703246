import { contentType, rawBody } from './raw.ts';
import type { Route } from './route.ts';
import type { Reply, WireResponse } from './types.ts';

export interface ReplySettings {
  readonly requestId: string;
  readonly validate: boolean;
}

/**
 * A handler's reply as it goes out.
 * @throws Error if the body does not fit the response schema, where that is checked
 */
export function successResponse<Services>(
  route: Route<Services>,
  reply: Reply<unknown>,
  settings: ReplySettings,
): WireResponse {
  const status = reply.status ?? route.status;
  if (settings.validate) requireSchema(route, reply.body);
  const headers: Record<string, string> = {
    'Content-Type': contentType(route.produces),
    'Cache-Control': 'no-store',
    'Request-Id': settings.requestId,
  };
  if (reply.etag !== undefined) headers['ETag'] = `"${reply.etag}"`;
  if (reply.position !== undefined) headers['Revenue-Position'] = String(reply.position);
  if (reply.location !== undefined) headers['Location'] = reply.location;
  if (reply.replayed === true) headers['Idempotent-Replayed'] = 'true';
  const body = route.produces === 'application/json' ? JSON.stringify(reply.body) : rawBody.parse(reply.body);
  return { status, headers: { ...headers, ...reply.headers }, body };
}

function requireSchema<Services>(route: Route<Services>, body: unknown): void {
  const result = route.response.safeParse(body);
  if (result.success) return;
  const faults = result.error.issues.map((issue) => `/${issue.path.join('/')}: ${issue.message}`);
  throw new Error(`the answer of ${route.operationId} does not fit its schema: ${faults.join('; ')}`);
}
