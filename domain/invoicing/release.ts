import { centsString, type Decimal, decimal } from '../kernel/money.ts';
import { addMillis, earlier, type Instant, later, monthEnd, monthOf } from '../kernel/time.ts';
import { earned } from '../subscriptions/proration.ts';
import type { InvoiceEvent } from './events.ts';
import { spreadOver } from './reversal.ts';
import { evolveInvoice, type FinalInvoice, type ReleaseSchedule, unreleasedRest } from './state.ts';

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

/** Brings all lines to an instant: what they have earned by then is released, what was released beyond it is not. */
export function caughtUp(
  invoice: FinalInvoice,
  at: Instant,
): { readonly events: InvoiceEvent[]; readonly current: FinalInvoice } {
  const events = [...takeBack(invoice, at), ...releaseThrough(invoice, at)];
  return { events, current: after(invoice, events) };
}

/** The invoice as these events leave it. */
export function after(invoice: FinalInvoice, events: readonly InvoiceEvent[]): FinalInvoice {
  return events.reduce((state, event) => evolveInvoice(state, event) as FinalInvoice, invoice);
}

/** What the lines have left, in cents, net: what is still deferred once they are caught up. */
export function unreleasedTotal(invoice: FinalInvoice): string {
  const rests = invoice.schedules.map((line) => decimal(unreleasedRest(line)));
  return centsString(rests.reduce((sum, rest) => sum.plus(rest), decimal(0)));
}

/** Catches a line up and hands its unearned rest to another invoice, in one append. */
export function handOver(
  invoice: FinalInvoice,
  toInvoiceId: string,
  at: Instant,
): { events: InvoiceEvent[]; remainder: string } {
  const { events, current } = caughtUp(invoice, at);
  const { invoiceId, customerId } = current;
  for (const { lineId, ...line } of current.schedules) {
    const remainder = unreleasedRest({ lineId, ...line });
    if (decimal(remainder).eq(0)) continue;
    const data = { invoiceId, customerId, lineId, toInvoiceId, remainder };
    events.push({ type: 'schedule.handed_over', data, effectiveAt: at });
  }
  return { events, remainder: unreleasedTotal(current) };
}

/** All that is left becomes earned at once: the service ended early and nothing is given back (SUB-14). */
export function releaseRest(invoice: FinalInvoice, at: Instant): InvoiceEvent[] {
  const { events, current } = caughtUp(invoice, at);
  return [...events, ...releasePart(current, decimal(unreleasedTotal(current)), at)];
}

/** The same for a part of what lines that are caught up have left. */
export function releasePart(invoice: FinalInvoice, part: Decimal, at: Instant): InvoiceEvent[] {
  const rests = invoice.schedules.map((line) => ({ ...line, rest: unreleasedRest(line) }));
  const lines = spreadOver(part, rests).map(({ line, amount }) => {
    const { lineId, deferredAccount, revenueAccount } = line;
    return { lineId, amount: centsString(amount), deferredAccount, revenueAccount };
  });
  if (lines.length === 0) return [];
  const { invoiceId, customerId, currency } = invoice;
  const common = { invoiceId, customerId, currency, cause: 'cancellation' } as const;
  const data = { ...common, through: at, servicePeriod: monthOf(at), lines };
  return [{ type: 'revenue.released', data, effectiveAt: at }];
}

/** A pause of an annual term: its lines are caught up and stand still. */
export function freeze(invoice: FinalInvoice, at: Instant): InvoiceEvent[] {
  const { events, current } = caughtUp(invoice, at);
  return [...events, ...current.schedules.flatMap((line) => relay(current, line, null, line.to, at))];
}

/** The end of the pause: what is left is earned until the moved end. */
export function unfreeze(invoice: FinalInvoice, at: Instant, to: Instant): InvoiceEvent[] {
  const frozen = invoice.schedules.filter((line) => line.frozen);
  return frozen.flatMap((line) => relay(invoice, line, at, to, at));
}

function relay(
  { invoiceId, customerId }: FinalInvoice,
  line: ReleaseSchedule,
  from: Instant | null,
  to: Instant,
  effectiveAt: Instant,
): InvoiceEvent[] {
  const amount = unreleasedRest(line);
  if (decimal(amount).eq(0)) return [];
  const data = { invoiceId, customerId, lineId: line.lineId, amount, from, to };
  return [{ type: 'schedule.rescheduled', data, effectiveAt }];
}

/**
 * What was released beyond an instant goes back to deferred, month by month: a hand-over that a crash delayed may
 * come after a daily or monthly close.
 */
function takeBack(invoice: FinalInvoice, at: Instant): InvoiceEvent[] {
  const { invoiceId, customerId, currency } = invoice;
  const ahead = invoice.schedules.filter(
    (line) => isRunning(line) && line.releasedThrough > later(at, line.from),
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
    const common = { invoiceId, customerId, currency, cause: 'time' } as const;
    const data = { ...common, through: at, servicePeriod: monthOf(effectiveAt), lines };
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
  const common = { invoiceId, customerId, currency, cause: 'time' } as const;
  const data = { ...common, through: at, servicePeriod: monthOf(effectiveAt), lines };
  return { type: 'revenue.released', data, effectiveAt };
}

function unreleased(schedule: ReleaseSchedule, at: Instant) {
  const closed = schedule.released === schedule.amount;
  if (closed || !isRunning(schedule) || at <= schedule.releasedThrough) return decimal(0);
  return earned(schedule.amount, schedule, at).minus(schedule.released);
}

function isRunning({ handedOver, frozen }: ReleaseSchedule): boolean {
  return !handedOver && !frozen;
}

/** The first instant through which some open line is not yet released. */
function openSince(invoice: FinalInvoice): Instant {
  return invoice.schedules
    .filter((schedule) => isRunning(schedule) && schedule.released !== schedule.amount)
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
