import { type CreditCommand, creditsDecider } from '../../domain/credits/decider.ts';
import type { CreditEvent } from '../../domain/credits/events.ts';
import { specification } from '../support/decider-spec.ts';

export const spec = specification(creditsDecider);

export const owner = { customerId: 'acme', currency: 'USD' };
export const noon = '2026-03-10T12:00:00.000Z';
export const april = '2026-04-01T00:00:00.000Z';

export type CommandOf<Type extends CreditCommand['type']> = Extract<CreditCommand, { type: Type }>;

export function toppedUp(
  topUpId: string,
  amount: string,
  { priority = 50, expiresAt = null }: { priority?: number; expiresAt?: string | null } = {},
): CreditEvent {
  const data = { ...owner, topUpId, amount, method: 'card' as const, priority, expiresAt };
  return { type: 'wallet.topped_up', data, effectiveAt: noon };
}

export function granted(
  grantId: string,
  amount: string,
  { priority = 50, expiresAt = null }: { priority?: number; expiresAt?: string | null } = {},
): CreditEvent {
  const data = { ...owner, grantId, amount, reason: 'Launch', priority, expiresAt };
  return { type: 'credit.granted', data, effectiveAt: noon };
}

export function added(amount: string): CreditEvent {
  const cause = { source: 'payment' as const, invoiceId: 'inv-0', sourceId: 'pay-0' };
  return { type: 'credit.added', data: { ...owner, amount, ...cause }, effectiveAt: noon };
}

/** An invoice of 100.00 of usage and 300.00 in all, to which everything given in `history` was there. */
export function useFor(invoiceId: string, more: Partial<CommandOf<'useFunds'>> = {}): CommandOf<'useFunds'> {
  const present = { credit: '1000000.00', topUpIds: ['a', 'b', 'c', 'd'] };
  const amounts = { usage: '100.00', due: '300.00', present };
  return {
    type: 'useFunds',
    at: april,
    fundsId: `fnd-${invoiceId}`,
    ...owner,
    invoiceId,
    ...amounts,
    ...more,
  };
}

export function used(
  invoiceId: string,
  wallet: string,
  credit: string,
  parts: Readonly<Record<string, string>>,
  type: 'funds.used' | 'funds.returned' = 'funds.used',
): CreditEvent {
  const data = {
    ...owner,
    fundsId: `fnd-${invoiceId}`,
    invoiceId,
    wallet,
    credit,
    parts: Object.entries(parts).map(([topUpId, amount]) => ({ topUpId, amount })),
  };
  return { type, data, effectiveAt: april };
}

export function returned(invoiceId: string, wallet: string, credit: string): CommandOf<'returnFunds'> {
  return { type: 'returnFunds', at: april, fundsId: `fnd-${invoiceId}`, ...owner, wallet, credit };
}

export function promotion(
  type: 'promotion.used' | 'promotion.returned',
  invoiceId: string,
  amount: string,
  parts: Readonly<Record<string, string>>,
): CreditEvent {
  const list = Object.entries(parts).map(([grantId, part]) => ({ grantId, amount: part }));
  return { type, data: { ...owner, invoiceId, amount, parts: list }, effectiveAt: april };
}

export function expired(
  type: 'wallet.expired' | 'grant.expired',
  id: string,
  amount: string,
  effectiveAt: string,
): CreditEvent {
  return type === 'wallet.expired'
    ? { type, data: { ...owner, topUpId: id, amount }, effectiveAt }
    : { type, data: { ...owner, grantId: id, amount }, effectiveAt };
}
