import { describe, expect, test } from 'vitest';
import { applyScheduled, type Changed, change, charge, given, renew, type Tier, terms } from './support.ts';

const april = { from: '2026-04-01T00:00:00.000Z', to: '2026-05-01T00:00:00.000Z' };
const half = '2026-04-16T00:00:00.000Z';
const growth = given({ now: april.from, tier: 'growth' });

function changed(
  at: string,
  [from, to]: readonly [Tier, Tier],
  money: Partial<Changed['data']> = {},
  cycle: 'monthly' | 'annual' = 'monthly',
): Changed {
  const settlement = (money.charge ?? null) === null ? 'none' : 'invoice';
  const none = { charge: null, credit: null, settlement } as const;
  const data = { ...terms(to, cycle), fromTier: from, ...none, ...money };
  return { type: 'subscription.changed', data, effectiveAt: at };
}

const scheduled = (
  now: string,
  fromTier: string,
  toTier: string,
  at: string,
  toBillingCycle: 'monthly' | 'annual' = 'monthly',
) => ({
  type: 'subscription.change_scheduled' as const,
  data: {
    ...{ customerId: 'acme', subscriptionId: 'sub-acme', fromTier, toTier },
    ...{ toBillingCycle, contract: null, at },
  },
  effectiveAt: now,
});

describe('an upgrade', () => {
  test('Growth to Pro at half period credits what is not earned and charges the rest (SUB-9)', () => {
    const stretch = { from: half, to: april.to, amount: '399.50' };
    growth.when(change(half, 'pro')).thenEvents(
      changed(half, ['growth', 'pro'], {
        charge: charge('pro', { invoiceId: 'inv-change', kind: 'change', ...stretch }),
        credit: { invoiceId: 'inv-acme-1', amount: '149.50' },
      }),
    );
  });

  test('a second one in the month credits the charge of the first', () => {
    const at = '2026-04-24T00:00:00.000Z';
    const stretch = { from: at, to: april.to, amount: '699.77' };
    given({ now: april.from, tier: 'growth' }, change(half, 'pro'))
      .when(change(at, 'enterprise', 'now', 'inv-second'))
      .thenEvents(
        changed(at, ['pro', 'enterprise'], {
          charge: charge('enterprise', { invoiceId: 'inv-second', kind: 'change', ...stretch }),
          credit: { invoiceId: 'inv-change', amount: '186.43' },
        }),
        {
          type: 'subscription.tenant_requested',
          data: { customerId: 'acme', subscriptionId: 'sub-acme' },
          effectiveAt: at,
        },
      );
  });

  test('at the instant of sign-up takes all of it back', () => {
    expect(growth.when(change(april.from, 'pro')).state()).toMatchObject({ charge: { amount: '799.00' } });
    const [event] = growth.when(change(april.from, 'pro')).events();
    expect(event?.data).toMatchObject({ credit: { amount: '299.00' } });
  });

  test('within the second of a sign-up at the end of the month is no division by zero', () => {
    const late = given({ now: '2026-04-30T23:59:59.100Z', tier: 'growth' });
    const [event] = late.when(change('2026-04-30T23:59:59.900Z', 'pro')).events();
    expect(event?.data).toMatchObject({ credit: { amount: '0.00' }, charge: { amount: '0.00' } });
  });

  test('of an annual term goes by the seconds of the term and keeps its anchor', () => {
    const at = '2026-08-31T00:00:00.000Z';
    const anchor = '2026-03-01T00:00:00.000Z';
    const annual = given({ now: anchor, tier: 'growth', billingCycle: 'annual' });
    const stretch = { from: at, to: '2027-03-01T00:00:00.000Z', amount: '3824.69' };
    const money = {
      charge: charge('pro', { invoiceId: 'inv-change', kind: 'change', ...stretch }, 'annual'),
      credit: { invoiceId: 'inv-acme-1', amount: '1431.27' },
    };
    annual.when(change(at, 'pro')).thenEvents(changed(at, ['growth', 'pro'], money, 'annual'));
    expect(annual.when(change(at, 'pro')).state()).toMatchObject({ anchor });
  });

  /** A year counted from the first upgrade would have a leap day; the term has none. */
  test('a second one in an annual term goes by the seconds of the whole term', () => {
    const at = '2027-09-02T00:00:00.000Z';
    const first = change('2027-06-01T00:00:00.000Z', 'pro');
    const annual = { now: '2026-12-01T00:00:00.000Z', tier: 'growth', billingCycle: 'annual' } as const;
    const [event] = given(annual, first)
      .when(change(at, 'enterprise', 'now', 'inv-second'))
      .events();
    expect(event?.data).toMatchObject({
      charge: { from: at, to: '2027-12-01T00:00:00.000Z', amount: '7099.00' },
      credit: { invoiceId: 'inv-change', amount: '1891.33' },
    });
  });

  test('from Free starts like a sign-up', () => {
    const free = given({ now: april.from, tier: 'free' });
    const stretch = { from: half, to: april.to, amount: '149.50' };
    const first = charge('growth', { invoiceId: 'inv-change', kind: 'change', ...stretch });
    free
      .when(change(half, 'growth'))
      .thenEvents(changed(half, ['free', 'growth'], { charge: first, credit: null }));
  });

  test('from Free to an annual plan makes the instant its anchor', () => {
    const free = given({ now: april.from, tier: 'free', billingCycle: 'annual' });
    expect(free.when(change(half, 'growth')).state()).toMatchObject({
      anchor: half,
      charge: { from: half, to: '2027-04-16T00:00:00.000Z', amount: '2870.40' },
    });
  });

  test('from Free that is scheduled is charged when it takes effect', () => {
    const free = given({ now: april.from, tier: 'free' }, change(half, 'growth', 'periodEnd'));
    const stretch = { from: april.to, to: '2026-06-01T00:00:00.000Z', amount: '299.00' };
    const invoiceId = 'sub-acme.2026-05-01';
    const first = charge('growth', { invoiceId, kind: 'change', ...stretch });
    free.when(applyScheduled(april.to)).thenEvents(changed(april.to, ['free', 'growth'], { charge: first }));
    expect(free.when(applyScheduled('2026-05-03T00:00:00.000Z')).state()).toMatchObject({ charge: first });
  });
});

