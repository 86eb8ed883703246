import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Authenticator } from '../../api/auth/authenticator.ts';
import type { AuthDatabase } from '../../api/auth/key-database.ts';
import { createApi } from '../../api/http/api.ts';
import { Health } from '../../api/http/health.ts';
import type { Route } from '../../api/http/route.ts';
import { type HttpServer, serveHttp } from '../../api/http/server.ts';
import { ROLES } from '../../api/http/types.ts';
import { problemCodesOf } from '../../api/openapi/parts.ts';
import { allRoutes } from '../../api/routes/index.ts';
import type { Services } from '../../api/routes/services.ts';
import { createLogger } from '../../platform/logging.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { queryBuilder } from '../../platform/postgres.ts';
import { BillingReads } from '../../projections/billing/reads.ts';
import { startTestService, type TestService } from '../support/service.ts';
import { COMMON_THINGS, OWNED_THINGS } from './role-matrix/ids.ts';
import { isolationFaults } from './role-matrix/isolation.ts';
import { namesIn, probeOf, type Send, sender } from './role-matrix/probe.ts';
import { type Callers, makeCallers, makeWorld, type World } from './role-matrix/world.ts';
import { type InvoiceServices, rightRoutes, wrongRoutes } from './role-matrix/wrong-routes.ts';

const UNLIMITED = {
  RATE_LIMIT_INGEST: '0',
  RATE_LIMIT_HOT_READS: '0',
  RATE_LIMIT_QUERIES: '0',
  RATE_LIMIT_COMMANDS: '0',
  RATE_LIMIT_FAILED_AUTHENTICATIONS: '0',
};

/** Reads before writes, and the clock last, so that what one operation does is not in the way of the next. */
const routes = [...allRoutes({ manualClock: true })].sort((a, b) => rank(a) - rank(b));
const cases = routes.map((route) => [route.operationId, route] as const);
const forCustomers = cases.filter(([, { roles }]) => roles.includes('customer'));

let service: TestService;
let send: Send;
let callers: Callers;
let reading: World;

beforeAll(async () => {
  service = await startTestService(UNLIMITED);
  send = sender(service.url);
  callers = await makeCallers(service);
  reading = await makeWorld(service);
});
afterAll(() => service?.close());

function rank({ kind, operationId }: Route<Services>): number {
  if (operationId === 'advanceClock') return 3;
  return kind === 'query' ? 0 : kind === 'ingest' ? 1 : 2;
}

const DECLARE = 'the route answers with a code that its errors do not have, so the reference does not either';

function undeclared(route: Route<Services>, code: string | undefined): string | undefined {
  return problemCodesOf(route).find((declared) => declared === code) === undefined ? code : undefined;
}

/** Commands change their customers, so each gets new ones. */
const worldFor = async ({ kind }: Route<Services>) => (kind === 'query' ? reading : makeWorld(service));
const head = () => service.service.core.store.head();

describe('every path parameter', () => {
  it.each(cases)('of %s is known to the matrix', (_name, { params }) => {
    const unknown = Object.keys(params.shape).filter(
      (name) => !(name in OWNED_THINGS) && !(name in COMMON_THINGS),
    );
    expect(
      unknown,
      'say in test/api/role-matrix/ids.ts what these name: OWNED_THINGS (with a way to make one) if they are a customer’s, COMMON_THINGS otherwise',
    ).toEqual([]);
  });
});

describe('who may call', () => {
  it.each(cases)('%s', async (_name, route) => {
    const { own, foreign } = await worldFor(route);
    const probe = probeOf(route, own.ids, false);
    for (const caller of ['nobody', 'revoked'] as const) {
      const seen = await send(callers[caller], probe);
      expect([caller, seen.status, seen.code]).toEqual([caller, 401, 'unauthenticated']);
      expect(seen.headers.get('www-authenticate')).toBe('Bearer');
    }
    // Those that are refused come first: what the others do must not be in the way.
    const byPermission = ROLES.toSorted(
      (a, b) => Number(route.roles.includes(a)) - Number(route.roles.includes(b)),
    );
    for (const role of byPermission) {
      const seen = await send(role === 'customer' ? own.key : callers[role], probe);
      if (route.roles.includes(role)) {
        expect([role, seen.status, seen.text], 'is allowed').not.toEqual([
          role,
          expect.toBeOneOf([401, 403]),
          seen.text,
        ]);
        expect(seen.status, `${role}: ${seen.text}`).toBeLessThan(500);
        expect(seen.code, seen.text).not.toBe('validation-failed');
        expect(undeclared(route, seen.code), DECLARE).toBeUndefined();
      } else expect([role, seen.status, seen.code]).toEqual([role, 403, 'forbidden']);
    }
    if (!route.roles.includes('customer')) {
      expect((await send(foreign.key, probe)).status).toBe(403);
    } else if (namesIn(route, own.ids).some((name) => JSON.stringify(probe).includes(own.ids[name] ?? '-'))) {
      expect((await send(foreign.key, probe)).status, 'a customer on another’s thing').toBe(404);
    }
  });
});

describe('a customer’s key learns nothing of another customer, and does nothing to it', () => {
  it.each(forCustomers)('%s', async (_name, route) => {
    expect(await isolationFaults(route, await worldFor(route), send, head)).toEqual([]);
  });
});

describe('the matrix finds a route', () => {
  let server: HttpServer;

  beforeAll(async () => {
    const { pool } = service.service.core;
    const authenticator = new Authenticator({ database: queryBuilder<AuthDatabase>(pool) });
    const health = new Health([]);
    const api = createApi<InvoiceServices>({
      routes: [...rightRoutes, ...wrongRoutes.map(([, route]) => route)],
      services: { billing: new BillingReads(pool) },
      authenticate: (header) => authenticator.authenticate(header),
      health,
      metrics: createMetrics(),
      metricsAccess: 'key',
      log: createLogger({ level: 'silent' }),
      document: { title: 'Wrong', version: '1' },
      reads: { current: async () => 0, head: async () => 0, waitFor: async () => true },
    });
    server = await serveHttp({ listener: api.listener, health, host: '127.0.0.1', port: 0 });
  });
  afterAll(() => server?.close());

  it.each(wrongRoutes)('that %s', async (_what, route, fault) => {
    const faults = await isolationFaults(route, reading, sender(server.url), head);
    expect(faults.join('\n')).toMatch(fault);
  });

  it.each(rightRoutes.map((route) => [route.operationId, route] as const))(
    'to be right if it is: %s',
    async (_name, route) => {
      expect(await isolationFaults(route, reading, sender(server.url), head)).toEqual([]);
    },
  );
});
