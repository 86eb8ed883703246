import { describe, expect, test } from 'vitest';
import type { Unused } from '../../domain/subscriptions/commands.ts';
import { cancel, change, given, renew } from './support.ts';

const april = { from: '2026-04-01T00:00:00.000Z', to: '2026-05-01T00:00:00.000Z' };
const half = '2026-04-16T00:00:00.000Z';
const late = '2026-04-24T00:00:00.000Z';
const pro = { now: april.from, tier: 'pro' };
const growth = { now: april.from, tier: 'growth' };

const later = (now: string, tier: string) => ({
  ...change(now, tier, 'now'),
  prorate: 'nextInvoice' as const,
});
const bill = (now: string, before: string | null = null) =>
  ({ type: 'billProrations', now, invoiceId: 'inv-monthly', period: null, before }) as const;

describe('a downgrade now', () => {
  const down = given(pro).when(change(half, 'growth', 'now'));

  test('credits the rest and goes on in the stream of the invoice that it had (SUB-10)', () => {
    expect(down.events()[0]?.data).toMatchObject({
      fromTier: 'pro',
      tier: 'growth',
      price: '299.00',
      charge: { invoiceId: 'inv-acme-1', kind: 'change', from: half, to: april.to, amount: '149.50' },
      credit: { invoiceId: 'inv-acme-1', amount: '399.50' },
      settlement: 'creditNote',
    });
    expect(down.state()).toMatchObject({ tier: 'growth', anchor: april.from });
  });

  test('and an upgrade after it takes over what is left of that', () => {
    const [event] = given(pro, change(half, 'growth', 'now'))
      .when(change(late, 'enterprise', 'now', 'inv-second'))
      .events();
    expect(event?.data).toMatchObject({
      charge: { invoiceId: 'inv-second', amount: '699.77' },
      credit: { invoiceId: 'inv-acme-1', amount: '69.77' },
      settlement: 'invoice',
    });
  });

  test('to Free credits all of the rest and ends what is billed', () => {
    const free = given(pro).when(change(half, 'free', 'now'));
    expect(free.events()[0]?.data).toMatchObject({
      charge: null,
      credit: { invoiceId: 'inv-acme-1', amount: '399.50' },
      settlement: 'creditNote',
    });
    expect(free.state()).toMatchObject({ status: 'active', tier: 'free', charge: null, anchor: null });
    given(pro, change(half, 'free', 'now'))
      .when(renew(april.to))
      .thenNothing();
  });

  test('of a trial changes what it converts to, and to Free ends it', () => {
    const trial = given({ ...pro, trialDays: 14 });
    expect(trial.when(change('2026-04-05T00:00:00.000Z', 'growth', 'now')).state()).toMatchObject({
      status: 'trialing',
      tier: 'growth',
      charge: null,
    });
    expect(trial.when(change('2026-04-05T00:00:00.000Z', 'free', 'now')).state()).toMatchObject({
      status: 'active',
      tier: 'free',
      trialEndsAt: null,
    });
  });

  test('takes what the invoice has left, where that is less', () => {
    const read = { invoiceId: 'inv-acme-1', from: april.from, amount: '349.50' };
    const toGrowth = (unused: Unused) =>
      given(pro)
        .when({ ...change(half, 'growth', 'now'), unused })
        .events();
    expect(toGrowth(read)[0]?.data).toMatchObject({ credit: { amount: '349.50' }, settlement: 'creditNote' });
    // Read a moment before another change took its place.
    for (const stale of [
      { ...read, invoiceId: 'inv-0' },
      { ...read, from: '2026-03-31T00:00:00.000Z' },
    ]) {
      expect(toGrowth(stale)[0]?.data).toMatchObject({ credit: { amount: '399.50' } });
    }
  });
});

describe('an upgrade kept for the next invoice (SUB-18)', () => {
  test('continues in the stream of the running invoice, and is owed', () => {
    const up = given(growth).when(later(half, 'pro'));
    expect(up.events()[0]?.data).toMatchObject({
      charge: { invoiceId: 'inv-acme-1', amount: '399.50' },
      credit: { invoiceId: 'inv-acme-1', amount: '149.50' },
      settlement: 'nextInvoice',
    });
    expect(up.state()).toMatchObject({
      prorations: [{ invoiceId: 'inv-acme-1', amount: '250.00', at: half }],
    });
  });

  test('goes onto one invoice, once, with what came before its end', () => {
    const twice = given(growth, later(half, 'pro'), later(late, 'enterprise'));
    expect(twice.when(bill(april.to)).state()).toMatchObject({ prorations: [] });
    expect(twice.when(bill(april.to)).events()[0]?.data).toMatchObject({
      prorations: [
        { amount: '250.00', description: expect.stringContaining('Pro') },
        { amount: '513.34', description: expect.stringContaining('Enterprise') },
      ],
    });
    expect(twice.when(bill(april.to, late)).state()).toMatchObject({ prorations: [{ amount: '513.34' }] });
    twice.when(bill(april.to, half)).thenNothing();
    given(growth, later(half, 'pro'), bill(april.to)).when(bill(april.to)).thenNothing();
  });

  test('that is no dearer than what is left settles at once', () => {
    expect(given(pro).when(later(half, 'growth')).events()[0]?.data).toMatchObject({
      settlement: 'creditNote',
    });
  });

  test('from Free is a sign-up with an invoice of its own', () => {
    expect(given({ now: april.from, tier: 'free' }).when(later(half, 'pro')).events()[0]?.data).toMatchObject(
      {
        credit: null,
        settlement: 'invoice',
      },
    );
  });

  test('is still owed after the end', () => {
    const gone = given(growth, later(half, 'pro'), cancel(late));
    expect(gone.when(bill(late)).events()[0]?.data).toMatchObject({ prorations: [{ amount: '250.00' }] });
  });
});
