import { describe, expect, test } from 'vitest';
import { METER_IDS } from '../../domain/catalogue/types.ts';
import { MAX_QUANTITY } from '../../domain/metering/aggregation.ts';
import type { BilledLine, RatingEvent } from '../../domain/metering/events.ts';
import { accrue, bill, GOLDEN, given, spec, total } from './support.ts';

const noon = '2026-03-10T12:00:00.000Z';
const april = '2026-04-01T00:00:00.000Z';
const lastOfMarch = '2026-03-31T23:59:59.999Z';

type Accrued = Extract<RatingEvent, { type: 'usage.accrued' }>;

function accrued(
  effectiveAt: string,
  lines: Accrued['data']['lines'],
  { late = false, countedThrough = 1 } = {},
): RatingEvent {
  const usage = { customerId: 'acme', month: '2026-03', currency: 'USD' };
  return { type: 'usage.accrued', data: { ...usage, countedThrough, late, lines }, effectiveAt };
}

const billed = (
  effectiveAt: string,
  lines: BilledLine[],
  invoiceId = 'inv-march',
  period = '2026-03',
): RatingEvent => ({
  type: 'usage.billed',
  data: { customerId: 'acme', month: '2026-03', invoiceId, period, lines },
  effectiveAt,
});

const calls = (quantity: bigint) => total('api.called', quantity, 1_000_000n);
const line = (quantity: string, billable: string, amount: string, delta: string) => ({
  meter: 'api.called',
  quantity,
  included: '1000000',
  billable,
  amount,
  delta,
});

