import { type Decider, type Decision, type Refusal, refuse } from '../kernel/decider.ts';
import { centsString, type Decimal, decimal, toCents } from '../kernel/money.ts';
import { type Instant, later } from '../kernel/time.ts';
import { type Block, burn, burningOrder, isExpired, type Part, sumOf, unburn } from './burning.ts';
import type { CreditEvent } from './events.ts';
import { type CreditsState, evolveCredits, noCredits, walletParts } from './state.ts';

type TopUp = Extract<CreditEvent, { type: 'wallet.topped_up' }>['data'];
type Grant = Extract<CreditEvent, { type: 'credit.granted' }>['data'];
type Added = Extract<CreditEvent, { type: 'credit.added' }>['data'];

interface Owner {
  readonly customerId: string;
  readonly currency: string;
}

/** What was there for an invoice when it became final: what came later pays no open invoice by itself. */
export interface PresentFunds {
  readonly credit: string;
  readonly topUpIds: readonly string[];
}

export type CreditCommand =
  | (TopUp & { readonly type: 'topUpWallet'; readonly now: Instant })
  | (Grant & { readonly type: 'grantCredit'; readonly now: Instant })
  | (Added & { readonly type: 'addCredit'; readonly effectiveAt: Instant })
  | (Owner & {
      readonly type: 'useFunds';
      readonly at: Instant;
      readonly fundsId: string;
      readonly invoiceId: string;
      /** Most that the wallet may pay: usage less promotions, with its tax. */
      readonly usage: string;
      /** Open on the invoice. */
      readonly due: string;
      readonly present: PresentFunds;
    })
  | (Owner & {
      readonly type: 'returnFunds';
      readonly at: Instant;
      readonly fundsId: string;
      readonly wallet: string;
      readonly credit: string;
    })
  | (Owner & {
      readonly type: 'usePromotions';
      readonly now: Instant;
      /** Of the invoice. */
      readonly at: Instant;
      readonly invoiceId: string;
      readonly usageNet: string;
    })
  | (Owner & { readonly type: 'returnPromotions'; readonly at: Instant; readonly invoiceId: string })
  | (Owner & { readonly type: 'expireCredits'; readonly at: Instant })
  | (Owner & {
      readonly type: 'refundCreditBalance';
      readonly now: Instant;
      readonly refundId: string;
      readonly amount: string;
    })
  | {
      readonly type: 'settleCreditRefund';
      readonly now: Instant;
      readonly customerId: string;
      readonly refundId: string;
      readonly outcome: 'settled' | 'failed';
      /** Why it failed. */
      readonly reason: string;
    };

type CommandOf<Type extends CreditCommand['type']> = Extract<CreditCommand, { type: Type }>;

/** The only place that knows how much is left of what is held for a customer, so that nothing is spent twice. */
export const creditsDecider: Decider<CreditsState, CreditCommand, CreditEvent> = {
  initialState: noCredits,
  decide(command, state) {
    switch (command.type) {
      case 'topUpWallet': {
        const { type: _type, now, ...data } = command;
        const refusal = refusedTerms(command);
        if (refusal !== undefined) return refusal;
        return [
          { type: 'wallet.topped_up', data: { ...data, amount: inCents(data.amount) }, effectiveAt: now },
        ];
      }
      case 'grantCredit': {
        const { type: _type, now, ...data } = command;
        const refusal = refusedTerms(command);
        if (refusal !== undefined) return refusal;
        return [
          { type: 'credit.granted', data: { ...data, amount: inCents(data.amount) }, effectiveAt: now },
        ];
      }
      case 'addCredit': {
        const { type: _type, effectiveAt, ...data } = command;
        return [{ type: 'credit.added', data, effectiveAt }];
      }
      case 'useFunds':
        return useFunds(command, state);
      case 'returnFunds':
        return returnFunds(command, state);
      case 'usePromotions':
        return usePromotions(command, state);
      case 'returnPromotions':
        return returnPromotions(command, state);
      case 'expireCredits':
        return expiries(command, state, ({ expiresAt }) => expiresAt ?? command.at);
      case 'refundCreditBalance':
        return requestRefund(command, state);
      case 'settleCreditRefund':
        return settleRefund(command, state);
    }
  },
  evolve: evolveCredits,
};

/** First the wallet for the usage part, then the credit balance for the rest. */
function useFunds(command: CommandOf<'useFunds'>, state: CreditsState): Decision<CreditEvent> {
  const { at, fundsId, customerId, invoiceId, currency, usage, due, present } = command;
  if (state.uses.some((use) => use.invoiceId === invoiceId)) return [];
  const here = state.topUps.filter(({ id }) => present.topUpIds.includes(id));
  const burnt = burn(here, least(usage, due), at);
  const wallet = sumOf(burnt);
  const credit = least(centsString(decimal(due).minus(wallet)), state.credit, present.credit);
  if (decimal(wallet).plus(credit).eq(0)) return [];
  const parts = asWalletParts(burnt);
  const data = { fundsId, customerId, invoiceId, currency, wallet, credit, parts };
  return [{ type: 'funds.used', data, effectiveAt: at }];
}

function returnFunds(command: CommandOf<'returnFunds'>, state: CreditsState): Decision<CreditEvent> {
  const { at, fundsId, customerId, currency, wallet, credit } = command;
  const use = state.uses.find((one) => one.fundsId === fundsId);
  if (use === undefined || use.returned || decimal(wallet).plus(credit).eq(0)) return [];
  if (decimal(credit).gt(use.credit)) throw new RangeError(`${credit} is more than was set aside`);
  const parts = asWalletParts(unburn(use.parts, wallet));
  const data = { fundsId, customerId, invoiceId: use.invoiceId, currency, wallet, credit, parts };
  const event = { type: 'funds.returned', data, effectiveAt: at } as const;
  return [event, ...endOfReturned(command, evolveCredits(state, event), walletParts(event))];
}

