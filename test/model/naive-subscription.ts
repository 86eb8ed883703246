import { type Cents, cents, fraction, halfEven, smaller } from './arithmetic.ts';
import { endOf, monthOf, monthsOn, seconds, startOf, type Time, yearsOn } from './calendar.ts';
import type { Command } from './history.ts';
import type { NaiveAccount } from './naive-account.ts';
import type { Line, NaiveInvoice, Service } from './naive-invoice.ts';
import { type Contract, type Cycle, hasTrial, listPrice, rankOf } from './prices.ts';

type Of<Do extends Command['do']> = Extract<Command, { do: Do }>;
type Status = 'none' | 'trialing' | 'active' | 'paused' | 'suspended' | 'cancelled';

/** The running charge: what is billed in advance, and the invoice that earns it. */
interface Charge {
  readonly from: Time;
  readonly to: Time;
  readonly invoice: NaiveInvoice;
}

interface Scheduled {
  readonly tier: string;
  readonly cycle: Cycle;
  readonly contract: Contract | null;
  readonly at: Time;
}

/** A subscription through its life. Times are of the clock; what falls due by itself is called from outside. */
export class NaiveSubscription {
  readonly account: NaiveAccount;
  status: Status = 'none';
  tier = 'none';
  cycle: Cycle = 'monthly';
  contract: Contract | null = null;
  /** Recurring price after discount, net: what MRR counts. */
  price: Cents = 0n;
  list: Cents = 0n;
  trialEndsAt: Time | null = null;
  anchor: Time | null = null;
  charge: Charge | null = null;
  scheduled: Scheduled | null = null;
  endsAt: Time | null = null;
  pausedAt: Time | null = null;
  coupon: { id: string; percentOff: string; months: number | null; from: Time; until: Time | null } | null =
    null;
  overdue = new Set<NaiveInvoice>();

  constructor(account: NaiveAccount) {
    this.account = account;
  }

  get isFree(): boolean {
    return this.list === 0n;
  }

  /** In the pause of an annual term. */
  get isFrozen(): boolean {
    return this.status === 'paused' && this.charge !== null;
  }

  get periodEnd(): Time | null {
    return this.charge?.to ?? this.trialEndsAt;
  }

  /** Cents a year. */
  get recurring(): Cents {
    if (this.status !== 'active' && this.status !== 'suspended') return 0n;
    return this.cycle === 'monthly' ? this.price * 12n : this.price;
  }

  start({ tier, cycle, trialDays, contract = null }: Omit<Of<'subscribe'>, 'do'>, now: Time): string {
    if (this.status !== 'none' && this.status !== 'cancelled') return 'subscription-exists';
    if (trialDays > 0 && !hasTrial(tier)) return 'trial-not-available';
    if (contract !== null && tier !== 'enterprise') return 'contract-not-available';
    this.trialEndsAt = trialDays > 0 ? now + trialDays * 86_400_000 : null;
    this.status = trialDays > 0 ? 'trialing' : 'active';
    this.scheduled = null;
    this.endsAt = null;
    this.pausedAt = null;
    this.coupon = null;
    this.charge = null;
    this.anchor = null;
    this.overdue.clear();
    this.#plan(tier, cycle, contract, now);
    if (this.status === 'active') this.#begin('signup', now);
    return 'ok';
  }

