import { centsString, decimal } from '../kernel/money.ts';
import type { Block, Part } from './burning.ts';
import type { CreditEvent } from './events.ts';

/** Funds set aside for an invoice. */
export interface Use {
  readonly fundsId: string;
  readonly invoiceId: string;
  /** Credit balance in it. */
  readonly credit: string;
  /** What top-ups gave. */
  readonly parts: readonly Part[];
  readonly returned: boolean;
}

/** Promotional credit on an invoice. */
export interface Promotion {
  readonly invoiceId: string;
  readonly parts: readonly Part[];
  readonly returned: boolean;
}

export interface CreditRefund {
  readonly refundId: string;
  readonly amount: string;
  readonly currency: string;
  readonly status: 'requested' | 'settled' | 'failed';
}

/** What is held for a customer and how much of each is left. Amounts in cents; nothing is ever below zero. */
export interface CreditsState {
  /** Credit balance that is free to use. */
  readonly credit: string;
  readonly topUps: readonly Block[];
  readonly grants: readonly Block[];
  readonly uses: readonly Use[];
  readonly promotions: readonly Promotion[];
  readonly refunds: readonly CreditRefund[];
}

export const noCredits: CreditsState = {
  credit: '0.00',
  topUps: [],
  grants: [],
  uses: [],
  promotions: [],
  refunds: [],
};

export function evolveCredits(state: CreditsState, event: CreditEvent): CreditsState {
  switch (event.type) {
    case 'wallet.topped_up': {
      const { topUpId: id, amount, priority, expiresAt } = event.data;
      return { ...state, topUps: [...state.topUps, { id, amount, left: amount, priority, expiresAt }] };
    }
    case 'credit.granted': {
      const { grantId: id, amount, priority, expiresAt } = event.data;
      return { ...state, grants: [...state.grants, { id, amount, left: amount, priority, expiresAt }] };
    }
    case 'wallet.expired': {
      const { topUpId: id, amount } = event.data;
      return { ...state, topUps: without(state.topUps, [{ id, amount }]) };
    }
    case 'grant.expired': {
      const { grantId: id, amount } = event.data;
      return { ...state, grants: without(state.grants, [{ id, amount }]) };
    }
    case 'credit.added':
      return { ...state, credit: plus(state.credit, event.data.amount) };
    case 'funds.used': {
      const { fundsId, invoiceId, credit } = event.data;
      const parts = walletParts(event);
      return {
        ...state,
        credit: minus(state.credit, credit),
        topUps: without(state.topUps, parts),
        uses: [...state.uses, { fundsId, invoiceId, credit, parts, returned: false }],
      };
    }
    case 'funds.returned': {
      const { fundsId, credit } = event.data;
      return {
        ...state,
        credit: plus(state.credit, credit),
        topUps: withMore(state.topUps, walletParts(event)),
        uses: state.uses.map((use) => (use.fundsId === fundsId ? { ...use, returned: true } : use)),
      };
    }
    case 'promotion.used': {
      const { invoiceId } = event.data;
      const parts = grantParts(event);
      return {
        ...state,
        grants: without(state.grants, parts),
        promotions: [...state.promotions, { invoiceId, parts, returned: false }],
      };
    }
    case 'promotion.returned': {
      const { invoiceId } = event.data;
      return {
        ...state,
        grants: withMore(state.grants, grantParts(event)),
        promotions: state.promotions.map((promotion) =>
          promotion.invoiceId === invoiceId ? { ...promotion, returned: true } : promotion,
        ),
      };
    }
    case 'credit.refund_requested': {
      const { refundId, amount, currency } = event.data;
      const refund = { refundId, amount, currency, status: 'requested' as const };
      return { ...state, credit: minus(state.credit, amount), refunds: [...state.refunds, refund] };
    }
    case 'credit.refund_settled':
      return withRefund(state, event.data.refundId, 'settled');
    case 'credit.refund_failed':
      return withRefund(state, event.data.refundId, 'failed');
  }
}

type FundsEvent = Extract<CreditEvent, { type: 'funds.used' | 'funds.returned' }>;
type PromotionEvent = Extract<CreditEvent, { type: 'promotion.used' | 'promotion.returned' }>;

/** What a use took of each top-up, or gave back to it; amounts in cents. */
export function walletParts({ data }: FundsEvent): Part[] {
  return data.parts.map(({ topUpId: id, amount }) => ({ id, amount }));
}

/** What a use took of each grant, or gave back to it; amounts in cents. */
export function grantParts({ data }: PromotionEvent): Part[] {
  return data.parts.map(({ grantId: id, amount }) => ({ id, amount }));
}

function withRefund(state: CreditsState, refundId: string, status: CreditRefund['status']): CreditsState {
  const refunds = state.refunds.map((refund) =>
    refund.refundId === refundId ? { ...refund, status } : refund,
  );
  return { ...state, refunds };
}

function without(blocks: readonly Block[], parts: readonly Part[]): Block[] {
  return changed(blocks, parts, minus);
}

function withMore(blocks: readonly Block[], parts: readonly Part[]): Block[] {
  return changed(blocks, parts, plus);
}

function changed(
  blocks: readonly Block[],
  parts: readonly Part[],
  change: (left: string, amount: string) => string,
): Block[] {
  const amounts = new Map(parts.map(({ id, amount }) => [id, amount]));
  return blocks.map((block) => {
    const amount = amounts.get(block.id);
    return amount === undefined ? block : { ...block, left: change(block.left, amount) };
  });
}

function plus(a: string, b: string): string {
  return centsString(decimal(a).plus(b));
}

function minus(a: string, b: string): string {
  return centsString(decimal(a).minus(b));
}
