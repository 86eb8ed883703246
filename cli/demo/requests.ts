/** A request for the reader to try, with the members of its answer that are worth a look. */
interface Example {
  readonly says: string;
  readonly target: string;
  /** `months.0.closing.mrr` */
  readonly members: readonly string[];
}

export interface ExamplesOptions {
  readonly url: string;
  readonly key: string;
  readonly customerId: string;
  readonly month: string;
}

/** Three curl lines, each with what the service answers to it now. */
export async function exampleRequests(options: ExamplesOptions): Promise<string> {
  const { url, key, customerId, month } = options;
  const examples: readonly Example[] = [
    {
      says: `The books of one customer, ${customerId}`,
      target: `/v1/ledger/trial-balance?customerId=${customerId}`,
      members: ['totals.0.debit.amount', 'totals.0.credit.amount', 'zero'],
    },
    {
      says: 'The same customer at a glance',
      target: `/v1/customers/${customerId}/dashboard`,
      members: [
        'subscription.tier',
        'recurringRevenue.mrr.amount',
        'invoices.count',
        'invoices.outstanding.amount',
        'books.receivable.amount',
        'books.deferredRevenue.amount',
      ],
    },
    {
      says: `How MRR moved in ${month}`,
      target: `/v1/metrics/mrr-movements?from=${month}&to=${month}`,
      members: ['months.0.opening.mrr.amount', 'months.0.closing.mrr.amount', 'months.0.payingCustomers'],
    },
  ];
  const shown = examples.map(async ({ says, target, members }) => {
    const response = await fetch(new URL(target, url), { headers: { Authorization: `Bearer ${key}` } });
    const text = await response.text();
    if (!response.ok) throw new Error(`${target} answered ${response.status}: ${text}`);
    const body: unknown = JSON.parse(text);
    const width = Math.max(...members.map((member) => member.length));
    const lines = members.map(
      (member) => `    ${member.padEnd(width)}  ${JSON.stringify(memberOf(body, member))}`,
    );
    const curl = `  curl -s -H 'Authorization: Bearer ${key}' '${url}${target}'`;
    return [`${says}; the answer has, among others:`, curl, ...lines].join('\n');
  });
  return (await Promise.all(shown)).join('\n\n');
}

function memberOf(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((parent, name) => {
    if (typeof parent !== 'object' || parent === null || !Object.hasOwn(parent, name)) {
      throw new Error(`the answer has no ${path}`);
    }
    return Reflect.get(parent, name);
  }, value);
}
