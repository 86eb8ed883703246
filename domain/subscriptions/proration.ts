import { centsString, type Decimal, decimal, toCents } from '../kernel/money.ts';
import {
  addMillis,
  anniversary,
  DAY_MS,
  type Instant,
  type Interval,
  monthInterval,
  monthOf,
  secondsOf,
} from '../kernel/time.ts';
import type { Unused } from './commands.ts';
import type { Charge } from './events.ts';

/**
 * The price of part of a period: full price × seconds of the part ÷ seconds of the whole, half-even to the cent
 * (reference: billing rule 14, proration to the second).
 */
export function prorate(fullPrice: string, part: Interval, whole: Interval): string {
  const share = decimal(fullPrice).times(secondsOf(part));
  return centsString(toCents(share.div(secondsOf(whole))));
}

/**
 * What of an amount spread evenly over an interval is earned at an instant, half-even to the cent: nothing before
 * it, all of it from its end on. What is shorter than a second is earned as soon as it begins.
 */
export function earned(amount: string, over: Interval, at: Instant): Decimal {
  if (at < over.from) return decimal(0);
  const whole = secondsOf(over);
  if (at >= over.to || whole === 0) return decimal(amount);
  return toCents(
    decimal(amount)
      .times(secondsOf({ from: over.from, to: at }))
      .div(whole),
  );
}

/** The unearned rest of a charge at an instant, in cents: invoiced less earned to the second. */
export function unearned(charge: Pick<Charge, 'amount' | 'from' | 'to'>, at: Instant): string {
  return centsString(decimal(charge.amount).minus(earned(charge.amount, charge, at)));
}

/** What a charge has left at an instant: by its invoice, if that was read for this very charge; else by the clock. */
export function unusedOf(charge: Charge, at: Instant, read: Unused | null = null): string {
  const isOfCharge = read !== null && read.invoiceId === charge.invoiceId && read.from === charge.from;
  return isOfCharge ? read.amount : unearned(charge, at);
}

/**
 * The period that a full price covers at an instant: the calendar month, or the annual term counted from its
 * anchor, which is kept as given.
 */
export function fullPeriod(billingCycle: 'monthly' | 'annual', anchor: Instant, at: Instant): Interval {
  if (billingCycle === 'monthly') return monthInterval(monthOf(at));
  // A pause moves an anchor ahead, to where the term that it stretched ends.
  let term = at < anchor ? -1 : 0;
  while (at < anniversary(anchor, term)) term -= 1;
  while (at >= anniversary(anchor, term + 1)) term += 1;
  return { from: anniversary(anchor, term), to: anniversary(anchor, term + 1) };
}

/** A trial lasts whole days of 24 hours from sign-up. */
export function trialEnd(from: Instant, days: number): Instant {
  return addMillis(from, days * DAY_MS);
}
