import { z } from 'zod';

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

/** Five curl lines, each with what the service answers to it now. */
export async function exampleRequests(options: ExamplesOptions): Promise<string> {
  const { customerId, month } = options;
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
  const shown = await Promise.all([
    ...examples.map((example) => showExample(options, example)),
    ...(await documentsOf(options)),
  ]);
  return shown.join('\n\n');
}

async function showExample(options: ExamplesOptions, { says, target, members }: Example): Promise<string> {
  const body: unknown = await (await answerTo(options, target)).json();
  const width = Math.max(...members.map((member) => member.length));
  const lines = members.map(
    (member) => `    ${member.padEnd(width)}  ${JSON.stringify(memberOf(body, member))}`,
  );
  return [`${says}; the answer has, among others:`, curlLine(options, target), ...lines].join('\n');
}

/** The customer's latest invoice, as its customer gets it; nothing if there is none. */
async function documentsOf(options: ExamplesOptions): Promise<readonly string[]> {
  const { customerId } = options;
  const list: unknown = await (
    await answerTo(options, `/v1/invoices?customerId=${customerId}&status=paid&limit=1`)
  ).json();
  const [latest] = z.object({ data: z.array(z.object({ invoiceId: z.string() })) }).parse(list).data;
  if (latest === undefined) return [];
  const { invoiceId } = latest;
  return Promise.all([
    showFile(options, 'Its latest paid invoice as a PDF', `/v1/invoices/${invoiceId}/pdf`, 'invoice.pdf'),
    showFile(options, 'The same as a page', `/v1/invoices/${invoiceId}/document`, 'invoice.html'),
  ]);
}

async function showFile(
  options: ExamplesOptions,
  says: string,
  target: string,
  file: string,
): Promise<string> {
  const response = await answerTo(options, target);
  const { byteLength } = await response.arrayBuffer();
  const type = response.headers.get('Content-Type') ?? '';
  return `${says} (${type}, ${byteLength} bytes):\n${curlLine(options, target)} -o ${file}`;
}

function curlLine({ url, key }: ExamplesOptions, target: string): string {
  return `  curl -s -H 'Authorization: Bearer ${key}' '${url}${target}'`;
}

async function answerTo({ url, key }: ExamplesOptions, target: string): Promise<Response> {
  const response = await fetch(new URL(target, url), { headers: { Authorization: `Bearer ${key}` } });
  if (!response.ok) throw new Error(`${target} answered ${response.status}: ${await response.text()}`);
  return response;
}

function memberOf(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((parent, name) => {
    if (typeof parent !== 'object' || parent === null || !Object.hasOwn(parent, name)) {
      throw new Error(`the answer has no ${path}`);
    }
    return Reflect.get(parent, name);
  }, value);
}
