import { cents, halfEven } from './arithmetic.ts';
import { DAY, endOf, HOUR, monthAfter, monthOf, SECOND, startOf, type Time, timeOf } from './calendar.ts';
import type { Command, History } from './history.ts';
import { NaiveAccount, RECEIVED } from './naive-account.ts';
import { DUNNING_DAYS, type Line, type NaiveInvoice } from './naive-invoice.ts';
import { NaiveSubscription } from './naive-subscription.ts';
import { uniqueKey } from './naive-usage.ts';

type Of<Do extends Command['do']> = Extract<Command, { do: Do }>;

export type Cadence = 'monthly' | 'daily';

const GRACE = 24 * HOUR;

/** A customer at an instant, from nothing but the list of what was asked for it until then. */
export class NaiveModel {
  readonly account: NaiveAccount;
  readonly subscription: NaiveSubscription;
  /** What became of each step: `ok`, or why it was refused. */
  readonly answers: string[] = [];
  #now: Time;
  /** Months whose invoice is begun, final or not. */
  readonly #drafts = new Set<string>();

  /** How often earned revenue and usage are posted. */
  readonly #cadence: Cadence;

  /** Replays the history from its first step; jobs of the clock run up to `until`, it included. */
  constructor(history: History, until: Time, cadence: Cadence = 'monthly') {
    this.#cadence = cadence;
    const [first, ...steps] = history;
    if (first?.command.do !== 'signUp') throw new Error('a history begins with a sign-up');
    const { taxRate, taxInclusive, paymentMethod } = first.command;
    this.account = new NaiveAccount(taxRate, taxInclusive, paymentMethod);
    this.subscription = new NaiveSubscription(this.account);
    this.#now = timeOf(first.at);
    this.answers.push(this.subscription.start(first.command, this.#now));
    for (const { at, command } of steps) {
      if (timeOf(at) > until) break;
      this.#advance(timeOf(at));
      this.answers.push(this.#ask(command));
      this.#settleOverdue();
    }
    this.#advance(until);
  }

  get now(): Time {
    return this.#now;
  }

  #advance(until: Time): void {
    for (;;) {
      const at = this.#nextDue(this.#now);
      if (at > until) break;
      this.#now = at;
      this.#runDue(at);
    }
    this.#now = until;
  }

  /** The first instant after one at which something falls due. */
  #nextDue(after: Time): Time {
    const { subscription } = this;
    const start = startOf(monthOf(after));
    const dues = [
      start + GRACE,
      this.#cadence === 'daily' ? after - (after % DAY) + DAY : null,
      endOf(monthOf(after)),
      subscription.trialEndsAt,
      subscription.scheduled?.at,
      subscription.endsAt,
      subscription.charge?.to,
      ...this.account.invoices.map((invoice) => invoice.dunnedNext),
      ...[...this.account.funds.topUps, ...this.account.funds.grants].map(({ expiresAt }) => expiresAt),
    ];
    return Math.min(...dues.filter((due): due is Time => typeof due === 'number' && due > after));
  }

  /** At one instant: daily close, usage close, end, tier change, trial, renewal, invoice, dunning. */
  #runDue(at: Time): void {
    const { account, subscription } = this;
    if (at === startOf(monthOf(at)) || (this.#cadence === 'daily' && at % DAY === 0)) {
      if (subscription.status !== 'suspended') for (const one of account.invoices) account.earn(one, at);
      account.accrueThrough(monthOf(at - SECOND), at);
      this.#settleOverdue();
    }
    account.funds.expire(at);
    if (subscription.endsAt === at && !subscription.isFrozen) this.#endAsScheduled(at);
    if (subscription.scheduled?.at === at) subscription.applyScheduled(at);
    if (subscription.status === 'trialing' && subscription.trialEndsAt === at) subscription.convert(at);
    this.#renewTerm(at);
    const ended = monthAfter(monthOf(at), -1);
    if (at === startOf(monthOf(at)) && this.#isToBill(ended)) this.#drafts.add(ended);
    if (at === startOf(monthOf(at)) + GRACE && this.#isToBill(ended)) this.#billMonth(ended);
    for (const invoice of [...account.invoices]) {
      if (invoice.dunnedNext === at) this.#dun(invoice);
    }
    this.#settleOverdue();
  }

  #endAsScheduled(at: Time): void {
    const trial = this.subscription.status === 'trialing';
    this.subscription.close(at);
    if (!trial && at !== startOf(monthOf(at))) this.#finalInvoice();
  }

  /** A term that ends within a month, and every annual one, has an invoice of its own. */
  #renewTerm(at: Time): void {
    const { charge, cycle } = this.subscription;
    if (charge?.to !== at || (cycle === 'monthly' && at === startOf(monthOf(at)))) return;
    const next = this.subscription.renewal(at);
    if (next === undefined) return;
    const invoice = this.account.invoice('renewal', null, at, [next.line], this.#now) as NaiveInvoice;
    invoice.services.push(next.service);
    this.subscription.renewed(next.service, invoice);
  }

  #isToBill(period: string): boolean {
    const { account, subscription } = this;
    const { status, cycle, charge } = subscription;
    if (status === 'suspended') return false;
    const renews =
      status === 'active' && cycle === 'monthly' && charge !== null && charge.to <= endOf(period);
    const kept = account.prorations.some(({ at }) => at < endOf(period));
    return renews || kept || account.hasUnbilledUsage(period);
  }

  #billMonth(period: string): string {
    const { account, subscription } = this;
    if (endOf(period) > this.#now) return 'period-not-ended';
    if (account.invoices.some((one) => one.kind === 'monthly' && one.period === period)) return 'ok';
    const { status, cycle, charge } = subscription;
    if (status === 'suspended') return 'subscription-suspended';
    const earlier = monthAfter(period, -1);
    const behind =
      status === 'active' && cycle === 'monthly' && charge !== null && charge.to <= endOf(earlier);
    if (behind) this.#billMonth(earlier);
    const usage = account.usageLines(period, this.#now);
    const next = subscription.cycle === 'monthly' ? subscription.renewal(endOf(period)) : undefined;
    const lines: Line[] = [
      ...(next === undefined ? [] : [next.line]),
      ...account.prorationLines(endOf(period)),
      ...usage,
    ];
    const invoice = account.invoice('monthly', period, endOf(period), lines, this.#now);
    if (invoice === undefined) return 'nothing-to-bill';
    if (next !== undefined) {
      invoice.services.push(next.service);
      subscription.renewed(next.service, invoice);
    }
    return 'ok';
  }

  /** The usage of a month that has ended, alone. */
  #billUsage(period: string): string {
    const { account } = this;
    if (endOf(period) > this.#now) return 'period-not-ended';
    if (account.invoices.some((one) => one.kind === 'usage' && one.period === period)) return 'ok';
    const lines = account.usageLines(period, this.#now, true);
    const invoice = account.invoice('usage', period, endOf(period), lines, this.#now);
    return invoice === undefined ? 'nothing-to-bill' : 'ok';
  }

  /** A month that has begun and is not billed comes before what is asked in it. */
  #billWhatIsDue(): void {
    const { status, charge, cycle, scheduled } = this.subscription;
    if (status === 'active' && charge === null && scheduled !== null && scheduled.at <= this.#now) {
      this.subscription.applyScheduled(scheduled.at);
      this.#billWhatIsDue();
      return;
    }
    if (status !== 'active' || charge === null || charge.to > this.#now) return;
    const { to } = charge;
    if (this.subscription.endsAt !== null && this.subscription.endsAt <= to) this.#endAsScheduled(to);
    else if (cycle === 'annual' || to !== startOf(monthOf(to))) {
      this.#renewTerm(to);
      this.#billWhatIsDue();
    } else this.#billMonth(monthAfter(monthOf(this.#now), -1));
  }

  /** What is drafted is finished first, then all that is on no invoice is billed. */
  #finalInvoice(): void {
    const period = monthOf(this.#now);
    for (const month of [monthAfter(period, -2), monthAfter(period, -1)]) {
      if (this.#drafts.has(month)) this.#billMonth(month);
    }
    const kept = () => this.account.prorationLines(Number.POSITIVE_INFINITY);
    const lines = [...this.account.usageLines(period, this.#now), ...kept()];
    this.account.invoice('cancellation', null, this.#now, lines);
  }

  #dun(invoice: NaiveInvoice): void {
    const { subscription } = this;
    const days = DUNNING_DAYS[invoice.dunned];
    invoice.dunned += 1;
    if (days === 21 && ['active', 'suspended', 'paused'].includes(subscription.status)) {
      if (subscription.status === 'active') subscription.status = 'suspended';
      subscription.overdue.add(invoice);
    }
    if (days === 45) {
      if (subscription.status !== 'none' && subscription.status !== 'cancelled') this.#cancelNow('none');
      if (invoice.owed) this.account.writeOff(invoice, this.#now);
    }
  }

  /** What stopped the service and is no longer owed lets it go on, and what it held up is billed. */
  #settleOverdue(): void {
    const { subscription } = this;
    const settled = [...subscription.overdue].filter((invoice) => !invoice.owed);
    for (const invoice of settled) subscription.overdue.delete(invoice);
    if (settled.length === 0 || subscription.overdue.size > 0 || subscription.status !== 'suspended') return;
    subscription.status = 'active';
    if (subscription.charge !== null) {
      this.account.catchUp(subscription.charge.invoice, startOf(monthOf(this.#now)));
    }
    this.#billWhatIsDue();
  }

  #ask(command: Command): string {
    const { account, subscription } = this;
    switch (command.do) {
      case 'signUp':
        return 'customer-exists';
      case 'subscribe':
        return subscription.start(command, this.#now);
      case 'attach':
        account.paymentMethod = true;
        return 'ok';
      case 'use':
        return this.#use(command);
      case 'change':
        return this.#afterBilling(() => subscription.change(command, this.#now));
      case 'correct':
        return this.#correct(command);
      case 'release': {
        const released = account.usage.release(command.id);
        if (typeof released === 'string') return released;
        account.accrueBilled(released.month, this.#now);
        return 'released';
      }
      case 'price': {
        const from = monthAfter(monthOf(this.#now), -command.back);
        if (account.usage.setPrice(command.meter, from, command.price)) this.#accrueClosed(from);
        return 'ok';
      }
      case 'commit': {
        const from = monthAfter(monthOf(this.#now), -command.back);
        const amount = command.amount === null ? null : cents(command.amount);
        if (account.usage.setCommitment(from, amount)) this.#accrueClosed(from);
        return 'ok';
      }
      case 'topUp':
      case 'grant':
        return this.#hold(command);
      case 'refundCredit':
        return account.funds.refund(halfEven(account.funds.credit * BigInt(command.percent), 100n));
      case 'settleCreditRefund':
        return account.funds.settleRefund(command.outcome);
      case 'coupon':
        return subscription.applyCoupon(command, this.#now);
      case 'pause':
        return this.#afterBilling(() => subscription.pause(this.#now));
      case 'resume':
        return subscription.resume(this.#now);
      case 'cancel':
        return this.#afterBilling(() => this.#cancel(command));
      case 'payAll':
        return this.#payAll(command.method);
      case 'invoice':
        return this.#billMonth(monthAfter(monthOf(this.#now), -command.back));
      case 'usageInvoice':
        return this.#billUsage(monthAfter(monthOf(this.#now), -command.back));
      default:
        return this.#onInvoice(command);
    }
  }

  #afterBilling(ask: () => string | undefined): string {
    const answer = ask();
    if (answer !== undefined) return answer;
    this.#billWhatIsDue();
    return ask() ?? 'not-due';
  }

  #use({ id, meter, quantity, ago, key }: Of<'use'>): string {
    const occurredAt = this.#now - (ago ?? 0) * SECOND;
    const unique = meter === 'profile.enriched';
    const fact = {
      id,
      meter,
      quantity: unique ? 1n : BigInt(quantity),
      key: unique ? uniqueKey(key, occurredAt) : null,
      occurredAt,
      words: JSON.stringify([meter, quantity, ago === null ? null : occurredAt, unique ? key : null]),
    };
    return this.account.usage.record(fact, this.#now);
  }

  #correct({ meter, quantity, ago }: Of<'correct'>): string {
    if (quantity === 0) return 'invalid-usage';
    const occurredAt = this.#now - ago * DAY;
    const fact = { id: '', meter, quantity: BigInt(quantity), key: null, occurredAt, words: '' };
    this.account.usage.correct(fact);
    this.account.accrueBilled(monthOf(occurredAt), this.#now);
    return 'ok';
  }

  /** New terms change what is accrued of months that are over, from their first one, or the customer's own. */
  #accrueClosed(from: string): void {
    const first = monthOf(this.account.stretches[0]?.from ?? this.#now);
    const last = monthOf(this.#now);
    for (let month = from > first ? from : first; month < last; month = monthAfter(month)) {
      this.account.accrue(month, this.#now);
    }
  }

  #hold({ do: what, amount, priority, days, method }: Of<'topUp' | 'grant'>): string {
    const { funds } = this.account;
    const block = { left: cents(amount), priority, expiresAt: days === null ? null : this.#now + days * DAY };
    if (block.left <= 0n) return 'invalid-amount';
    if (days !== null && days <= 0) return 'expiry-in-past';
    if (what === 'topUp') funds.topUp(RECEIVED[method], block);
    else funds.grants.push(block);
    return 'ok';
  }

  #cancel({ at, refund }: Of<'cancel'>): string | undefined {
    const { subscription } = this;
    const { status, periodEnd } = subscription;
    if (status === 'none' || status === 'cancelled') return 'subscription-not-found';
    if (at === 'periodEnd' && periodEnd !== null && status !== 'paused') {
      if (periodEnd > this.#now) {
        subscription.endsAt = periodEnd;
        subscription.scheduled = null;
        return 'ok';
      }
      if (status !== 'suspended') return undefined;
    }
    if (periodEnd !== null && periodEnd <= this.#now && status === 'active') return undefined;
    this.#cancelNow(refund);
    return 'ok';
  }

  #cancelNow(refund: 'none' | 'unused'): void {
    const trial = this.subscription.status === 'trialing';
    this.subscription.end(this.#now, refund);
    if (!trial) this.#finalInvoice();
  }

  #onInvoice(command: Of<'pay' | 'credit' | 'refund' | 'settleRefund' | 'void' | 'writeOff'>): string {
    const { account } = this;
    const invoice = account.invoices[command.pick % Math.max(1, account.invoices.length)];
    if (invoice === undefined) return 'none';
    switch (command.do) {
      case 'pay':
        return account.pay(invoice, payment(command.how, invoice.due), command.method);
      case 'credit': {
        const amount = halfEven(invoice.total * BigInt(command.percent), 100n);
        const fault = amountFault(invoice, amount);
        if (fault !== undefined) return fault;
        if (amount > invoice.reversible) return 'credit-exceeds-invoice';
        account.goodwill(invoice, this.#now, amount);
        return 'ok';
      }
      case 'refund':
        return this.#refund(invoice, command);
      case 'settleRefund':
        return account.settleRefund(invoice, invoice.refunds.length - 1, command.outcome);
      case 'void':
        return account.void(invoice, monthAfter(monthOf(this.#now), -2), this.#now);
      case 'writeOff':
        if (invoice.ended === 'uncollectible') return 'ok';
        if (invoice.ended === 'void') return 'invoice-void';
        if (invoice.status === 'paid') return 'invoice-already-paid';
        account.writeOff(invoice, this.#now);
        return 'ok';
    }
  }

  /** Each payment may bring a suspended service back, and bill what it held up. */
  #payAll(method: Of<'payAll'>['method']): string {
    for (const invoice of [...this.account.invoices]) {
      if (!invoice.owed) continue;
      this.account.pay(invoice, invoice.due, method);
      this.#settleOverdue();
    }
    return 'ok';
  }

  #refund(invoice: NaiveInvoice, { percent, undelivered: share, method }: Of<'refund'>): string {
    const gross = halfEven(invoice.total * BigInt(percent), 100n);
    const undelivered = halfEven(invoice.net * BigInt(percent * share), 10_000n);
    const fault = amountFault(invoice, gross);
    if (fault !== undefined) return fault;
    if (gross > invoice.money || gross > invoice.reversible) return 'refund-exceeds-paid';
    const net = invoice.netOfReversed(gross);
    const left = this.account.unused(invoice, this.#now);
    if (undelivered < 0n || undelivered > net || undelivered > left) return 'invalid-amount';
    this.account.earn(invoice, this.#now);
    this.account.refund(invoice, this.#now, { net, tax: gross - net, undelivered, method });
    return 'ok';
  }
}

/** What is paid: all of it, a third, or ten more. */
export function payment(how: Of<'pay'>['how'], due: bigint): bigint {
  if (how === 'part') return halfEven(due, 3n) || 1n;
  return how === 'full' ? due || 1n : due + cents('10.00');
}

function amountFault(invoice: NaiveInvoice, amount: bigint): string | undefined {
  if (amount <= 0n) return 'invalid-amount';
  return invoice.ended === 'void' ? 'invoice-void' : undefined;
}
