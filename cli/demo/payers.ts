import type { PaymentMethod } from '../../domain/invoicing/decider.ts';
import type { InvoiceKind } from '../../domain/invoicing/schemas.ts';
import { addMillis, DAY_MS, type Instant, type Month, monthOf } from '../../domain/kernel/time.ts';
import { type Random, random } from './random.ts';
import { SEED } from './seed.ts';

/** How a customer pays. `defaulter`: not at all, from an instant on. */
export interface Payer {
  readonly habit: 'prompt' | 'slow' | 'defaulter';
  readonly since: Instant;
  /** What the monthly invoice that is dated in a month meets with, whatever the habit. */
  readonly special: Readonly<Partial<Record<Month, Special>>>;
}

export type Special = 'void' | 'credit' | 'refund' | 'overpay' | 'halves' | 'late';

/** What is done about an invoice. Shares are per cent. */
export type InvoiceAct =
  | { readonly kind: 'pay'; readonly share: number; readonly extra: string; readonly method: PaymentMethod }
  | { readonly kind: 'fail'; readonly hard: boolean; readonly reason: string }
  | { readonly kind: 'void' }
  | { readonly kind: 'credit'; readonly share: number }
  | { readonly kind: 'refund'; readonly share: number; readonly method: PaymentMethod }
  | { readonly kind: 'settleRefund'; readonly outcome: 'settled' | 'failed' }
  /** A part of what was written off. */
  | { readonly kind: 'recover'; readonly share: number; readonly method: PaymentMethod };

export interface InvoiceStep {
  /** Names it among the steps of its invoice. */
  readonly name: string;
  readonly at: Instant;
  readonly act: InvoiceAct;
}

export interface BilledInvoice {
  readonly invoiceId: string;
  readonly kind: InvoiceKind;
  readonly effectiveAt: Instant;
}

const METHODS = ['card', 'card', 'card', 'ach', 'bank_transfer'] as const satisfies readonly PaymentMethod[];
/** Invoices are due after 30 days; dunning suspends 21 days later and gives up after 45. */
const DUE_DAYS = 30;
const SUSPENDED_DAYS = 51;
const GIVEN_UP_DAYS = 75;

/** All that will be done about an invoice, in order of time, known as soon as there is its draft. */
export function stepsOf(invoice: BilledInvoice, { habit, since, special }: Payer): readonly InvoiceStep[] {
  const dice = random(SEED, 'invoice', invoice.invoiceId);
  const asked = invoice.kind === 'monthly' ? special[monthOf(invoice.effectiveAt)] : undefined;
  const after = (days: number) => addMillis(invoice.effectiveAt, days * DAY_MS);
  const step = (name: string, days: number, act: InvoiceAct): InvoiceStep => ({ name, at: after(days), act });
  if (asked !== undefined) return specialSteps(asked, dice, step);
  if (habit === 'defaulter' && invoice.effectiveAt >= since) return unpaid(dice, step, dice.chance(0.5));
  if (habit === 'slow' && dice.chance(0.35)) return paidLate(dice, step);
  const luck = dice.next();
  if (luck < 0.002) return unpaid(dice, step, false);
  if (luck < 0.03) return paidLate(dice, step);
  if (luck < 0.036) return specialSteps('void', dice, step);
  if (luck < 0.05) return specialSteps('overpay', dice, step);
  if (luck < 0.08) return specialSteps('halves', dice, step);
  if (luck < 0.1) return specialSteps('credit', dice, step);
  if (luck < 0.115) return specialSteps('refund', dice, step);
  return [step('pay', dice.between(2, 24), whole(dice))];
}

type Step = (name: string, days: number, act: InvoiceAct) => InvoiceStep;

function whole(dice: Random): Extract<InvoiceAct, { kind: 'pay' }> {
  return { kind: 'pay', share: 100, extra: '0.00', method: dice.pick(METHODS) };
}

function specialSteps(special: Special, dice: Random, step: Step): InvoiceStep[] {
  const days = dice.between(3, 8);
  switch (special) {
    case 'void':
      return [step('void', days, { kind: 'void' })];
    case 'credit':
      return [
        step('credit', days, { kind: 'credit', share: dice.between(5, 40) }),
        step('pay', days + 7, whole(dice)),
      ];
    case 'refund': {
      const method = dice.pick(METHODS);
      const fails = dice.chance(0.3);
      const outcome = fails ? 'failed' : 'settled';
      return [
        step('pay', days, { ...whole(dice), method }),
        step('refund', days + 9, { kind: 'refund', share: dice.between(10, 60), method }),
        step('settle', days + 14, { kind: 'settleRefund', outcome }),
        ...(fails ? [step('settle again', days + 21, { kind: 'settleRefund', outcome: 'settled' })] : []),
      ];
    }
    case 'late':
      return [
        step('fail', DUE_DAYS + 2, { kind: 'fail', hard: false, reason: 'insufficient funds' }),
        step('pay', SUSPENDED_DAYS + 4, whole(dice)),
      ];
    case 'overpay':
      return [step('pay', days, { ...whole(dice), extra: `${dice.between(10, 60)}.00` })];
    case 'halves':
      return [
        step('pay', days, { ...whole(dice), share: 50 }),
        step('pay the rest', days + dice.between(7, 18), whole(dice)),
      ];
  }
}

/** Attempts fail, then it is paid: before dunning suspends, or after. */
function paidLate(dice: Random, step: Step): InvoiceStep[] {
  return [
    step('fail', DUE_DAYS + 2, { kind: 'fail', hard: false, reason: 'insufficient funds' }),
    step('pay', DUE_DAYS + dice.between(4, 24), whole(dice)),
  ];
}

function unpaid(dice: Random, step: Step, recovers: boolean): InvoiceStep[] {
  const late = dice.between(8, 40);
  const recovered = dice.between(40, 100);
  return [
    step('fail', DUE_DAYS + 2, { kind: 'fail', hard: false, reason: 'insufficient funds' }),
    step('fail again', DUE_DAYS + 5, { kind: 'fail', hard: false, reason: 'insufficient funds' }),
    step('fail for good', DUE_DAYS + 12, { kind: 'fail', hard: true, reason: 'card was reported stolen' }),
    ...(recovers
      ? [
          step('recover', GIVEN_UP_DAYS + late, {
            kind: 'recover',
            share: recovered,
            method: 'bank_transfer',
          }),
        ]
      : []),
  ];
}
