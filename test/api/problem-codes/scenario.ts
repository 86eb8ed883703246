import { randomUUID } from 'node:crypto';
import type { Answer, CallOptions } from '../../../api/client.ts';
import { problemCodesOf } from '../../../api/openapi/parts.ts';
import { allRoutes } from '../../../api/routes/index.ts';
import type { Aggregate } from '../../../commands/aggregate.ts';
import { system } from '../../../commands/clock.ts';
import type { DomainEvent } from '../../../domain/events.ts';
import { OWNER_KEY, startTestService, type TestService } from '../../support/service.ts';

/** What came of a request, or of a command that no operation gives to the pipeline in this way. */
export type Provoked =
  | { readonly status: number; readonly code: string; readonly headers: Headers }
  | { readonly status: undefined; readonly code: string };

/** What a scenario works with: a running service, shared by those that do not break it. */
export interface Given {
  readonly service: TestService;
  /** A customer of the scenario's own on the tier growth, with a payment method. @returns its first invoice */
  customer(customerId: string, more?: object): Promise<{ readonly invoiceId: string }>;
  /** Calls an operation as the owner, and expects a problem. */
  call(operationId: string, inputs?: object, options?: CallOptions): Promise<Provoked>;
  /** Sends a request as it is, as the owner unless headers say otherwise, and expects a problem. */
  send(method: string, path: string, body?: string, headers?: Record<string, string>): Promise<Provoked>;
  /** Gives a command straight to the pipeline, and expects a refusal. */
  command<State, Command, Event extends DomainEvent>(
    aggregate: Aggregate<State, Command, Event>,
    id: string,
    command: Command,
  ): Promise<Provoked>;
}

/** Provokes a problem, once. */
export type Scenario = (given: Given) => Promise<Provoked>;
/** By problem code; one that is not in the catalogue fails the test, as one that is missing does. */
export type Scenarios = Readonly<Record<string, Scenario>>;

export function problemOf({ status, headers, body }: Answer): Provoked {
  const { code } = body as { readonly code?: string };
  if (code === undefined) throw new Error(`not a problem but ${status}: ${JSON.stringify(body)}`);
  return { status, code, headers };
}

const routes = allRoutes({ manualClock: true });

function requireDeclared(operationId: string, code: string): void {
  const route = routes.find((one) => one.operationId === operationId);
  if (route !== undefined && problemCodesOf(route).some((declared) => declared === code)) return;
  throw new Error(
    `${operationId} answered ${code}, which its errors do not have: the reference lacks it too`,
  );
}

export function givenOn(service: TestService): Given {
  return {
    service,
    async customer(customerId, more = {}) {
      const signUp = { customerId, tier: 'growth', paymentMethod: true, ...more };
      const { body } = await service.ok<{ subscription: { charge: { invoiceId: string } | null } }>(
        'initializeCustomerRevenue',
        signUp,
      );
      return { invoiceId: body.subscription.charge?.invoiceId ?? '' };
    },
    async call(operationId, inputs = {}, options = {}) {
      const provoked = problemOf(await service.client.call(operationId, { ...inputs }, options));
      requireDeclared(operationId, provoked.code);
      return provoked;
    },
    async send(method, path, body, headers = {}) {
      const response = await fetch(service.url + path, {
        method,
        headers: {
          Authorization: `Bearer ${OWNER_KEY}`,
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body }),
      });
      return problemOf({ status: response.status, headers: response.headers, body: await response.json() });
    },
    async command(aggregate, id, command) {
      const { pipeline } = service.service.core.context;
      const outcome = await pipeline.execute(aggregate, id, command, system('test', randomUUID(), 'test'));
      if (outcome.kind !== 'refused') throw new Error(`not refused but ${outcome.kind}`);
      return { status: undefined, code: outcome.refusal.code };
    },
  };
}

/** For what only a service with these settings does, or what breaks it. */
export async function onServiceWith(
  env: Readonly<Record<string, string>>,
  scenario: Scenario,
): Promise<Provoked> {
  const before = process.env['TEST_LOG_LEVEL'];
  // What is logged as an error is what the scenario is about.
  process.env['TEST_LOG_LEVEL'] = 'silent';
  const service = await startTestService(env);
  try {
    return await scenario(givenOn(service));
  } finally {
    await service.close();
    if (before === undefined) delete process.env['TEST_LOG_LEVEL'];
    else process.env['TEST_LOG_LEVEL'] = before;
  }
}
