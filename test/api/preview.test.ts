import { afterEach, expect, it } from 'vitest';
import {
  type Billing,
  type CreditNoteBody,
  type SubscriptionBody,
  startBilling,
  type WholeInvoice,
} from './support/billing.ts';

interface Preview {
  readonly subscription: SubscriptionBody;
  readonly invoice: WholeInvoice | null;
  readonly creditNote: CreditNoteBody | null;
}

let billing: Billing;
afterEach(() => billing.prove());

const monthly = { paymentMethod: true, tier: 'growth' };
const annual = { ...monthly, billingCycle: 'annual' };

/** Who signs up how, and what each asks for on the 17th at 11:23:45. */
const CASES = [
  ['upgrade', monthly, { newTier: 'pro' }],
  ['upgrade-unpaid', monthly, { newTier: 'pro' }],
  ['upgrade-inclusive', { ...monthly, taxInclusive: true }, { newTier: 'pro' }],
  ['downgrade', { ...monthly, tier: 'pro' }, { newTier: 'starter', effectiveAt: 'now' }],
  ['downgrade-unpaid', { ...monthly, tier: 'pro' }, { newTier: 'starter', effectiveAt: 'now' }],
  ['downgrade-inclusive', { ...monthly, taxInclusive: true }, { newTier: 'starter', effectiveAt: 'now' }],
  ['to-free', monthly, { newTier: 'free', effectiveAt: 'now' }],
  ['to-annual', monthly, { newTier: 'growth', billingCycle: 'annual' }],
  ['to-monthly', annual, { newTier: 'growth', billingCycle: 'monthly', effectiveAt: 'now' }],
  ['annual-upgrade', annual, { newTier: 'pro' }],
  ['annual-downgrade', { ...annual, tier: 'pro' }, { newTier: 'growth', effectiveAt: 'now' }],
  ['from-free', { ...monthly, tier: 'free' }, { newTier: 'pro' }],
] as const;

const sums = ({ kind, subtotal, tax, total, lines }: WholeInvoice) => ({
  ...{ kind, subtotal, tax, total },
  lines: lines.map((line) => `${line.kind} ${line.amount.amount}`),
});

it('a preview is what is billed, to the cent', async () => {
  billing = await startBilling();
  for (const [customerId, plan] of CASES) {
    await billing.signUp(customerId, plan);
    if (!customerId.endsWith('unpaid')) await billing.pay(customerId);
  }
  await billing.advance('2026-01-17T11:23:45Z');
  for (const [customerId, , change] of CASES) {
    const inputs = { customerId, ...change };
    const { body: before } = await billing.service.ok<Preview>('previewSubscriptionChange', inputs);
    const known = await billing.invoices(customerId);
    const { body: after } = await billing.service.ok<SubscriptionBody>('changeSubscriptionTier', inputs);
    const now = await billing.invoices(customerId);
    const made = now.filter(({ invoiceId }) => !known.some((one) => one.invoiceId === invoiceId));
    expect(made.map(sums), customerId).toEqual(before.invoice === null ? [] : [sums(before.invoice)]);
    const [note] = now.flatMap(({ creditNotes }) => creditNotes);
    const { creditNoteId: _id, ...previewed } = before.creditNote ?? { creditNoteId: '' };
    if (before.creditNote === null) expect(note, customerId).toBeUndefined();
    else {
      const { net, tax, total, toReceivable, toCredit } = previewed as CreditNoteBody;
      expect(note, customerId).toMatchObject({ net, tax, total, toReceivable, toCredit });
    }
    const { charge, credit, settlement, tier, price } = after;
    const shown = before.subscription;
    expect({ credit, settlement, tier, price }).toEqual({
      ...{ credit: shown.credit, settlement: shown.settlement, tier: shown.tier, price: shown.price },
    });
    expect(charge?.amount, customerId).toEqual(shown.charge?.amount);
    const moves = [before.invoice, before.creditNote].filter((money) => money !== null);
    expect(moves, customerId).toHaveLength(1);
  }
  await billing.advance('2026-02-01');
});

it('a preview of what waits moves nothing, and what is refused is refused in the preview', async () => {
  billing = await startBilling();
  await billing.signUp('acme', monthly);
  await billing.advance('2026-01-17');
  const preview = (inputs: object) =>
    billing.service.ok<Preview>('previewSubscriptionChange', { customerId: 'acme', ...inputs });
  const before = await billing.service.service.core.store.head();
  const { body: down } = await preview({ newTier: 'starter' });
  expect(down).toMatchObject({
    subscription: { tier: 'growth', scheduledChange: { tier: 'starter', at: '2026-02-01T00:00:00.000Z' } },
    invoice: null,
    creditNote: null,
  });
  const { body: later } = await preview({ newTier: 'pro', prorate: 'nextInvoice' });
  expect(later).toMatchObject({
    subscription: { settlement: 'nextInvoice', deferred: [{ amount: { amount: '241.93' } }] },
    invoice: null,
  });
  for (const [inputs, code] of [
    [{ newTier: 'platinum' }, 'unknown-tier'],
    [{ newTier: 'pro', customerId: 'nobody' }, 'subscription-not-found'],
  ] as const) {
    expect(await billing.refusal('previewSubscriptionChange', { customerId: 'acme', ...inputs })).toBe(code);
  }
  expect(await billing.service.service.core.store.head()).toBe(before);
  await billing.subscription('pauseSubscription', 'acme');
  expect(await billing.refusal('previewSubscriptionChange', { customerId: 'acme', newTier: 'pro' })).toBe(
    'subscription-paused',
  );
});
