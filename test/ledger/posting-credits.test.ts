import { describe, expect, test } from 'vitest';
import type { CreditEvent } from '../../domain/credits/events.ts';
import type { DomainEvent } from '../../domain/events.ts';
import { postingFor } from '../../ledger/posting/index.ts';
import { expired, promotion } from '../credits/support.ts';
import { assertMatchesTemplate, shapeOf, totalsOf } from '../support/templates.ts';
import { entryOf } from './posting-support.ts';

const noon = '2026-03-10T12:00:00.000Z';
const owner = { customerId: 'acme', currency: 'USD' };

function toppedUp(method: 'card' | 'ach' | 'bank_transfer'): CreditEvent {
  const terms = { topUpId: 'top-1', amount: '500.00', method, priority: 50, expiresAt: null };
  return { type: 'wallet.topped_up', data: { ...owner, ...terms }, effectiveAt: noon };
}

function applied(wallet: string, credit: string): DomainEvent {
  const funds = { invoiceId: 'inv-1', fundsId: 'fnd-1', walletReturned: '0.00', creditReturned: '0.00' };
  return { type: 'invoice.funds_applied', data: { ...owner, ...funds, wallet, credit }, effectiveAt: noon };
}

function refund(type: 'credit.refund_requested' | 'credit.refund_settled', amount: string): CreditEvent {
  return { type, data: { ...owner, refundId: 'crf-1', amount }, effectiveAt: noon };
}

function failedRefund(amount: string, hadSettled: boolean): CreditEvent {
  const data = { ...owner, refundId: 'crf-1', amount, reason: '', hadSettled };
  return { type: 'credit.refund_failed', data, effectiveAt: noon };
}

const golden = [
  ['USE-6', toppedUp('card')],
  ['USE-7', applied('32.40', '0.00')],
  ['USE-8', expired('wallet.expired', 'top-1', '20.00', noon)],
  ['USE-9', promotion('promotion.used', 'inv-1', '30.00', { 'gra-1': '30.00' })],
  ['SUB-11', applied('0.00', '270.00')],
  ['REF-4', refund('credit.refund_requested', '24.11')],
  ['REF-2', refund('credit.refund_settled', '322.92')],
  ['REF-5', failedRefund('322.92', true)],
] as const;

test.each(golden)('%s', (code, event) => {
  const entry = entryOf(event);
  assertMatchesTemplate(entry, code);
  expect(entry).toMatchObject({ template: `${code}@1`, effectiveAt: event.effectiveAt });
  for (const posting of entry.postings) expect(posting.customerId).toBe('acme');
});

describe('beside the templates', () => {
  test('a top-up stands where its method puts it', () => {
    expect(shapeOf(entryOf(toppedUp('ach')))).toEqual(['Cr 2210', 'Dr 1130']);
    expect(shapeOf(entryOf(toppedUp('bank_transfer')))).toEqual(['Cr 2210', 'Dr 1010']);
  });

  test('wallet and credit balance pay an invoice in one entry; nothing applied posts nothing', () => {
    expect(totalsOf(entryOf(applied('32.40', '270.00')).postings)).toEqual({
      'Cr 1200': '302.40',
      'Dr 2200': '270.00',
      'Dr 2210': '32.40',
    });
    expect(postingFor(applied('0.00', '0.00'))).toBeUndefined();
  });

  test('promotional credit of a void invoice comes back by the reversed entry', () => {
    const parts = { 'gra-1': '30.00' };
    const used = entryOf(promotion('promotion.used', 'inv-1', '30.00', parts));
    const returned = entryOf(promotion('promotion.returned', 'inv-1', '30.00', parts));
    const mirrored = used.postings.map((posting) => ({
      ...posting,
      side: posting.side === 'Dr' ? 'Cr' : 'Dr',
    }));
    expect(returned.postings).toHaveLength(2);
    expect(returned.postings).toEqual(expect.arrayContaining(mirrored));
  });

  test('breakage and promotions belong to the revenue stream of usage', () => {
    const streams = (event: DomainEvent) =>
      entryOf(event).postings.map(({ account, revenueStream }) => [account, revenueStream]);
    expect(streams(expired('wallet.expired', 'top-1', '20.00', noon))).toEqual([
      ['2210', undefined],
      ['4025', 2],
    ]);
    expect(streams(promotion('promotion.used', 'inv-1', '30.00', { 'gra-1': '30.00' }))).toEqual([
      ['4910', 2],
      ['1210', 2],
    ]);
  });

  test('a refund that fails before it settled is still payable: nothing is posted', () => {
    expect(postingFor(failedRefund('24.11', false))).toBeUndefined();
  });

  test('a promise is no liability: a grant and its end post nothing', () => {
    const data = {
      ...owner,
      grantId: 'gra-1',
      amount: '30.00',
      reason: 'Launch',
      priority: 50,
      expiresAt: null,
    };
    expect(postingFor({ type: 'credit.granted', data, effectiveAt: noon })).toBeUndefined();
    expect(postingFor(expired('grant.expired', 'gra-1', '30.00', noon))).toBeUndefined();
  });
});