describe('accrual', () => {
  test('posts the rated total to date less what is accrued (USE-1)', () => {
    spec
      .when(accrue(noon, [calls(1_100_000n)]))
      .thenEvents(accrued(noon, [line('1100000', '100000', '10.00', '10.00')]));
    const later = '2026-03-20T00:00:00.000Z';
    given(accrue(noon, [calls(1_100_000n)]))
      .when(accrue(later, [calls(1_100_001n)], { countedThrough: 9 }))
      .thenEvents(accrued(later, [line('1100001', '100001', '10.0001', '0.0001')], { countedThrough: 9 }));
  });

  test('from an older reading than the last one changes nothing: totals do not go back', () => {
    const newest = given(accrue(noon, [calls(1_200_000n)], { countedThrough: 20 }));
    newest.when(accrue(noon, [calls(1_100_000n)], { countedThrough: 19 })).thenNothing();
    newest.when(accrue(noon, [total('sms.sent', 1n)], { countedThrough: 1 })).thenNothing();
    given(accrue(noon, [calls(1_200_000n)], { countedThrough: 20 }), bill(april))
      .when(accrue(april, [calls(1_100_000n)], { countedThrough: 19, invoiceFinal: true }))
      .thenNothing();
  });

  test('from a newer reading, or another of the same place, may correct downwards', () => {
    for (const countedThrough of [20, 21]) {
      given(accrue(noon, [calls(1_200_000n)], { countedThrough: 20 }))
        .when(accrue(noon, [calls(1_100_000n)], { countedThrough }))
        .thenEvents(accrued(noon, [line('1100000', '100000', '10.00', '-10.00')], { countedThrough }));
    }
  });

  test('of ten thousand of the largest facts stays within what an amount can hold', () => {
    const most = METER_IDS.map((meter) => total(meter, 10_000n * MAX_QUANTITY));
    expect(spec.when(accrue(noon, most)).events()).toHaveLength(1);
  });

  test('counts a million sub-cent facts exactly', () => {
    const first = given(accrue(noon, [total('event.tracked', 5_416_666n)]));
    const [event] = first.when(accrue(noon, [total('event.tracked', 5_416_667n)])).events();
    expect(event?.data.lines).toMatchObject([{ amount: '54.16667', delta: '0.00001' }]);
  });

  test('of the golden example comes to 1,625.00', () => {
    const [event] = spec.when(accrue(noon, GOLDEN)).events();
    const amounts = event?.data.lines.map((of) => ('amount' in of ? of.amount : ''));
    expect(amounts).toEqual([
      '200.00',
      '0.00',
      '10.00',
      '240.00',
      '300.00',
      '250.00',
      '400.00',
      '125.00',
      '100.00',
    ]);
  });

  test('falls where a volume price tier is reached: the 1,000,001st e-mail (USE-11)', () => {
    const mails = (quantity: bigint) => [total('email.sent', quantity)];
    const [event] = given(accrue(noon, mails(1_000_000n)))
      .when(accrue(noon, mails(1_000_001n)))
      .events();
    expect(event?.data.lines).toMatchObject([
      { amount: '600.0006', delta: '-199.9994', billable: '1000001' },
    ]);
  });

  test('of one meter leaves the others alone', () => {
    const both = [calls(1_100_000n), total('sms.sent', 10n)];
    const [event] = given(accrue(noon, both))
      .when(accrue(noon, [calls(1_200_000n), total('sms.sent', 10n)]))
      .events();
    expect(event?.data.lines).toEqual([line('1200000', '200000', '20.00', '10.00')]);
  });

  test('within the allowance is a quantity without money', () => {
    spec.when(accrue(noon, [calls(999n)])).thenEvents(accrued(noon, [line('999', '0', '0.00', '0.00')]));
  });

  test('without overflow is capped: nothing is paid, until a payment method is there', () => {
    const capped = accrue(noon, [calls(1_100_000n)], { overflow: false });
    spec.when(capped).thenEvents(accrued(noon, [line('1100000', '0', '0.00', '0.00')]));
    given(capped).when(capped).thenNothing();
    given(capped)
      .when(accrue(noon, [calls(1_100_000n)]))
      .thenEvents(accrued(noon, [line('1100000', '100000', '10.00', '10.00')]));
  });

  test('changes nothing where nothing changed', () => {
    given(accrue(noon, GOLDEN))
      .when(accrue('2026-03-11T00:00:00.000Z', GOLDEN, { countedThrough: 99 }))
      .thenNothing();
    spec.when(accrue(noon, [])).thenNothing();
    spec.when(accrue(noon, [total('sms.sent', 0n), total('api.called', 0n, 5n)])).thenNothing();
    given(accrue(noon, [total('api.called', 5n, 10n)]))
      .when(accrue(noon, [total('api.called', 5n, 20n)]))
      .thenNothing();
  });

  test('follows the allowance when the tier changes, also where the price of started packages stays', () => {
    const rows = (included: bigint) => [total('data.exported', 10_000n, included)];
    const [event] = given(accrue(noon, rows(500n)))
      .when(accrue(noon, rows(600n)))
      .events();
    expect(event?.data.lines).toMatchObject([
      { included: '600', billable: '9400', amount: '0.50', delta: '0.00' },
    ]);
  });

  test('of a meter that there is not is a fault, not a refusal', () => {
    const unknown = { meter: 'fax.sent', quantity: 1n, included: 0n };
    expect(() => spec.when(accrue(noon, [unknown]))).toThrow(RangeError);
  });
});

describe('what an accrual takes effect at', () => {
  test('now, in its month; the last second of the month, after it', () => {
    const effective = (now: string) => spec.when(accrue(now, [calls(2_000_000n)])).events()[0]?.effectiveAt;
    expect(effective(noon)).toBe(noon);
    expect(effective(april)).toBe(lastOfMarch);
    expect(effective('2026-04-01T20:00:00.000Z')).toBe(lastOfMarch);
  });

  test('after the month’s invoice is final, when the fact was received (USE-4)', () => {
    const received = '2026-04-12T08:00:00.000Z';
    given(accrue(april, [calls(1_100_000n)]), bill(april))
      .when(accrue(received, [calls(1_220_000n)], { invoiceFinal: true }))
      .thenEvents(accrued(received, [line('1220000', '220000', '22.00', '12.00')], { late: true }));
  });

  test('reserved for an invoice that is not final yet, in its month', () => {
    const [event] = given(accrue(april, [calls(1_100_000n)]), bill(april))
      .when(accrue('2026-04-01T20:00:00.000Z', [calls(1_220_000n)]))
      .events();
    expect(event).toMatchObject({ effectiveAt: lastOfMarch, data: { late: false } });
  });

  test('late although the month’s invoice had no usage', () => {
    const received = '2026-04-12T08:00:00.000Z';
    const [event] = given()
      .when(accrue(received, [calls(1_220_000n)], { invoiceFinal: true }))
      .events();
    expect(event).toMatchObject({ effectiveAt: received, data: { late: true } });
  });

  test('billed within the month, the month goes on', () => {
    const [event] = given(accrue(noon, [calls(1_100_000n)]), bill(noon))
      .when(accrue('2026-03-20T00:00:00.000Z', [calls(1_200_000n)]))
      .events();
    expect(event).toMatchObject({ effectiveAt: '2026-03-20T00:00:00.000Z', data: { late: false } });
  });
});