describe('a downgrade', () => {
  test('waits for the end of the paid period', () => {
    growth.when(change(half, 'starter')).thenEvents(scheduled(half, 'growth', 'starter', april.to));
    growth.when(change(half, 'free', 'periodEnd')).thenEvents(scheduled(half, 'growth', 'free', april.to));
  });

  test('of an annual term waits for the end of the term', () => {
    given({ now: april.from, tier: 'growth', billingCycle: 'annual' })
      .when(change(half, 'starter'))
      .thenEvents(scheduled(half, 'growth', 'starter', '2027-04-01T00:00:00.000Z', 'annual'));
  });

  test('takes effect at the renewal, in one append', () => {
    const stretch = { from: april.to, to: '2026-06-01T00:00:00.000Z', amount: '99.00' };
    const next = charge('starter', { invoiceId: 'inv-next', kind: 'renewal', ...stretch });
    const renewed = {
      type: 'subscription.renewed' as const,
      data: { ...terms('starter'), charge: next },
      effectiveAt: april.to,
    };
    given({ now: april.from, tier: 'growth' }, change(half, 'starter'))
      .when(renew(april.to))
      .thenEvents(changed(april.to, ['growth', 'starter']), renewed);
    given({ now: april.from, tier: 'growth' }, change(half, 'starter'), applyScheduled(april.to))
      .when(renew(april.to))
      .thenEvents(renewed);
  });

  test('to Free ends what is billed', () => {
    const down = given({ now: april.from, tier: 'growth' }, change(half, 'free'));
    down.when(renew(april.to)).thenEvents(changed(april.to, ['growth', 'free']));
    expect(down.when(renew(april.to)).state()).toMatchObject({
      status: 'active',
      charge: null,
      anchor: null,
    });
    given({ now: april.from, tier: 'growth' }, change(half, 'free'), renew(april.to))
      .when(renew('2026-06-01T00:00:00.000Z'))
      .thenNothing();
  });

  test('is not applied before its time, or twice', () => {
    const down = given({ now: april.from, tier: 'growth' }, change(half, 'starter'));
    down.when(applyScheduled('2026-04-30T23:59:59.999Z')).thenRefused('not-due');
    growth.when(applyScheduled(april.to)).thenRefused('not-due');
    given({ now: april.from, tier: 'growth' }, change(half, 'starter'), applyScheduled(april.to))
      .when(applyScheduled(april.to))
      .thenRefused('not-due');
  });
});

describe('a scheduled change', () => {
  const down = given({ now: april.from, tier: 'growth' }, change(half, 'starter'));
  const at = '2026-04-20T00:00:00.000Z';

  test('asked for again changes nothing; another one replaces it', () => {
    down.when(change(at, 'starter')).thenNothing();
    down.when(change(at, 'pro', 'periodEnd')).thenEvents(scheduled(at, 'growth', 'pro', april.to));
    expect(down.when(change(at, 'free')).state()).toMatchObject({
      scheduled: { toTier: 'free', at: april.to },
    });
  });

  test('is withdrawn, now, by asking for the present tier', () => {
    down.when(change(at, 'growth')).thenEvents({
      type: 'subscription.scheduled_change_cancelled',
      data: { customerId: 'acme', subscriptionId: 'sub-acme', toTier: 'starter' },
      effectiveAt: at,
    });
    expect(down.when(change(at, 'growth')).state()).toMatchObject({ tier: 'growth', scheduled: null });
    growth.when(change(at, 'growth')).thenNothing();
  });

  test('is replaced by an immediate one', () => {
    expect(down.when(change(at, 'pro')).state()).toMatchObject({ tier: 'pro', scheduled: null });
    const replaced = given({ now: april.from, tier: 'growth' }, change(half, 'starter'), change(at, 'pro'));
    expect(replaced.when(renew(april.to)).state()).toMatchObject({ tier: 'pro', price: '799.00' });
  });
});

describe('refused', () => {
  test('a tier that there is not', () => {
    growth.when(change(half, 'platinum')).thenRefused('unknown-tier', 'newTier');
  });

  test('a change in a period that is not invoiced yet', () => {
    const down = given({ now: april.from, tier: 'growth' }, change(half, 'starter'));
    growth.when(change(april.to, 'pro')).thenRefused('not-due');
    growth.when(change(april.to, 'starter')).thenRefused('not-due');
    down.when(change(april.to, 'growth')).thenRefused('not-due');
    growth.when(change(april.to, 'growth')).thenNothing();
  });
});
