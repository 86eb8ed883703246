import {
  buildDocument,
  type DocumentOptions,
  type OpenApiDocument,
  renderDocument,
} from '../openapi/document.ts';
import { renderReference } from '../openapi/reference-page.ts';
import { type App, createApp } from './app.ts';
import type { Health } from './health.ts';
import { Pipeline, type PipelineOptions } from './pipeline.ts';
import type { Route } from './route.ts';
import { RouteTable } from './route-table.ts';
import { systemRoutes } from './system-routes.ts';

export interface ApiOptions<Services> extends Omit<PipelineOptions<Services>, 'table'> {
  readonly routes: readonly Route<Services>[];
  readonly health: Health;
  readonly metricsAccess: 'open' | 'key';
  readonly document: DocumentOptions;
}

export interface Api<Services> extends App {
  readonly pipeline: Pipeline<Services>;
  readonly document: OpenApiDocument;
}

/** Everything that HTTP needs, from one list of routes. Give `listener` to serveHttp. */
export function createApi<Services>(options: ApiOptions<Services>): Api<Services> {
  const pipeline = new Pipeline({ ...options, table: new RouteTable(options.routes) });
  const document = buildDocument(options.routes, options.document);
  const system = systemRoutes({
    ...options,
    principalOf: (request) => pipeline.principalOf(request),
    openapi: renderDocument(document),
    reference: renderReference(document),
  });
  return { pipeline, document, ...createApp({ pipeline, system, health: options.health }) };
}