describe('billing', () => {
  test('takes what is accrued, each line rounded by itself (USE-3)', () => {
    given(accrue(noon, [total('event.tracked', 1_000_400n), total('sms.sent', 1n)]))
      .when(bill(april))
      .thenEvents(
        billed(april, [
          {
            meter: 'event.tracked',
            quantity: '1000400',
            included: '0',
            billable: '1000400',
            accrued: '10.004',
            billed: '10.00',
          },
          {
            meter: 'sms.sent',
            quantity: '1',
            included: '0',
            billable: '1',
            accrued: '0.012',
            billed: '0.01',
          },
        ]),
      );
  });

  test.each([
    ['half to even, down', 500n, '0.005', '0.00'],
    ['half to even, up', 1_500n, '0.015', '0.02'],
    ['to nothing: the line still posts its residual', 400n, '0.004', '0.00'],
  ])('rounds %s', (_case, quantity, unbilled, cents) => {
    const [event] = given(accrue(noon, [total('event.tracked', quantity)]))
      .when(bill(april))
      .events();
    expect(event?.data.lines).toMatchObject([{ accrued: unbilled, billed: cents }]);
  });

  test('leaves out what costs nothing', () => {
    const [event] = given(accrue(noon, [calls(999n), total('sms.sent', 1n)]))
      .when(bill(april))
      .events();
    expect(event?.data.lines.map(({ meter }) => meter)).toEqual(['sms.sent']);
    given(accrue(noon, [calls(999n)]))
      .when(bill(april))
      .thenNothing();
    spec.when(bill(april)).thenNothing();
  });

  test('happens once for an invoice, whoever asks', () => {
    const done = [accrue(noon, [calls(1_100_000n)]), bill(april)];
    given(...done)
      .when(bill(april))
      .thenNothing();
    given(...done, accrue('2026-04-12T00:00:00.000Z', [calls(1_200_000n)]))
      .when(bill('2026-04-12T00:00:00.000Z'))
      .thenNothing();
    given(...done)
      .when(bill(april, 'inv-other'))
      .thenNothing();
  });

  test('late usage is the next invoice’s, with its own month and only the difference', () => {
    const received = '2026-04-12T08:00:00.000Z';
    const may = '2026-05-01T00:00:00.000Z';
    given(accrue(april, [calls(1_100_000n)]), bill(april), accrue(received, [calls(1_220_000n)]))
      .when(bill(may, 'inv-april', '2026-04'))
      .thenEvents(
        billed(
          may,
          [
            {
              meter: 'api.called',
              quantity: '120000',
              included: '0',
              billable: '120000',
              accrued: '12.00',
              billed: '12.00',
            },
          ],
          'inv-april',
          '2026-04',
        ),
      );
  });

  test('what falls below what was billed is not billed, and waits', () => {
    const mails = (quantity: bigint) => [total('email.sent', quantity)];
    const fallen = [
      accrue(april, mails(1_000_000n)),
      bill(april),
      accrue('2026-04-12T00:00:00.000Z', mails(1_000_001n)),
    ];
    given(...fallen)
      .when(bill('2026-05-01T00:00:00.000Z', 'inv-april', '2026-04'))
      .thenNothing();
    const [event] = given(...fallen, accrue('2026-04-13T00:00:00.000Z', mails(1_400_000n)))
      .when(bill('2026-05-01T00:00:00.000Z', 'inv-april', '2026-04'))
      .events();
    expect(event?.data.lines).toMatchObject([{ accrued: '40.00', billed: '40.00' }]);
  });

  test('the state says what each invoice bills', () => {
    const state = given(accrue(noon, [calls(1_100_000n)]))
      .when(bill(april))
      .state();
    expect(state.bills.get('inv-march')).toMatchObject([{ meter: 'api.called', billed: '10.00' }]);
  });
});
