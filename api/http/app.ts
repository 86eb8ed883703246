import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import express, { type ErrorRequestHandler, type Express } from 'express';
import helmet from 'helmet';
import { ProblemError } from '../problems/problem.ts';
import type { Health } from './health.ts';
import { splitTarget } from './input.ts';
import type { Pipeline } from './pipeline.ts';
import type { Route } from './route.ts';
import type { SystemRoute } from './system-routes.ts';
import { sendResponse, wireRequest } from './wire.ts';

export interface AppOptions<Services> {
  readonly pipeline: Pipeline<Services>;
  readonly system: readonly SystemRoute[];
  /** While it drains, every answer closes its connection. */
  readonly health: Health;
}

export interface App {
  readonly express: Express;
  /** For node:http: hot routes ahead of Express, the rest through it. */
  readonly listener: RequestListener;
}

const secure = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], baseUri: ["'none'"], frameAncestors: ["'none'"] },
  },
});

/** Mounts the table: every route of it, and nothing else beside the system routes. */
export function createApp<Services>(options: AppOptions<Services>): App {
  const { pipeline, health, system } = options;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.use(secure);
  for (const route of system) {
    app.get(route.path, (request, response) => answerSystem(options, route, request, response));
  }
  for (const route of byPrecedence(pipeline.table.routes)) {
    app[route.method](route.path, async (request, response) => {
      const values = Object.fromEntries(Object.entries(request.params).map(([k, v]) => [k, String(v)]));
      const answer = await pipeline.answer(route, values, wireRequest(request));
      sendResponse(response, answer, health.draining);
    });
  }
  app.use((request, response) => {
    const { path } = splitTarget(request.originalUrl);
    const allowed = system.some((route) => route.path === path) ? ['GET', 'HEAD'] : [];
    sendResponse(response, pipeline.unmatched(wireRequest(request), allowed), health.draining);
  });
  app.use(errorHandler(options));
  return { express: app, listener: (request, response) => listen(options, app, request, response) };
}

function listen<Services>(
  { pipeline, health }: AppOptions<Services>,
  app: Express,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { path } = splitTarget(request.url ?? '/');
  const match = pipeline.table.match(request.method ?? 'GET', path);
  if (match?.route.hot !== true) {
    app(request, response);
    return;
  }
  secure(request, response, () => {
    void pipeline.answerMatch(match, wireRequest(request)).then((answer) => {
      sendResponse(response, answer, health.draining);
    });
  });
}

async function answerSystem<Services>(
  { pipeline, health }: AppOptions<Services>,
  route: SystemRoute,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const wire = wireRequest(request);
  const answer = await route.answer(wire).catch((error: unknown) => pipeline.fail(wire, error));
  sendResponse(response, answer, health.draining);
}

/** Last resort: what Express itself finds wrong, such as a path that cannot be decoded. */
function errorHandler<Services>({ pipeline, health }: AppOptions<Services>): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const shown =
      error instanceof URIError
        ? new ProblemError('validation-failed', 'The path is not percent-encoded UTF-8.')
        : error;
    sendResponse(response, pipeline.fail(wireRequest(request), shown), health.draining);
  };
}

/** Express takes the first that fits: fixed segments before parameters, as the table itself matches. */
function byPrecedence<Services>(routes: readonly Route<Services>[]): Route<Services>[] {
  const rank = (path: string) => path.replaceAll(/:\w+/g, '\u{10ffff}');
  return [...routes].sort((a, b) => (rank(a.path) < rank(b.path) ? -1 : 1));
}