function usePromotions(command: CommandOf<'usePromotions'>, state: CreditsState): Decision<CreditEvent> {
  const { now, at, customerId, invoiceId, currency, usageNet } = command;
  if (state.promotions.some((promotion) => promotion.invoiceId === invoiceId)) return [];
  const burnt = burn(state.grants, usageNet, later(now, at));
  if (burnt.length === 0) return [];
  const data = { customerId, invoiceId, currency, amount: sumOf(burnt), parts: asGrantParts(burnt) };
  return [{ type: 'promotion.used', data, effectiveAt: at }];
}

function returnPromotions(
  command: CommandOf<'returnPromotions'>,
  state: CreditsState,
): Decision<CreditEvent> {
  const { at, customerId, invoiceId, currency } = command;
  const promotion = state.promotions.find((one) => one.invoiceId === invoiceId);
  if (promotion === undefined || promotion.returned) return [];
  const { parts } = promotion;
  const data = { customerId, invoiceId, currency, amount: sumOf(parts), parts: asGrantParts(parts) };
  const event = { type: 'promotion.returned', data, effectiveAt: at } as const;
  return [event, ...endOfReturned(command, evolveCredits(state, event), parts)];
}

type Dated = Owner & { readonly at: Instant };

/** What came back to a block whose time is over ends at once: its own end may be recorded already. */
function endOfReturned(command: Dated, { topUps, grants }: CreditsState, parts: readonly Part[]) {
  const touched = (blocks: readonly Block[]) =>
    blocks.filter(({ id }) => parts.some((part) => part.id === id));
  return expiries(command, { topUps: touched(topUps), grants: touched(grants) }, () => command.at);
}

/** What is left of top-ups and grants whose time is over, in order of burning. */
function expiries(
  { at, customerId, currency }: Dated,
  { topUps, grants }: Pick<CreditsState, 'topUps' | 'grants'>,
  endOf: (block: Block) => Instant,
): CreditEvent[] {
  const over = (blocks: readonly Block[]) =>
    blocks.filter((block) => isExpired(block, at) && decimal(block.left).gt(0)).sort(burningOrder);
  return [
    ...over(topUps).map((block): CreditEvent => {
      const data = { customerId, currency, topUpId: block.id, amount: block.left };
      return { type: 'wallet.expired', data, effectiveAt: endOf(block) };
    }),
    ...over(grants).map((block): CreditEvent => {
      const data = { customerId, currency, grantId: block.id, amount: block.left };
      return { type: 'grant.expired', data, effectiveAt: endOf(block) };
    }),
  ];
}

function requestRefund(
  command: CommandOf<'refundCreditBalance'>,
  state: CreditsState,
): Decision<CreditEvent> {
  const { now, customerId, currency, refundId } = command;
  const refusal = refusedAmount(command.amount);
  if (refusal !== undefined) return refusal;
  if (decimal(command.amount).gt(state.credit)) {
    return refuse('insufficient-credit', `the credit balance is ${state.credit} ${currency}`, 'amount');
  }
  const data = { customerId, currency, refundId, amount: centsString(decimal(command.amount)) };
  return [{ type: 'credit.refund_requested', data, effectiveAt: now }];
}

/** A refund that failed can be settled again. */
function settleRefund(command: CommandOf<'settleCreditRefund'>, state: CreditsState): Decision<CreditEvent> {
  const { now, customerId, refundId, outcome, reason } = command;
  const refund = state.refunds.find((one) => one.refundId === refundId);
  if (refund === undefined) return refuse('refund-not-found', 'there is no such refund', 'refundId');
  const data = { customerId, currency: refund.currency, refundId, amount: refund.amount };
  if (outcome === 'settled') {
    if (refund.status === 'settled')
      return refuse('refund-settled', 'the refund is settled already', 'refundId');
    return [{ type: 'credit.refund_settled', data, effectiveAt: now }];
  }
  if (refund.status === 'failed') return [];
  const hadSettled = refund.status === 'settled';
  return [{ type: 'credit.refund_failed', data: { ...data, reason, hadSettled }, effectiveAt: now }];
}

function refusedAmount(text: string): Refusal | undefined {
  const amount = decimal(text);
  if (amount.gt(0) && toCents(amount).eq(amount)) return undefined;
  return refuse('invalid-amount', 'an amount is above zero and in whole cents', 'amount');
}

function refusedTerms(terms: {
  readonly amount: string;
  readonly expiresAt: Instant | null;
  readonly now: Instant;
}): Refusal | undefined {
  const { amount, expiresAt, now } = terms;
  const refusal = refusedAmount(amount);
  if (refusal !== undefined || expiresAt === null || expiresAt > now) return refusal;
  return refuse('expiry-in-past', `it would have expired already: it is ${now}`, 'expiresAt');
}

function inCents(amount: string): string {
  return centsString(decimal(amount));
}

function least(...amounts: readonly string[]): string {
  const smallest = amounts
    .map((amount): Decimal => decimal(amount))
    .reduce((least, amount) => (amount.lt(least) ? amount : least));
  return centsString(smallest.lt(0) ? decimal(0) : smallest);
}

function asWalletParts(parts: readonly Part[]) {
  return parts.map(({ id: topUpId, amount }) => ({ topUpId, amount }));
}

function asGrantParts(parts: readonly Part[]) {
  return parts.map(({ id: grantId, amount }) => ({ grantId, amount }));
}
