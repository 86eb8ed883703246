type Data = Readonly<Record<string, unknown>>;

/** Prices had no discount, no contract, and tax came on top. */
function terms(data: unknown): Data {
  const before = data as Data;
  return {
    ...before,
    listPrice: before['price'],
    taxInclusive: false,
    contract: null,
    discount: null,
    ...('charge' in before ? { charge: charge(before['charge']) } : {}),
  };
}

function charge(before: unknown): unknown {
  return before === null ? null : { ...(before as Data), gross: null, discount: null };
}

/** Only the end was kept: the whole months to it, of which it cannot count more. */
function couponMonths({ from, until }: Data): number | null {
  if (until === null) return null;
  const [first, end] = [new Date(String(from)), new Date(String(until))];
  const apart =
    (end.getUTCFullYear() - first.getUTCFullYear()) * 12 + end.getUTCMonth() - first.getUTCMonth();
  return Math.max(1, end.getUTCDate() < first.getUTCDate() ? apart - 1 : apart);
}

/** By event type, then by the version it starts from. */
export const upcasters = {
  'customer.registered': {
    1: (data: unknown) => {
      const before = data as Data;
      return { ...before, taxInclusive: false, signup: { ...(before['signup'] as Data), contract: null } };
    },
  },
  'subscription.started': { 1: terms },
  'subscription.trial_converted': { 1: terms },
  'subscription.renewed': { 1: terms },
  'subscription.changed': {
    1: (data: unknown) => {
      const after = terms(data);
      return { ...after, settlement: after['charge'] === null ? 'none' : 'invoice' };
    },
  },
  'subscription.coupon_applied': {
    1: (data: unknown) => ({ ...(data as Data), months: couponMonths(data as Data) }),
  },
  /** Only the tier could change. */
  'subscription.change_scheduled': {
    1: (data: unknown) => ({ ...(data as Data), toBillingCycle: null, contract: null }),
  },
  'invoice.drafted': { 1: (data: unknown) => ({ ...(data as Data), taxInclusive: false }) },
  'invoice.finalized': { 1: (data: unknown) => ({ ...(data as Data), taxInclusive: false }) },
  /** Quantities may fall below zero since; what was said before is said the same way. */
  'usage.accrued': { 1: (data: unknown) => data },
  'revenue.released': { 1: (data: unknown) => ({ ...(data as Data), cause: 'time' }) },
} as const;
