import type { TestService } from '../../support/service.ts';

type Item = Readonly<Record<string, unknown>>;

/** How the property test reads and fills one list. */
export interface ListUnderTest {
  /** Inputs beside those that choose the page. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Member of the answer that has the items; `data` unless given. */
  readonly member?: string;
  /** What tells one item from another, and never changes. */
  idOf(item: Item): string;
  /** Makes one more item (or several). `n` is never the same twice. */
  insert(service: TestService, n: number): Promise<unknown>;
}

/** Customers that lists of one customer's things are about. */
export const LISTED_CUSTOMER = 'listed';

const signUp = (service: TestService, n: number) =>
  service.ok('initializeCustomerRevenue', { customerId: `listed-${n}`, tier: 'starter' });

const outsideTheWindow = (service: TestService, n: number) =>
  service.ok('trackUsageEvent', {
    customerId: LISTED_CUSTOMER,
    eventType: 'api.called',
    eventId: `early-${n}`,
    occurredAt: '2025-01-01T00:00:00Z',
  });

/** A fresh customer that uses more than its allowance. */
async function overuse(service: TestService, n: number): Promise<unknown> {
  await signUp(service, n);
  const fact = { customerId: `listed-${n}`, eventType: 'api.called', eventId: `over-${n}` };
  return service.ok('trackUsageEvent', { ...fact, quantity: 100_000_000 });
}

const usd = { amount: '1.00', currency: 'USD' };

/** Every list of the API, by operation. A list that is not here fails the test: say how an item comes into it. */
export const LISTS: Readonly<Record<string, ListUnderTest>> = {
  listInvoices: { inputs: {}, idOf: ({ invoiceId }) => String(invoiceId), insert: signUp },
  listEvents: { inputs: {}, idOf: ({ eventId }) => String(eventId), insert: signUp },
  listJournalEntries: { inputs: {}, idOf: ({ eventId }) => String(eventId), insert: signUp },
  getAccountStatement: {
    inputs: { account: '1200' },
    member: 'lines',
    idOf: ({ entryNo, lineNo }) => `${entryNo}/${lineNo}`,
    insert: signUp,
  },
  listCreditMovements: {
    inputs: { customerId: LISTED_CUSTOMER },
    idOf: ({ fund, position }) => `${fund}/${position}`,
    insert: (service) =>
      service.ok('topUpWallet', { customerId: LISTED_CUSTOMER, amount: usd, method: 'bank_transfer' }),
  },
  listQuarantinedUsage: { inputs: {}, idOf: ({ eventId }) => String(eventId), insert: outsideTheWindow },
  listUsageAlerts: {
    inputs: {},
    idOf: ({ customerId, eventType, threshold, direction }) =>
      [customerId, eventType, threshold, direction].join('/'),
    insert: overuse,
  },
  listFinanceInputs: {
    inputs: { history: true },
    idOf: ({ eventId, position }) => String(eventId ?? position),
    insert: (service, n) =>
      service.ok('recordFinanceInput', {
        month: '2026-01',
        kind: 'cash-balance',
        amount: { ...usd, amount: `${n}.00` },
      }),
  },
  listMrrMovements: { inputs: {}, idOf: ({ eventId }) => String(eventId), insert: signUp },
  listReceivables: { inputs: {}, idOf: ({ invoiceId }) => String(invoiceId), insert: signUp },
  listApiKeys: {
    inputs: {},
    idOf: ({ id }) => String(id),
    insert: (service, n) => service.ok('createApiKey', { role: 'auditor', label: `listed ${n}` }),
  },
};
