import fc from 'fast-check';
import { expect, test } from 'vitest';
import { postingFor } from '../../ledger/posting/index.ts';
import { subscriptionLine } from '../support/events.ts';
import { april, credit, given } from './support.ts';

const goodwill = (amount: string, now: string) => ({
  type: 'issueCreditNote' as const,
  now,
  creditNoteId: 'cn-1',
  amount,
  currency: 'USD',
  reason: 'outage',
});

test('goodwill on the invoice of an upgrade, which has more to deliver than it comes to, is all undelivered', () => {
  const events = given([subscriptionLine('700.00', april), credit('-200.00')])
    .when(goodwill('100.00', april.from))
    .events();
  const [note] = events.filter(({ type }) => type === 'credit_note.issued');
  expect(note?.data).toMatchObject({
    lines: [{ kind: 'undelivered', amount: '92.59' }],
    net: '92.59',
    total: '100.00',
  });
});

test('a credit note of any part, at any time, of any such invoice has lines that its entry can post', () => {
  const cents = (count: number) => (count / 100).toFixed(2);
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 100_000 }),
      fc.nat(99),
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 1, max: 29 }),
      (price, creditedShare, share, day) => {
        const taken = Math.floor((price * creditedShare) / 100);
        const asked = Math.max(1, Math.floor(((price - taken) * share) / 100));
        const lines = [
          subscriptionLine(cents(price), april),
          ...(taken > 0 ? [credit(`-${cents(taken)}`)] : []),
        ];
        const events = given(lines)
          .when(goodwill(cents(asked), `2026-04-${String(day).padStart(2, '0')}T00:00:00.000Z`))
          .events();
        for (const event of events) postingFor(event);
      },
    ),
  );
});