  #plan(tier: string, cycle: Cycle, contract: Contract | null, at: Time): void {
    this.tier = tier;
    this.cycle = cycle;
    this.contract = contract;
    this.list = contract === null ? listPrice(tier, cycle) : cents(contract.price);
    this.#reprice(at);
    const counts = this.status === 'active' || this.status === 'suspended';
    this.#stretch(at, tier, counts);
  }

  #stretch(from: Time, tier: string, counts: boolean): void {
    this.account.stretches.push({ from, tier, counts, contract: this.contract });
  }

  #reprice(at: Time): void {
    this.price = this.account.priced(this.#discounted(at)).net;
  }

  #discounted(at: Time): Cents {
    const { coupon } = this;
    if (coupon === null || at < coupon.from || (coupon.until !== null && at >= coupon.until))
      return this.list;
    const { n, d } = fraction(coupon.percentOff);
    return halfEven(this.list * (100n * d - n), 100n * d);
  }

  /** The whole month, or the whole term counted from the anchor, around an instant. */
  #whole(at: Time): { readonly from: Time; readonly to: Time } {
    if (this.cycle === 'monthly') return { from: startOf(monthOf(at)), to: endOf(monthOf(at)) };
    const anchor = this.anchor ?? at;
    let years = -3;
    while (yearsOn(anchor, years + 1) <= at) years += 1;
    return { from: yearsOn(anchor, years), to: yearsOn(anchor, years + 1) };
  }

  /** The service of a stretch, its share of the price by seconds. */
  #line(from: Time, to: Time): { readonly line: Line; readonly service: Service } {
    const whole = this.#whole(from);
    const share = halfEven(this.#discounted(from) * seconds(from, to), seconds(whole.from, whole.to));
    const { net, gross } = this.account.priced(share);
    const line: Line = { kind: 'subscription', net, gross, of: `${this.tier} ${this.cycle} ${from} ${to}` };
    return { line, service: { amount: net, from, to, posted: 0n, frozen: false, untouched: true } };
  }

  /** Charges from an instant to the end of the month or for a term; nothing on Free. */
  #begin(kind: string, at: Time, credit: Line[] = []): void {
    if (this.isFree) return;
    this.anchor = this.cycle === 'annual' || this.anchor === null ? at : this.anchor;
    const { to } = this.#whole(at);
    this.#charge(kind, at, to, credit);
  }

  #charge(kind: string, from: Time, to: Time, more: Line[]): void {
    const { line, service } = this.#line(from, to);
    const invoice = this.account.invoice(kind, null, from, [line, ...more]) as NaiveInvoice;
    invoice.services.push(service);
    this.charge = { from, to, invoice };
  }

  convert(at: Time): void {
    this.status = 'active';
    this.trialEndsAt = null;
    this.anchor = null;
    this.#reprice(at);
    this.#stretch(at, this.tier, true);
    this.#begin('trial-conversion', at);
  }

  /** What is asked for now; undefined: the month that has begun must be billed first. */
  change(command: Of<'change'>, now: Time): string | undefined {
    if (this.status === 'none' || this.status === 'cancelled') return 'subscription-not-found';
    if (this.status === 'suspended' || this.status === 'paused') return `subscription-${this.status}`;
    const { tier, contract = null, prorate } = command;
    if (contract !== null && tier !== 'enterprise') return 'contract-not-available';
    const wish = { tier, cycle: command.cycle ?? this.cycle, contract };
    const same = this.#isOn(wish);
    if (same && this.scheduled === null && this.endsAt === null) return 'ok';
    if (this.periodEnd !== null && this.periodEnd <= now) return undefined;
    this.endsAt = null;
    if (same) this.scheduled = null;
    else if ((command.at ?? (this.#rises(wish) ? 'now' : 'periodEnd')) === 'now') {
      this.#changeNow(wish, prorate, now);
    } else this.scheduled = { ...wish, at: this.periodEnd ?? endOf(monthOf(now)) };
    return 'ok';
  }

  #isOn({ tier, cycle, contract }: Omit<Scheduled, 'at'>): boolean {
    return tier === this.tier && cycle === this.cycle && this.#agrees(contract);
  }

  #agrees(contract: Contract | null): boolean {
    return contract === null || contract.contractId === this.contract?.contractId;
  }

  #rises({ tier, cycle, contract }: Omit<Scheduled, 'at'>): boolean {
    const dearer = !this.#agrees(contract) || (this.cycle === 'monthly' && cycle === 'annual');
    return rankOf(tier) > rankOf(this.tier) || (tier === this.tier && dearer);
  }

  #changeNow(
    { tier, cycle, contract }: Omit<Scheduled, 'at'>,
    prorate: 'invoice' | 'nextInvoice',
    now: Time,
  ): void {
    const { charge: running, cycle: before } = this;
    this.scheduled = null;
    if (this.status === 'trialing') {
      if (listPrice(tier, cycle) === 0n) {
        this.status = 'active';
        this.trialEndsAt = null;
      }
      this.#plan(tier, cycle, contract, now);
      return;
    }
    this.#plan(tier, cycle, contract, now);
    if (running === null) {
      this.anchor = null;
      this.#begin('change', now);
      return;
    }
    if (cycle !== before) this.anchor = now;
    const unused = this.account.unused(running.invoice, now);
    if (this.isFree) {
      this.account.creditUnused(running.invoice, now, 'change', null);
      this.charge = null;
      this.anchor = null;
      return;
    }
    const to = cycle === before ? running.to : this.#whole(now).to;
    const { line, service } = this.#line(now, to);
    if (service.amount < unused) {
      this.account.creditUnused(running.invoice, now, 'change', service);
      this.charge = { from: now, to, invoice: running.invoice };
    } else if (prorate === 'invoice') this.#rebill(running.invoice, line, service, now, unused);
    else this.#defer(running.invoice, service, now, unused);
  }

  /** A new invoice takes the rest over. */
  #rebill(running: NaiveInvoice, line: Line, service: Service, now: Time, unused: Cents): void {
    this.account.earn(running, now);
    if (unused > 0n) {
      running.services = [];
      running.handedOver = true;
      running.takenOver -= unused;
    }
    const credit: Line[] = unused === 0n ? [] : [{ kind: 'credit', net: -unused, gross: null, of: '' }];
    const invoice = this.account.invoice('change', null, now, [line, ...credit]) as NaiveInvoice;
    invoice.services.push(service);
    this.charge = { from: service.from, to: service.to, invoice };
  }

  /** The difference is owed, and billed with the next invoice. */
  #defer(running: NaiveInvoice, service: Service, now: Time, unused: Cents): void {
    this.account.earn(running, now);
    running.shorten(unused, now);
    running.services = [...running.services, { ...service, untouched: false }];
    const amount = service.amount - unused;
    running.takenOver += amount;
    this.account.post('2100', -amount);
    this.account.post('1210', amount);
    this.account.prorations.push({ amount, at: now });
    this.charge = { from: service.from, to: service.to, invoice: running };
  }

  /** A new charge waits while an invoice is overdue; a paused term has not come to its end. */
  applyScheduled(at: Time): void {
    if (this.scheduled === null || this.isFrozen) return;
    if (this.status === 'suspended' && this.charge === null) return;
    const { tier, cycle, contract } = this.scheduled;
    const before = this.cycle;
    const fromFree = this.status === 'active' && this.charge === null;
    this.scheduled = null;
    if (listPrice(tier, cycle) === 0n) {
      this.status = this.overdue.size > 0 ? 'suspended' : 'active';
      this.trialEndsAt = null;
      this.charge = null;
      this.anchor = null;
      this.pausedAt = null;
    } else if (cycle !== before || fromFree) this.anchor = at;
    this.#plan(tier, cycle, contract, at);
    if (fromFree) this.#begin('change', at);
  }

  /** The service of the month or term that begins where the charge ends, as a line of the invoice. */
  renewal(upTo: Time): { readonly line: Line; readonly service: Service } | undefined {
    if (this.status !== 'active' || this.charge === null || this.charge.to > upTo) return undefined;
    const from = this.charge.to;
    this.#reprice(from);
    return this.#line(from, this.#whole(from).to);
  }

  renewed({ from, to }: Service, invoice: NaiveInvoice): void {
    this.charge = { from, to, invoice };
  }

  applyCoupon({ id, percentOff, months }: Of<'coupon'>, now: Time): string {
    if (this.status === 'none' || this.status === 'cancelled') return 'subscription-not-found';
    const { coupon } = this;
    if (coupon !== null && (coupon.until === null || coupon.until > now)) {
      const same = coupon.id === id && coupon.percentOff === percentOff && coupon.months === months;
      return same ? 'ok' : 'coupon-active';
    }
    const next = Math.max(now, this.periodEnd ?? now);
    const until = months === null ? null : monthsOn(next, months);
    this.coupon = { id, percentOff, months, from: now, until };
    return 'ok';
  }

  pause(now: Time): string | undefined {
    if (this.status === 'none' || this.status === 'cancelled') return 'subscription-not-found';
    if (this.status === 'suspended' || this.status === 'paused') return `subscription-${this.status}`;
    if (this.status === 'trialing' || this.charge === null) return 'not-pausable';
    if (this.charge.to <= now) return undefined;
    const { invoice } = this.charge;
    if (this.cycle === 'monthly') {
      this.account.creditUnused(invoice, now, 'pause', null);
      this.charge = null;
    } else {
      this.account.earn(invoice, now);
      for (const service of invoice.services) freeze(service, now);
    }
    this.status = 'paused';
    this.pausedAt = now;
    this.#stretch(now, this.tier, false);
    return 'ok';
  }

  resume(now: Time): string {
    if (this.status === 'none' || this.status === 'cancelled') return 'subscription-not-found';
    if (this.status === 'suspended' || this.overdue.size > 0) return 'subscription-suspended';
    if (this.status !== 'paused') {
      this.endsAt = null;
      return 'ok';
    }
    this.status = 'active';
    this.#reprice(now);
    this.#stretch(now, this.tier, true);
    if (this.charge === null) {
      this.anchor = now;
      this.#begin('resume', now);
    } else {
      const to = now + this.charge.to - (this.pausedAt ?? now);
      for (const service of this.charge.invoice.services) if (service.frozen) thaw(service, now, to);
      this.charge = { ...this.charge, from: now, to };
      this.anchor = to;
    }
    this.pausedAt = null;
    // What was scheduled for the end of the period keeps to it.
    if (this.scheduled !== null) this.scheduled = { ...this.scheduled, at: this.charge?.to ?? now };
    if (this.endsAt !== null) this.endsAt = this.charge?.to ?? now;
    return 'ok';
  }

  /** Ends at once; what was charged beyond is credited, refunded or earned. */
  end(now: Time, refund: 'none' | 'unused'): void {
    const { charge, status } = this;
    this.close(now);
    const left = charge !== null && (charge.to > now || status === 'paused');
    if (left) this.#settle(charge.invoice, now, refund);
  }

  #settle(invoice: NaiveInvoice, now: Time, refund: 'none' | 'unused'): void {
    const { account } = this;
    if (invoice.due > 0n) {
      account.creditUnused(invoice, now, 'cancellation', null);
      return;
    }
    account.earn(invoice, now);
    if (refund === 'none') account.earnAtOnce(invoice, invoice.unearned);
    else this.#refundUnused(invoice, now);
  }

  /** With its tax, as far as money came for the invoice; the rest goes to the customer's credit. */
  #refundUnused(invoice: NaiveInvoice, now: Time): void {
    const unused = smaller(invoice.unearned, invoice.creditable);
    const whole = unused + invoice.taxOnReversed(unused);
    const total = smaller(whole, invoice.money);
    const net = total < whole ? invoice.netOfReversed(total) : unused;
    const method = invoice.method ?? 'card';
    if (net > 0n) this.account.refund(invoice, now, { net, tax: total - net, undelivered: net, method });
    this.account.creditUnused(invoice, now, 'cancellation', null);
  }

  close(at: Time): void {
    this.status = 'cancelled';
    this.trialEndsAt = null;
    this.anchor = null;
    this.charge = null;
    this.scheduled = null;
    this.endsAt = null;
    this.coupon = null;
    this.pausedAt = null;
    this.overdue.clear();
    this.contract = null;
    this.#stretch(at, 'none', false);
  }
}

function freeze(service: Service, now: Time): void {
  if (service.amount === service.posted) return;
  if (service.posted > 0n) service.untouched = false;
  service.amount -= service.posted;
  service.posted = 0n;
  if (now > service.from) service.from = now;
  service.frozen = true;
}

function thaw(service: Service, now: Time, to: Time): void {
  service.from = now;
  service.to = to;
  service.frozen = false;
}
