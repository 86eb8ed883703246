import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InvoiceBody, type MoneyBody, startTestService, type TestService } from '../support/service.ts';

interface Costs {
  readonly tier: string;
  readonly total: MoneyBody;
  readonly commitment: { readonly committed: MoneyBody; readonly shortfall: MoneyBody } | null;
  readonly lines: readonly { readonly eventType: string; readonly amount: MoneyBody }[];
}
interface RecommendationBody {
  readonly recommendedTier: string | null;
  readonly months: readonly { readonly period: string; readonly now: Costs; readonly higher: Costs[] }[];
}

let service: TestService;
const usd = (amount: string): MoneyBody => ({ amount, currency: 'USD' });
const use = (customerId: string, eventType: string, quantity: number) =>
  service.ok('trackUsageEvents', {
    events: [{ customerId, eventId: `${customerId}-${eventType}`, eventType, quantity }],
  });

beforeAll(async () => {
  service = await startTestService();
  const common = { paymentMethod: true };
  await service.ok('initializeCustomerRevenue', { customerId: 'own', tier: 'growth', ...common });
  const contract = {
    contractId: 'ctr_deal',
    price: usd('5000.00'),
    allowances: { 'sms.sent': 10_000 },
    commitment: usd('800.00'),
  };
  await service.ok('initializeCustomerRevenue', {
    customerId: 'deal',
    tier: 'enterprise',
    contract,
    ...common,
  });
  const price = { kind: 'standard', unitPrice: '0.0005' };
  await service.ok('setPriceOverride', { customerId: 'own', eventType: 'email.sent', price });
  await service.ok('setMinimumCommitment', { customerId: 'own', amount: usd('200.00') });
  await use('own', 'email.sent', 350_000);
  await use('deal', 'sms.sent', 15_000);
  await service.ok('advanceClock', { to: '2026-02-02T00:00:00Z' });
});
afterAll(() => service?.close());

async function january(customerId: string) {
  const minPosition = await service.service.core.store.head();
  const inputs = { customerId, minPosition };
  const { body } = await service.ok<RecommendationBody>('generateUpgradeRecommendation', inputs);
  return body.months.find(({ period }) => period === '2026-01') ?? expect.unreachable();
}

/** What the newest invoice bills of usage, by meter. */
async function billedOf(customerId: string) {
  const { body } = await service.ok<{ data: InvoiceBody[] }>('listInvoices', { customerId });
  const { invoiceId } = body.data[0] ?? expect.unreachable();
  const invoice = (await service.ok<InvoiceBody>('getInvoice', { invoiceId })).body;
  return invoice.lines.flatMap(({ kind, meter, amount }) => (kind === 'usage' ? [[meter, amount]] : []));
}

function shownAs({ lines, commitment }: Costs) {
  const meters = lines.map(({ eventType, amount }) => [eventType, amount]);
  return [...meters, ['minimum.commitment', commitment?.shortfall]];
}

it('a month’s own prices and what is left of a commitment are those of its invoice', async () => {
  const { now, higher } = await january('own');
  // 300,000 mails at 0.0005 for 0.0008, and 50 up to 200.
  expect(now).toMatchObject({
    fee: usd('299.00'),
    overage: usd('150.00'),
    commitment: { committed: usd('200.00'), shortfall: usd('50.00') },
    total: usd('499.00'),
    lines: [{ eventType: 'email.sent', included: 50_000, ownPrice: true, amount: usd('150.00') }],
  });
  expect(shownAs(now)).toEqual(await billedOf('own'));
  // They come along: 100,000 mails above Pro are 50, none above Enterprise; 200 are committed on either.
  expect(higher).toMatchObject([
    { tier: 'pro', commitment: { shortfall: usd('150.00') }, total: usd('999.00'), saving: usd('-500.00') },
    { tier: 'enterprise', commitment: { shortfall: usd('200.00') }, total: usd('3199.00') },
  ]);
});

it('a contract’s allowances and commitment are those of its invoice', async () => {
  const { now } = await january('deal');
  expect(now).toMatchObject({
    fee: usd('5000.00'),
    commitment: { committed: usd('800.00'), shortfall: usd('740.00') },
    total: usd('5800.00'),
    lines: [{ eventType: 'sms.sent', included: 10_000, billable: 5_000, amount: usd('60.00') }],
  });
  expect(shownAs(now)).toEqual(await billedOf('deal'));
});

it('a coupon lowers either side, as a change of tier would be billed', async () => {
  await service.ok('applyCoupon', { customerId: 'own', couponId: 'half', percentOff: '50' });
  const { now, higher } = await january('own');
  expect(now).toMatchObject({ fee: usd('149.50') });
  const inputs = { customerId: 'own', newTier: 'pro' };
  const { body } = await service.ok('previewSubscriptionChange', inputs);
  expect(body).toMatchObject({ subscription: { price: usd('399.50') } });
  expect(higher[0]).toMatchObject({ tier: 'pro', fee: usd('399.50') });
});
