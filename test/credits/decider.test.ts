import { describe, expect, test } from 'vitest';
import type { CreditCommand } from '../../domain/credits/decider.ts';
import type { CreditEvent } from '../../domain/credits/events.ts';
import {
  added,
  april,
  expired,
  granted,
  noon,
  owner,
  promotion,
  returned,
  spec,
  toppedUp,
  used,
  useFor,
} from './support.ts';

const terms = { now: noon, priority: 50, expiresAt: null };
const topUp = {
  type: 'topUpWallet',
  ...owner,
  ...terms,
  topUpId: 'a',
  amount: '500',
  method: 'card',
} as const;
const grant = {
  type: 'grantCredit',
  ...owner,
  ...terms,
  grantId: 'g',
  amount: '30',
  reason: 'Launch',
} as const;

describe('a top-up or grant', () => {
  test('is held in whole cents', () => {
    spec.when(topUp).thenEvents(toppedUp('a', '500.00'));
    spec.when(grant).thenEvents(granted('g', '30.00'));
  });

  test.each(['0', '0.00', '1.001', '-5.00'])('of %s is refused', (amount) => {
    for (const command of [topUp, grant]) {
      spec.when({ ...command, amount }).thenRefused('invalid-amount', 'amount');
    }
  });

  test('that has expired already is refused; one that expires an instant later is not', () => {
    for (const command of [topUp, grant]) {
      spec.when({ ...command, expiresAt: noon }).thenRefused('expiry-in-past', 'expiresAt');
      expect(spec.when({ ...command, expiresAt: '2026-03-10T12:00:00.001Z' }).events()).toHaveLength(1);
    }
  });
});

describe('an invoice that becomes final takes', () => {
  test('the wallet for its usage, then the credit balance for the rest', () => {
    spec
      .given(toppedUp('a', '500.00'), added('1000.00'))
      .when(useFor('inv'))
      .thenEvents(used('inv', '100.00', '200.00', { a: '100.00' }));
  });

  test('the credit balance for usage that the wallet does not reach', () => {
    spec
      .given(toppedUp('a', '32.40'), added('500.00'))
      .when(useFor('inv'))
      .thenEvents(used('inv', '32.40', '267.60', { a: '32.40' }));
  });

  test('no more than is open', () => {
    spec
      .given(toppedUp('a', '500.00'), added('500.00'))
      .when(useFor('inv', { due: '40.00' }))
      .thenEvents(used('inv', '40.00', '0.00', { a: '40.00' }));
  });

  test('top-ups in order of priority, expiry and id', () => {
    const soon = { priority: 10, expiresAt: '2026-05-01T00:00:00.000Z' };
    spec
      .given(
        toppedUp('d', '30.00', { priority: 10 }),
        toppedUp('c', '30.00', soon),
        toppedUp('b', '30.00', soon),
        toppedUp('a', '30.00'),
      )
      .when(useFor('inv'))
      .thenEvents(used('inv', '100.00', '0.00', { b: '30.00', c: '30.00', d: '30.00', a: '10.00' }));
  });

  test('no top-up that has ended, whether its end is recorded or not', () => {
    spec
      .given(toppedUp('a', '50.00', { expiresAt: april }))
      .when(useFor('inv'))
      .thenNothing();
  });

  test('nothing that came after it had become final', () => {
    const present = { credit: '5.00', topUpIds: ['a'] };
    spec
      .given(added('5.00'), toppedUp('a', '10.00'), added('70.00'), toppedUp('b', '90.00'))
      .when(useFor('inv', { present }))
      .thenEvents(used('inv', '10.00', '5.00', { a: '10.00' }));
  });

  test('nothing that another invoice has taken', () => {
    const history = [added('250.00'), toppedUp('a', '100.00')];
    const first = spec
      .given(...history)
      .when(useFor('one'))
      .events();
    spec
      .given(...history, ...first)
      .when(useFor('two'))
      .thenEvents(used('two', '0.00', '50.00', {}));
  });

  test('nothing a second time', () => {
    spec
      .given(added('50.00'), used('inv', '0.00', '50.00', {}), added('50.00'))
      .when(useFor('inv'))
      .thenNothing();
  });

  test('nothing where nothing is held', () => {
    spec.when(useFor('inv')).thenNothing();
  });
});

