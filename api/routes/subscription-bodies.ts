import type { SubscriptionView } from '../../commands/subscription-views.ts';
import type { Charge, Contract } from '../../domain/subscriptions/events.ts';
import { asCount, asMoney } from './schemas.ts';

/** A subscription as it stands, for the wire. */
export function stateBody(view: SubscriptionView) {
  const { charge: _charge, credit: _credit, settlement: _settlement, tenantRequested: _, ...state } = view;
  const { currency, ...rest } = state;
  return {
    ...rest,
    price: asMoney(rest.price, currency),
    listPrice: asMoney(rest.listPrice, currency),
    contract: rest.contract === null ? null : contractBody(rest.contract, currency),
    deferred: rest.deferred.map(({ description, amount }) => ({
      description,
      amount: asMoney(amount, currency),
    })),
  };
}

/** A subscription as a command left it, with what that charges and credits. */
export function subscriptionBody(view: SubscriptionView) {
  const { charge, credit, settlement, currency } = view;
  return {
    ...stateBody(view),
    charge: charge === null ? null : chargeBody(charge, currency),
    credit: credit === null ? null : { ...credit, amount: asMoney(credit.amount, currency) },
    settlement,
  };
}

function chargeBody({ fullPrice, amount, gross, ...rest }: Charge, currency: string) {
  return {
    ...rest,
    fullPrice: asMoney(fullPrice, currency),
    amount: asMoney(amount, currency),
    gross: gross === null ? null : asMoney(gross, currency),
  };
}

function contractBody({ contractId, price, allowances, limits, commitment }: Contract, currency: string) {
  const counts = Object.entries(allowances).map(([meter, units]) => [meter, asCount(units)] as const);
  const values = Object.entries(limits).map(
    ([limit, value]) => [limit, value === 'unlimited' ? value : asCount(value)] as const,
  );
  return {
    contractId,
    price: asMoney(price, currency),
    allowances: Object.fromEntries(counts),
    limits: Object.fromEntries(values),
    commitment: commitment === null ? null : asMoney(commitment, currency),
  };
}

interface ContractInput {
  readonly contractId: string;
  readonly price: { readonly amount: string };
  readonly allowances: Readonly<Record<string, number>>;
  readonly limits: Readonly<Record<string, number | 'unlimited'>>;
  readonly commitment: { readonly amount: string } | null;
}

/** A contract as the domain has it. */
export function contractOf(input: ContractInput | undefined): Contract | null {
  if (input === undefined) return null;
  const { contractId, price, allowances, limits, commitment } = input;
  const texts = (values: Readonly<Record<string, number | 'unlimited'>>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
  return {
    contractId,
    price: price.amount,
    allowances: texts(allowances),
    limits: texts(limits),
    commitment: commitment?.amount ?? null,
  };
}
