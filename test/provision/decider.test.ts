import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FinalInvoice } from '../../domain/invoicing/state.ts';
import { evolveInvoice, noInvoice } from '../../domain/invoicing/state.ts';
import {
  bucketOf,
  deliveredReceivable,
  provisionDecider,
  receivableAt,
} from '../../domain/provision/decider.ts';
import { postingFor } from '../../ledger/posting/index.ts';
import { specification } from '../support/decider-spec.ts';
import { invoiced, payment, subscriptionLine } from '../support/events.ts';
import { assertMatchesTemplate } from '../support/templates.ts';

const spec = specification(provisionDecider);
const april = { from: '2026-04-01T00:00:00.000Z', to: '2026-05-01T00:00:00.000Z' };
const post = (receivables: readonly { dueAt: string; amount: string }[], existing = '0.00') =>
  ({ type: 'postProvision', month: '2026-06', currency: 'USD', receivables, existing }) as const;

describe('the ageing provision', () => {
  test('of 299 delivered in full and 31 to 60 days overdue is 29.90 (DUN-2)', () => {
    const [event] = spec.when(post([{ dueAt: '2026-05-20T00:00:00.000Z', amount: '299.00' }])).events();
    expect(event?.data).toMatchObject({ required: '29.90', change: '29.90' });
    expect(event?.effectiveAt).toBe('2026-06-30T23:59:59.999Z');
    const entry = event === undefined ? undefined : postingFor(event);
    if (entry === undefined) return expect.unreachable('a provision without its entry');
    assertMatchesTemplate(entry, 'DUN-2');
  });

  test('posts what is required less what is there, also back', () => {
    const owed = [{ dueAt: '2026-07-10T00:00:00.000Z', amount: '1000.00' }];
    expect(spec.when(post(owed, '29.90')).events()[0]?.data).toMatchObject({ change: '-24.90' });
    expect(spec.when(post(owed, '-10.00')).events()[0]?.data).toMatchObject({ change: '15.00' });
    spec.when(post(owed, '5.00')).thenNothing();
  });

  test('is posted once for a month', () => {
    const owed = [{ dueAt: '2026-05-20T00:00:00.000Z', amount: '299.00' }];
    const [event] = spec.when(post(owed)).events();
    if (event === undefined) return expect.unreachable('a provision');
    spec.given(event).when(post(owed, '1.00')).thenNothing();
  });

  test.each([
    ['2026-07-01T00:00:00.000Z', 'current'],
    ['2026-07-15T00:00:00.000Z', 'current'],
    ['2026-06-30T23:59:59.999Z', '1-30'],
    ['2026-06-01T00:00:00.000Z', '1-30'],
    ['2026-05-31T23:00:00.000Z', '31-60'],
    ['2026-05-02T00:00:00.000Z', '31-60'],
    ['2026-05-01T00:00:00.000Z', '61-90'],
    ['2026-04-02T00:00:00.000Z', '61-90'],
    ['2026-04-01T00:00:00.000Z', '90+'],
    ['2024-01-01T00:00:00.000Z', '90+'],
  ])('due at %s is %s at the end of June', (dueAt, bucket) => {
    expect(bucketOf(dueAt, '2026-07-01T00:00:00.000Z')).toBe(bucket);
  });

  test('is never more than what is owed, and buckets hold all of it', () => {
    const receivable = fc.record({
      dueAt: fc.integer({ min: 0, max: 400 }).map((days) => new Date(Date.UTC(2026, 0, days)).toISOString()),
      amount: fc.integer({ min: 0, max: 1_000_000 }).map((cents) => (cents / 100).toFixed(2)),
    });
    fc.assert(
      fc.property(fc.array(receivable, { minLength: 1, maxLength: 20 }), (owed) => {
        const [event] = spec.when(post(owed)).events();
        if (event === undefined) return;
        const cents = (amount: string) => Math.round(Number(amount) * 100);
        const held = event.data.buckets.reduce((sum, bucket) => sum + cents(bucket.receivable), 0);
        expect(held).toBe(owed.reduce((sum, { amount }) => sum + cents(amount), 0));
        expect(cents(event.data.required)).toBeLessThanOrEqual(held);
      }),
    );
  });
});

describe('what is owed for delivered service', () => {
  const stream = (...later: Parameters<typeof invoiced>[2] & object) =>
    invoiced(
      { customerId: 'acme', invoiceId: 'inv-1', at: april.from },
      [subscriptionLine('299.00', april)],
      later,
    );
  const folded = (...later: Parameters<typeof invoiced>[2] & object) =>
    stream(...later).reduce(evolveInvoice, noInvoice) as FinalInvoice;

  test('is net of tax and of what is not delivered', () => {
    expect(deliveredReceivable(folded())).toBe('0.00');
    const half = { type: 'releaseRevenue', through: '2026-04-16T00:00:00.000Z' } as const;
    expect(deliveredReceivable(folded(half))).toBe('149.50');
    const all = { type: 'releaseRevenue', through: april.to } as const;
    expect(deliveredReceivable(folded(all))).toBe('299.00');
    expect(deliveredReceivable(folded(all, payment('2026-05-02T00:00:00.000Z', '161.46', 'p1')))).toBe(
      '149.50',
    );
  });

  test('at an instant counts what took effect before it, whenever it was recorded', () => {
    const release = { type: 'releaseRevenue', through: april.to } as const;
    // The release takes effect at the last instant of April, and is recorded after the payment of May.
    const events = stream(payment('2026-05-02T00:00:00.000Z', '322.92', 'p1'), release);
    const dueAt = '2026-05-01T00:00:00.000Z';
    expect(receivableAt(events, april.from)).toBeUndefined();
    expect(receivableAt(events, '2026-04-30T23:59:59.999Z')).toBeUndefined();
    expect(receivableAt(events, april.to)).toEqual({ dueAt, amount: '299.00' });
    expect(receivableAt(events, '2026-05-02T00:00:00.000Z')).toEqual({ dueAt, amount: '299.00' });
    expect(receivableAt(events, '2026-06-01T00:00:00.000Z')).toBeUndefined();
  });
});