describe('funds that an invoice did not need', () => {
  const history = [
    toppedUp('a', '60.00', { priority: 1 }),
    toppedUp('b', '60.00', { priority: 2, expiresAt: '2026-04-02T00:00:00.000Z' }),
    added('250.00'),
    used('inv', '100.00', '200.00', { a: '60.00', b: '40.00' }),
  ];

  test('come back: what was burnt last comes back first', () => {
    const outcome = spec.given(...history).when(returned('inv', '50.00', '120.00'));
    outcome.thenEvents(used('inv', '50.00', '120.00', { b: '40.00', a: '10.00' }, 'funds.returned'));
    expect(outcome.state()).toMatchObject({
      credit: '170.00',
      topUps: [{ left: '10.00' }, { left: '60.00' }],
    });
  });

  test('come back once', () => {
    const back = spec
      .given(...history)
      .when(returned('inv', '50.00', '0.00'))
      .events();
    spec
      .given(...history, ...back)
      .when(returned('inv', '50.00', '0.00'))
      .thenNothing();
    spec
      .given(...history)
      .when(returned('another', '50.00', '0.00'))
      .thenNothing();
  });

  test('end at once where their time is over', () => {
    const late = '2026-04-03T00:00:00.000Z';
    const ended = expired('wallet.expired', 'b', '20.00', '2026-04-02T00:00:00.000Z');
    const back = used('inv', '50.00', '0.00', { b: '40.00', a: '10.00' }, 'funds.returned');
    spec
      .given(...history, ended)
      .when({ ...returned('inv', '50.00', '0.00'), at: late })
      .thenEvents({ ...back, effectiveAt: late }, expired('wallet.expired', 'b', '40.00', late));
  });

  test('are never more than were set aside', () => {
    for (const command of [returned('inv', '100.01', '0.00'), returned('inv', '0.00', '200.01')]) {
      expect(() => spec.given(...history).when(command)).toThrow(RangeError);
    }
  });
});

describe('promotional credit', () => {
  const use = {
    type: 'usePromotions',
    now: april,
    at: april,
    ...owner,
    invoiceId: 'inv',
    usageNet: '40.00',
  } as const;
  const history = [
    granted('g2', '30.00', { priority: 2 }),
    granted('g1', '30.00', { priority: 1, expiresAt: '2026-04-02T00:00:00.000Z' }),
    granted('g0', '30.00', { priority: 0, expiresAt: april }),
  ];

  test('lowers the usage of an invoice, in order of burning, without what has ended', () => {
    spec
      .given(...history)
      .when(use)
      .thenEvents(promotion('promotion.used', 'inv', '40.00', { g1: '30.00', g2: '10.00' }));
  });

  test('that has ended by now is not used, though it had not when the month ended', () => {
    const late = { ...use, now: '2026-04-02T00:00:00.000Z' };
    spec
      .given(...history)
      .when(late)
      .thenEvents(promotion('promotion.used', 'inv', '30.00', { g2: '30.00' }));
  });

  test('lowers it once', () => {
    const first = spec
      .given(...history)
      .when(use)
      .events();
    spec
      .given(...history, ...first)
      .when(use)
      .thenNothing();
  });

  test.each(['0.00', '-3.00'])('is not used for usage of %s', (usageNet) => {
    spec
      .given(...history)
      .when({ ...use, usageNet })
      .thenNothing();
  });

  test('comes back from a void invoice, once; what has ended meanwhile ends again', () => {
    const late = '2026-04-05T00:00:00.000Z';
    const back = { type: 'returnPromotions', at: late, ...owner, invoiceId: 'inv' } as const;
    const uses = promotion('promotion.used', 'inv', '40.00', { g1: '30.00', g2: '10.00' });
    const returns = promotion('promotion.returned', 'inv', '40.00', { g1: '30.00', g2: '10.00' });
    const outcome = spec.given(...history, uses).when(back);
    outcome.thenEvents({ ...returns, effectiveAt: late }, expired('grant.expired', 'g1', '30.00', late));
    spec
      .given(...history, uses, ...outcome.events())
      .when(back)
      .thenNothing();
    spec
      .given(...history)
      .when(back)
      .thenNothing();
  });
});

