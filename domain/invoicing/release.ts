import { centsString, decimal } from '../kernel/money.ts';
import { addMillis, earlier, type Instant, later, monthEnd, monthOf } from '../kernel/time.ts';
import { earned } from '../subscriptions/proration.ts';
import type { InvoiceEvent } from './events.ts';
import { evolveInvoice, type FinalInvoice, type ReleaseSchedule } from './state.ts';

/**
 * Releases deferred revenue of all lines through an instant: earned to date less already released, in cents
 * half-even, so that any cadence gives the same books and the last release closes to zero. One event for each
 * month touched; a release belongs to the last instant before its end.
 */
export function releaseThrough(invoice: FinalInvoice, through: Instant): InvoiceEvent[] {
  const events: InvoiceEvent[] = [];
  let current = invoice;
  for (const at of monthEndsUntil(openSince(invoice), through)) {
    const event = releaseAt(current, at);
    if (event === undefined) continue;
    events.push(event);
    current = evolveInvoice(current, event) as FinalInvoice;
  }
  return events;
}

/** Catches a line up and hands its unearned rest to another invoice, in one append. */
export function handOver(
  invoice: FinalInvoice,
  toInvoiceId: string,
  at: Instant,
): { events: InvoiceEvent[]; remainder: string } {
  const events = [...takeBack(invoice, at), ...releaseThrough(invoice, at)];
  const current = events.reduce((state, event) => evolveInvoice(state, event) as FinalInvoice, invoice);
  let remainder = decimal(0);
  for (const schedule of current.schedules) {
    const rest = decimal(schedule.amount).minus(schedule.released);
    if (schedule.handedOver || rest.eq(0)) continue;
    remainder = remainder.plus(rest);
    const { invoiceId, customerId } = current;
    const data = {
      invoiceId,
      customerId,
      lineId: schedule.lineId,
      toInvoiceId,
      remainder: centsString(rest),
    };
    events.push({ type: 'schedule.handed_over', data, effectiveAt: at });
  }
  return { events, remainder: centsString(remainder) };
}

/**
 * What was released beyond an instant goes back to deferred, month by month: a hand-over that a crash delayed may
 * come after a daily or monthly close.
 */
function takeBack(invoice: FinalInvoice, at: Instant): InvoiceEvent[] {
  const { invoiceId, customerId, currency } = invoice;
  const ahead = invoice.schedules.filter(
    (line) => !line.handedOver && line.releasedThrough > later(at, line.from),
  );
  const last = ahead.reduce((latest, { releasedThrough }) => later(latest, releasedThrough), at);
  let since = at;
  return monthEndsUntil(at, last).flatMap((until): InvoiceEvent[] => {
    const lines = ahead.flatMap(
      ({ lineId, amount, from, to, releasedThrough, deferredAccount, revenueAccount }) => {
        const gone = earned(amount, { from, to }, earlier(until, releasedThrough));
        const back = earned(amount, { from, to }, earlier(since, releasedThrough)).minus(gone);
        return back.eq(0) ? [] : [{ lineId, amount: centsString(back), deferredAccount, revenueAccount }];
      },
    );
    since = until;
    if (lines.length === 0) return [];
    const effectiveAt = addMillis(until, -1);
    const data = { invoiceId, customerId, currency, through: at, servicePeriod: monthOf(effectiveAt), lines };
    return [{ type: 'revenue.released', data, effectiveAt }];
  });
}

function releaseAt(invoice: FinalInvoice, at: Instant): InvoiceEvent | undefined {
  const lines = invoice.schedules.flatMap((schedule) => {
    const amount = unreleased(schedule, at);
    if (amount.eq(0)) return [];
    const { lineId, deferredAccount, revenueAccount } = schedule;
    return [{ lineId, amount: centsString(amount), deferredAccount, revenueAccount }];
  });
  if (lines.length === 0) return undefined;
  const effectiveAt = addMillis(at, -1);
  const { invoiceId, customerId, currency } = invoice;
  const data = { invoiceId, customerId, currency, through: at, servicePeriod: monthOf(effectiveAt), lines };
  return { type: 'revenue.released', data, effectiveAt };
}

function unreleased(schedule: ReleaseSchedule, at: Instant) {
  if (schedule.handedOver || at <= schedule.releasedThrough) return decimal(0);
  return earned(schedule.amount, schedule, at).minus(schedule.released);
}

/** The first instant through which some open line is not yet released. */
function openSince(invoice: FinalInvoice): Instant {
  return invoice.schedules
    .filter((schedule) => !schedule.handedOver && schedule.released !== schedule.amount)
    .reduce((first, schedule) => earlier(first, schedule.releasedThrough), '9999-12-31T00:00:00.000Z');
}

function monthEndsUntil(since: Instant, through: Instant): Instant[] {
  const ends: Instant[] = [];
  for (let at = since; at < through; ) {
    at = earlier(monthEnd(monthOf(at)), later(through, at));
    ends.push(at);
  }
  return ends;
}
