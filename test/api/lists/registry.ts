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
  listApiKeys: {
    inputs: {},
    idOf: ({ id }) => String(id),
    insert: (service, n) => service.ok('createApiKey', { role: 'auditor', label: `listed ${n}` }),
  },
};