test('what has ended expires in order of burning, at its own end, and once', () => {
  const history = [
    toppedUp('b', '20.00', { expiresAt: april }),
    toppedUp('a', '10.00', { expiresAt: '2026-03-20T00:00:00.000Z' }),
    granted('g', '5.00', { expiresAt: april }),
    toppedUp('c', '20.00', { expiresAt: '2026-04-01T00:00:00.001Z' }),
    toppedUp('d', '20.00'),
  ];
  const expire = { type: 'expireCredits', at: april, ...owner } as const;
  const outcome = spec.given(...history).when(expire);
  outcome.thenEvents(
    expired('wallet.expired', 'a', '10.00', '2026-03-20T00:00:00.000Z'),
    expired('wallet.expired', 'b', '20.00', april),
    expired('grant.expired', 'g', '5.00', april),
  );
  spec
    .given(...history, ...outcome.events())
    .when(expire)
    .thenNothing();
});

describe('a refund of the credit balance', () => {
  const ask = { type: 'refundCreditBalance', now: noon, ...owner, refundId: 'r', amount: '24.11' } as const;
  const data = { ...owner, refundId: 'r', amount: '24.11' };
  const asked: CreditEvent = { type: 'credit.refund_requested', data, effectiveAt: noon };
  const settled: CreditEvent = { type: 'credit.refund_settled', data, effectiveAt: noon };
  const failed = (hadSettled: boolean): CreditEvent => {
    return {
      type: 'credit.refund_failed',
      data: { ...data, reason: 'Card closed', hadSettled },
      effectiveAt: noon,
    };
  };
  const settle = (outcome: 'settled' | 'failed', refundId = 'r'): CreditCommand => {
    return {
      type: 'settleCreditRefund',
      now: noon,
      customerId: 'acme',
      refundId,
      outcome,
      reason: 'Card closed',
    };
  };

  test('takes it at once, so that no invoice can use it', () => {
    const outcome = spec.given(added('24.11')).when(ask);
    outcome.thenEvents(asked);
    spec.given(added('24.11'), asked).when(useFor('inv')).thenNothing();
  });

  test('is refused beyond what is free, and of nothing', () => {
    spec.given(added('24.10')).when(ask).thenRefused('insufficient-credit', 'amount');
    const setAside = [added('324.11'), used('inv', '0.00', '300.01', {})];
    spec
      .given(...setAside)
      .when(ask)
      .thenRefused('insufficient-credit', 'amount');
    spec.given(toppedUp('a', '500.00')).when(ask).thenRefused('insufficient-credit', 'amount');
    spec
      .given(added('24.11'))
      .when({ ...ask, amount: '0.00' })
      .thenRefused('invalid-amount', 'amount');
  });

  test('settles; fails; settles again', () => {
    const given = spec.given(added('24.11'), asked);
    given.when(settle('settled')).thenEvents(settled);
    given.when(settle('failed')).thenEvents(failed(false));
    given.given(settled).when(settle('failed')).thenEvents(failed(true));
    given.given(settled, failed(true)).when(settle('settled')).thenEvents(settled);
    given.given(failed(false)).when(settle('settled')).thenEvents(settled);
  });

  test('settles once; one that has failed already fails no further', () => {
    const given = spec.given(added('24.11'), asked);
    given.given(settled).when(settle('settled')).thenRefused('refund-settled', 'refundId');
    given.given(failed(false)).when(settle('failed')).thenNothing();
  });

  test.each(['r2', '__proto__', 'constructor'])('that does not exist is refused: %s', (refundId) => {
    spec.given(added('24.11'), asked).when(settle('settled', refundId)).thenRefused('refund-not-found');
  });
});
