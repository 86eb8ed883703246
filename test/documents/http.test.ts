import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../api/client.ts';
import { OWNER_KEY, startTestService, type TestService } from '../support/service.ts';

interface SignedUp {
  readonly subscription: { readonly charge: { readonly invoiceId: string } };
}

let service: TestService;
let invoiceId: string;
let creditNoteId: string;
let position: number | undefined;

beforeAll(async () => {
  service = await startTestService({
    SELLER_NAME: 'Aura Data Ltd',
    SELLER_ADDRESS: '12 Harbour Street\\nDublin',
    PAYMENT_INSTRUCTIONS: 'Bank transfer to IE29 AIBK 9311 5212 3456 78',
  });
  const customer = {
    customerId: 'acme',
    name: 'Acme <b>Brands</b>',
    email: 'ap@acme.example',
    taxRate: '0.08',
  };
  const made = await service.ok<SignedUp>('initializeCustomerRevenue', { ...customer, tier: 'growth' });
  await service.ok('initializeCustomerRevenue', { customerId: 'other', tier: 'growth' });
  invoiceId = made.body.subscription.charge.invoiceId;
  position = made.position;
});
afterAll(() => service?.close());

const page = (inputs: Record<string, unknown> = {}) =>
  service.client.call('getInvoiceDocument', { invoiceId, minPosition: position, ...inputs });
const pdf = (inputs: Record<string, unknown> = {}) =>
  service.client.call('getInvoicePdf', { invoiceId, minPosition: position, ...inputs });
const titleOf = (bytes: unknown) => Buffer.from(bytes as Uint8Array).toString('latin1');

describe('getInvoiceDocument', () => {
  it('answers a page of its own that nothing can run in', async () => {
    const { status, headers, body } = await page();
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('content-disposition')).toBe('inline; filename="INV-000001.html"');
    const html = String(body);
    const style = /<style>([\s\S]*)<\/style>/.exec(html)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(headers.get('content-security-policy')).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
    expect(html).not.toMatch(/<script|<link|<img|@import|url\(|https?:|style=|\son\w+=/);
    expect(html).toContain('Acme &lt;b&gt;Brands&lt;/b&gt;');
    expect(html).toContain('$322.92');
    expect(html).toContain('Bank transfer to IE29 AIBK 9311 5212 3456 78');
  });

  it('shows dates in the reader’s zone and way of writing', async () => {
    const { body } = await page({ timeZone: 'America/New_York', locale: 'en-GB' });
    expect(String(body)).toContain('31 Dec 2025</time> <span class="utc">1 Jan 2026 UTC</span>');
    expect(String(body)).toContain('31 Dec 2025, 19:00 – 31 Jan 2026, 19:00 UTC−5');
    expect(String(body)).toContain('US$322.92');
  });

  it.each([{ timeZone: 'Mars/Olympus' }, { timeZone: '+01:00' }, { locale: 'tlh' }, { paper: 'A4' }])(
    'refuses %j',
    async (inputs: Record<string, string>) => {
      const query = new URLSearchParams(inputs);
      const answer = await fetch(`${service.url}/v1/invoices/${invoiceId}/document?${query}`, {
        headers: { Authorization: `Bearer ${OWNER_KEY}` },
      });
      const { code } = (await answer.json()) as { code: string };
      expect([answer.status, code]).toEqual([400, 'validation-failed']);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
    },
  );
});

describe('getInvoicePdf', () => {
  it('answers a PDF, the same bytes each time', async () => {
    const [first, second] = [await pdf(), await pdf()];
    expect(first.status).toBe(200);
    expect(first.headers.get('content-type')).toBe('application/pdf');
    expect(first.headers.get('content-disposition')).toBe('inline; filename="INV-000001.pdf"');
    expect(titleOf(first.body)).toMatch(/^%PDF-1\.7[\s\S]*%%EOF\s*$/);
    expect(Buffer.compare(first.body as Uint8Array, second.body as Uint8Array)).toBe(0);
  });

  it('is on the paper of the locale unless another is asked for', async () => {
    const boxOf = async (inputs: Record<string, unknown>) =>
      /\/MediaBox \[([^\]]*)\]/.exec(titleOf((await pdf(inputs)).body))?.[1];
    expect(await boxOf({})).toBe('0 0 612 792');
    expect(await boxOf({ locale: 'de-DE' })).toBe('0 0 595.28 841.89');
    expect(await boxOf({ paper: 'A4' })).toBe('0 0 595.28 841.89');
  });
});

describe('credit notes', () => {
  it('have a page and a PDF of their own, and the invoice names them', async () => {
    const issued = await service.ok<{ creditNoteId: string }>('issueCreditNote', {
      invoiceId,
      amount: { amount: '22.92', currency: 'USD' },
      reason: 'Slow on <Monday>',
    });
    creditNoteId = issued.body.creditNoteId;
    const inputs = { creditNoteId, minPosition: issued.position };
    const html = await service.client.call('getCreditNoteDocument', inputs);
    expect(html.status).toBe(200);
    expect(html.headers.get('content-disposition')).toBe('inline; filename="CN-000001.html"');
    expect(String(html.body)).toContain('Slow on &lt;Monday&gt;');
    expect(String(html.body)).toContain('Corrects INV-000001');
    const bytes = await service.client.call('getCreditNotePdf', inputs);
    expect(bytes.headers.get('content-type')).toBe('application/pdf');
    expect(titleOf(bytes.body)).toMatch(/^%PDF-1\.7/);
    expect(String((await page({ minPosition: issued.position })).body)).toContain('Credit note CN-000001');
  });

  it('that are not there are not found', async () => {
    const { status, body } = await service.client.call('getCreditNotePdf', { creditNoteId: 'cn_none' });
    expect([status, (body as { code: string }).code]).toEqual([404, 'credit-note-not-found']);
  });
});

describe('who may read it', () => {
  it.each([
    ['getInvoiceDocument', 'invoiceId'],
    ['getInvoicePdf', 'invoiceId'],
    ['getCreditNoteDocument', 'creditNoteId'],
    ['getCreditNotePdf', 'creditNoteId'],
  ] as const)('%s: its customer, and no other', async (operation, parameter) => {
    const keyOf = async (customerId: string) => {
      const made = await service.ok<{ key: string }>('createApiKey', {
        role: 'customer',
        customerId,
        label: 'portal',
      });
      return createClient({ url: service.url, key: made.body.key });
    };
    const [own, other] = [await keyOf('acme'), await keyOf('other')];
    const ids = { invoiceId, creditNoteId };
    expect((await own.call(operation, { [parameter]: ids[parameter] })).status).toBe(200);
    const foreign = await other.call(operation, { [parameter]: ids[parameter] });
    const missing = await other.call(operation, { [parameter]: 'none' });
    expect([foreign.status, missing.status]).toEqual([404, 404]);
    const { requestId: _a, instance: _b, ...told } = foreign.body as Record<string, unknown>;
    expect(missing.body).toMatchObject(told);
  });
});
