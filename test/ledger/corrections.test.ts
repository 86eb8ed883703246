import { describe, expect, test } from 'vitest';
import type { DraftLine, InvoiceCommand } from '../../domain/invoicing/decider.ts';
import { invoiceDecider } from '../../domain/invoicing/decider.ts';
import type { InvoiceEvent } from '../../domain/invoicing/events.ts';
import { chargeInvoice, subscriptionLine as lineOf, prorationLine } from '../../domain/invoicing/lines.ts';
import type { SubscriptionCommand } from '../../domain/subscriptions/commands.ts';
import { subscriptionDecider } from '../../domain/subscriptions/decider.ts';
import type { SubscriptionEvent } from '../../domain/subscriptions/events.ts';
import { prorationOf } from '../../domain/subscriptions/state.ts';
import { postingFor } from '../../ledger/posting/index.ts';
import type { TemplateCode } from '../../ledger/templates.ts';
import {
  april,
  cancelled,
  creditUnused,
  goodwill,
  half,
  history,
  pay,
  refund,
  release,
  restOf,
  settle,
  usageLine,
  voided,
  writeOff,
  year,
} from '../invoicing/support.ts';
import { change, coupon, create, renew } from '../subscriptions/support.ts';
import { decided, subscriptionLine } from '../support/events.ts';
import { assertMatchesTemplate, totalsOf } from '../support/templates.ts';
import { entryOf, finalized } from './posting-support.ts';

const growth = [subscriptionLine('299.00', april)];
const pro = [subscriptionLine('799.00', april)];
const twoThirds = '2026-04-21T00:00:00.000Z';

/** The last event of an invoice's life. */
const last = (later: readonly InvoiceCommand[], lines: readonly DraftLine[] = growth) =>
  history(lines, later).at(-1);

function expectGolden(event: InvoiceEvent | undefined, code: TemplateCode, template = `${code}@1`): void {
  const entry = entryOf(event);
  assertMatchesTemplate(entry, code);
  expect(entry.template).toBe(template);
}

/** The invoice of the last charge of a subscription, through the lines that billing makes of it. */
function invoiceOf(commands: readonly SubscriptionCommand[]): InvoiceEvent | undefined {
  const events: SubscriptionEvent[] = decided(subscriptionDecider, commands);
  const event = events.findLast(({ data }) => 'charge' in data && data.charge !== null);
  if (event === undefined || !('charge' in event.data) || event.data.charge === null) return undefined;
  const { customerId, currency, taxRate, taxInclusive, charge } = event.data;
  const credit = event.type === 'subscription.changed' ? event.data.credit : null;
  const party = { customerId, currency, taxRate, taxInclusive };
  return decided(invoiceDecider, [chargeInvoice(party, charge, credit, event.effectiveAt)])[0];
}

describe('changes', () => {
  test('SUB-9: an upgrade at half period', () => {
    expectGolden(invoiceOf([create(april.from, 'growth'), change(half, 'pro')]), 'SUB-9');
  });

  test('SUB-10: a downgrade at half period, of what is paid and of what is open', () => {
    const down = creditUnused('change', half, restOf('149.50'));
    expectGolden(last([pay('862.92'), down], pro), 'SUB-10');
    expect(totalsOf(entryOf(last([down], pro)).postings)).toMatchObject({ 'Cr 1200': '270.00' });
  });

  test('SUB-11: the credit balance pays the next invoice', () => {
    const funds = { fundsId: 'f-1', wallet: '0.00', credit: '270.00' };
    expectGolden(last([{ type: 'applyFunds', effectiveAt: april.from, ...funds }]), 'SUB-11');
  });

  test('SUB-12: a pause of a paid month', () => {
    expectGolden(last([pay('322.92'), creditUnused('pause')]), 'SUB-12');
  });

  test('SUB-18: an upgrade kept for the next invoice, and that invoice', () => {
    const replacement = restOf('399.50', half, 'pro');
    expectGolden(last([{ type: 'deferProration', at: half, replacement }]), 'SUB-18');
    const [, changed] = decided(subscriptionDecider, [
      create(april.from, 'growth'),
      { ...change(half, 'pro'), prorate: 'nextInvoice' },
    ]);
    if (changed?.type !== 'subscription.changed' || changed.data.charge === null) return expect.unreachable();
    const line = prorationLine(prorationOf(changed.data.charge, changed.data.credit?.amount ?? ''));
    const entry = entryOf(finalized([line]));
    expect(entry.template).toBe('SUB-18@1');
    expect(totalsOf(entry.postings)).toEqual({
      'Cr 1210': '250.00',
      'Cr 2300': '20.00',
      'Dr 1200': '270.00',
    });
  });
});

describe('prices', () => {
  test('SUB-17: with the tax in them', () => {
    expectGolden(invoiceOf([create(april.from, 'growth', { taxInclusive: true })]), 'SUB-17');
  });

  test('SUB-19: less a coupon of 20 %, an invoice like any other', () => {
    const invoice = invoiceOf([create(april.from, 'growth'), coupon(half, '20', null), renew(april.to)]);
    expectGolden(invoice, 'SUB-19', 'SUB-1@1');
    const [line] = invoice?.type === 'invoice.finalized' ? invoice.data.lines : [];
    expect(line?.description).toContain('less 20 % (SPRING)');
  });

  test('SUB-19: less 100 %, no entry', () => {
    const invoice = invoiceOf([create(april.from, 'growth'), coupon(half, '100', null), renew(april.to)]);
    expect(invoice).toBeDefined();
    expect(invoice && postingFor(invoice)).toBeUndefined();
  });
});

