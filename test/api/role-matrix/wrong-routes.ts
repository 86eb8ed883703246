import { z } from 'zod';
import { requireOwn } from '../../../api/auth/customer-scope.ts';
import { type Route, routesFor } from '../../../api/http/route.ts';
import type { Principal } from '../../../api/http/types.ts';
import { ProblemError } from '../../../api/problems/problem.ts';
import type { BillingReads } from '../../../projections/billing/reads.ts';

export interface InvoiceServices {
  readonly billing: BillingReads;
}

type Check = (principal: Principal, customerId: string) => void;

const route = routesFor<InvoiceServices>();
const missing = () => new ProblemError('invoice-not-found', 'There is no such invoice.');

/** Reads an invoice by its id, and checks whose it is in the given way. */
function invoiceRoute(operationId: string, check: Check, method: 'get' | 'post' = 'get') {
  const shared = {
    operationId,
    path: `/v1/${operationId}/:invoiceId`,
    summary: operationId,
    tags: ['Test'],
    roles: ['customer'],
    customerScope: 'handler',
    request: { params: z.strictObject({ invoiceId: z.string().max(64) }) },
    response: z.strictObject({ total: z.string() }),
    errors: ['invoice-not-found'],
  } as const;
  const handler = async (
    { params }: { params: { invoiceId: string } },
    { services, principal }: { services: InvoiceServices; principal: Principal },
  ) => {
    const found = await services.billing.invoiceById(params.invoiceId);
    if (found === undefined) throw missing();
    check(principal, found.customerId);
    return { body: { total: found.total } };
  };
  return method === 'get'
    ? route({ ...shared, method, kind: 'query', handler })
    : route({ ...shared, method, kind: 'command', handler });
}

function listRoute(operationId: string, ofCaller: boolean) {
  return route({
    operationId,
    method: 'get',
    path: `/v1/${operationId}`,
    summary: operationId,
    tags: ['Test'],
    roles: ['customer'],
    kind: 'query',
    customerScope: 'handler',
    response: z.strictObject({ invoices: z.array(z.string()) }),
    errors: [],
    async handler(_input, { services, principal }) {
      const customerId = ofCaller ? principal.customerId : undefined;
      const { invoices } = await services.billing.listInvoices({
        customerId,
        status: undefined,
        limit: 100,
        startingAfter: undefined,
        endingBefore: undefined,
      });
      return { body: { invoices: invoices.map(({ invoiceId }) => invoiceId) } };
    },
  });
}

/** Routes as they should be: the matrix must find nothing. */
export const rightRoutes: readonly Route<InvoiceServices>[] = [
  invoiceRoute('rightInvoice', (principal, customerId) => requireOwn(principal, customerId, missing)),
  listRoute('rightList', true),
];

/** Routes that forget a customer's scope, each in its way, and what the matrix must say of it. */
export const wrongRoutes: readonly (readonly [string, Route<InvoiceServices>, RegExp])[] = [
  ['forgets whose invoice it is', invoiceRoute('forgetful', () => undefined), /can be told from none/],
  [
    'tells that there is one, by its status',
    invoiceRoute('statusTeller', (principal, customerId) =>
      requireOwn(principal, customerId, () => new ProblemError('forbidden', 'Not yours.')),
    ),
    /can be told from none: 403/,
  ],
  [
    'tells that there is one, by its text',
    invoiceRoute('textTeller', (principal, customerId) =>
      requireOwn(principal, customerId, () => new ProblemError('invoice-not-found', 'It is not yours.')),
    ),
    /can be told from none/,
  ],
  ['acts on another’s', invoiceRoute('actor', () => undefined, 'post'), /status 201/],
  ['lists everybody’s', listRoute('gossip', false), /the answer has another customer’s/],
];
