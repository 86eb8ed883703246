import { catalogueAt, priceOf } from '../catalogue/catalogue.ts';
import type { BillingCycle, Tier } from '../catalogue/types.ts';
import { centsString, decimal, toCents } from '../kernel/money.ts';
import type { Instant, Interval } from '../kernel/time.ts';
import type { Charge, Contract, Discount } from './events.ts';
import { fullPeriod, prorate } from './proration.ts';
import type { Coupon, OpenSubscription, SubscriptionTerms } from './state.ts';

const HUNDRED = 100;

export type Party = Pick<
  SubscriptionTerms,
  'customerId' | 'subscriptionId' | 'currency' | 'taxRate' | 'taxInclusive'
>;

/** What is agreed for a tier at an instant: the catalogue in force, or the contract, less the coupon. */
export function termsOf(
  party: Party,
  plan: { readonly tier: Tier; readonly billingCycle: BillingCycle; readonly contract: Contract | null },
  coupon: Coupon | null,
  at: Instant,
): SubscriptionTerms {
  const { customerId, subscriptionId, currency, taxRate, taxInclusive } = party;
  const catalogue = catalogueAt(at);
  const { contract } = plan;
  const list = contract?.price ?? priceOf(catalogue, plan.tier, plan.billingCycle);
  const agreed = { ...plan, catalogueVersion: catalogue.id, listPrice: centsString(decimal(list)) };
  const buyer = { customerId, subscriptionId, currency, taxRate, taxInclusive };
  return priced({ ...buyer, ...agreed, price: '0.00', discount: null }, coupon, at);
}

/** The same terms with the discount that holds at an instant. */
export function termsAt(state: OpenSubscription, at: Instant): SubscriptionTerms {
  const { customerId, subscriptionId, currency, taxRate, taxInclusive } = state;
  const { tier, billingCycle, catalogueVersion: version, listPrice, price, contract, discount } = state;
  const party = { customerId, subscriptionId, currency, taxRate, taxInclusive };
  const plan = { tier, billingCycle, catalogueVersion: version, listPrice, price, contract, discount };
  return priced({ ...party, ...plan }, state.coupon, at);
}

function priced(terms: SubscriptionTerms, coupon: Coupon | null, at: Instant): SubscriptionTerms {
  const discount = discountAt(coupon, at);
  return { ...terms, discount, price: netPriceAt(terms.listPrice, terms, coupon, at) };
}

/** What a whole month or term costs at an instant: its list price less the coupon, net of tax. */
export function netPriceAt(
  listPrice: string,
  tax: Pick<Party, 'taxRate' | 'taxInclusive'>,
  coupon: Coupon | null,
  at: Instant,
): string {
  return netOf(discounted(listPrice, discountAt(coupon, at)), tax);
}

function discountAt(coupon: Coupon | null, at: Instant): Discount | null {
  if (coupon === null || at < coupon.from || (coupon.until !== null && at >= coupon.until)) return null;
  const { couponId, percentOff } = coupon;
  return { couponId, percentOff };
}

/** A coupon lowers the price, half-even to the cent (SUB-19). */
function discounted(listPrice: string, discount: Discount | null): string {
  if (discount === null) return listPrice;
  const left = decimal(HUNDRED).minus(discount.percentOff);
  return centsString(toCents(decimal(listPrice).times(left).div(HUNDRED)));
}

/** An amount without its tax: itself where tax comes on top (SUB-17: 299.00 at 8 % is 276.85). */
export function netOf(
  amount: string,
  { taxRate, taxInclusive }: Pick<Party, 'taxRate' | 'taxInclusive'>,
): string {
  if (!taxInclusive) return amount;
  return centsString(toCents(decimal(amount).div(decimal(taxRate).plus(1))));
}

/** Charges a part of a whole month or term, to the second. */
export function chargeFor(
  terms: SubscriptionTerms,
  part: Interval,
  whole: Interval,
  invoiceId: string,
  kind: Charge['kind'],
): Charge {
  const { tier, billingCycle, price: fullPrice, discount } = terms;
  const share = prorate(discounted(terms.listPrice, terms.discount), part, whole);
  const amount = netOf(share, terms);
  const gross = terms.taxInclusive ? share : null;
  const { from, to } = part;
  return { invoiceId, kind, tier, billingCycle, from, to, fullPrice, amount, gross, discount };
}

/** From an instant to the end of the month, or for a whole term that begins there; null on Free. */
export function firstCharge(
  terms: SubscriptionTerms,
  from: Instant,
  invoiceId: string,
  kind: Charge['kind'],
): Charge | null {
  if (terms.listPrice === '0.00') return null;
  const whole = fullPeriod(terms.billingCycle, from, from);
  return chargeFor(terms, { from, to: whole.to }, whole, invoiceId, kind);
}

/** Where annual terms are counted from. */
export function anchorOf(state: OpenSubscription, otherwise: Instant): Instant {
  return state.anchor ?? otherwise;
}