describe('credit notes', () => {
  test('SUB-13: goodwill of 50.00 gross for service that was given', () => {
    expectGolden(last([release(april.to), goodwill('50.00', april.to)]), 'SUB-13');
  });

  test('SUB-13: the part that is not given comes out of the deferral', () => {
    expect(totalsOf(entryOf(last([goodwill('50.00')])).postings)).toEqual({
      ...{ 'Cr 1200': '50.00', 'Dr 2100': '23.15', 'Dr 2300': '3.70', 'Dr 4910': '23.15' },
    });
  });

  test('USE-5: usage billed too much, paid and open, with its rounding', () => {
    const credit = (accrued: string) => {
      const line = { meter: 'api.called', month: '2026-03', quantity: '12000', accrued, amount: '12.00' };
      const ids = { creditNoteId: 'cn-1', reason: 'late fact' };
      return { type: 'creditUsage', at: half, ...ids, lines: [line] } as const;
    };
    const usage = [usageLine('100.00')];
    expectGolden(last([pay('108.00'), credit('12.00')], usage), 'USE-5');
    expect(totalsOf(entryOf(last([credit('12.004')], usage)).postings)).toEqual({
      ...{ 'Cr 1200': '12.96', 'Cr 4990': '0.004', 'Dr 1210': '12.004', 'Dr 2300': '0.96' },
    });
  });
});

describe('endings', () => {
  test('SUB-14: cancelled now, paid, without a refund', () => {
    expectGolden(last([pay('322.92'), cancelled('none')]), 'SUB-14');
  });

  test('SUB-15: cancelled now, open', () => {
    expectGolden(last([cancelled('none')]), 'SUB-15');
  });

  test('SUB-16: void, half of it released', () => {
    expectGolden(last([release(half), voided()]), 'SUB-16');
  });

  test('SUB-16: usage goes back with its residual', () => {
    const entry = entryOf(last([voided()], [usageLine('10.00', '10.004')]));
    expect(totalsOf(entry.postings)).toEqual({
      ...{ 'Cr 1200': '10.80', 'Cr 4990': '0.004', 'Dr 1210': '10.004', 'Dr 2300': '0.80' },
    });
  });

  test('DUN-5 and DUN-3: a write-off, two thirds delivered', () => {
    const events = history(growth, [writeOff(twoThirds)]);
    expectGolden(events.at(-2), 'DUN-5');
    expectGolden(events.at(-1), 'DUN-3');
  });

  test('DUN-4: a recovery', () => {
    expectGolden(last([writeOff(twoThirds), pay('215.28')]), 'DUN-4');
  });

  test('DUN-1: an attempt that fails has no entry, nor has any step of dunning', () => {
    const failed = { type: 'recordPaymentFailure', now: half, reason: 'declined', hard: false } as const;
    const step = { type: 'advanceDunning', now: '2026-05-01T00:00:00.000Z', step: 'past_due' } as const;
    for (const event of history(growth, [failed, step]).slice(1)) expect(postingFor(event)).toBeUndefined();
  });
});

describe('refunds', () => {
  const approved = [pay('322.92'), refund('322.92', '149.50')];

  test('REF-1: of the whole invoice, half delivered', () => {
    expectGolden(last(approved), 'REF-1');
  });

  test('REF-1: without a sum for what is not delivered', () => {
    expect(totalsOf(entryOf(last([pay('322.92'), refund('108.00')])).postings)).toEqual({
      ...{ 'Cr 2220': '108.00', 'Dr 2300': '8.00', 'Dr 4900': '100.00' },
    });
  });

  test('REF-2 and REF-5: it leaves, and comes back', () => {
    expectGolden(last([...approved, settle('settled')]), 'REF-2');
    expectGolden(last([...approved, settle('settled'), settle('failed')]), 'REF-5');
    const failed = last([...approved, settle('failed')]) ?? expect.unreachable();
    expect(postingFor(failed)).toBeUndefined();
  });

  test('REF-3: the rest of an annual term', () => {
    const annual = [subscriptionLine('2870.40', year)];
    expectGolden(last([pay('3100.03', april.from), cancelled('unused', april.from)], annual), 'REF-3');
  });
});

test('RCV-1 and RCV-2: what came by bank, and more than was owed', () => {
  expectGolden(last([pay('322.92', half, 'bank_transfer')]), 'RCV-1');
  expectGolden(last([pay('347.03')]), 'RCV-2');
});

test('INV-1: the month to come and the month that was, in one entry', () => {
  const charge = decided(subscriptionDecider, [create(april.from, 'growth')])[0];
  if (charge?.type !== 'subscription.started' || charge.data.charge === null) return expect.unreachable();
  expectGolden(finalized([lineOf(charge.data.charge), usageLine('1625.00')]), 'INV-1');
});

test('USE-9: promotional credit lowers the usage line before tax', () => {
  const promotion: DraftLine = { kind: 'promotion', description: 'Promotional credit', amount: '-30.00' };
  const entry = entryOf(finalized([usageLine('100.00'), promotion]));
  expect(totalsOf(entry.postings)).toEqual({
    ...{ 'Cr 1210': '100.00', 'Cr 2300': '5.60', 'Dr 1200': '75.60', 'Dr 1210': '30.00' },
  });
});
