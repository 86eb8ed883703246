import { type Cents, fraction, halfEven, MICROS_PER_CENT, type Micros, smaller, sum } from './arithmetic.ts';
import type { Time } from './calendar.ts';
import type { Method } from './history.ts';
import { NaiveFunds } from './naive-funds.ts';
import { type CreditNote, earned, type Line, NaiveInvoice, type Service } from './naive-invoice.ts';
import { lastTier, NaiveUsage, type Stretch, type UsageLine } from './naive-usage.ts';

export const RECEIVED = { card: '1110', ach: '1130', bank_transfer: '1010' } as const;
const SENT = { card: '1100', ach: '1130', bank_transfer: '1010' } as const;

export interface Proration {
  readonly amount: Cents;
  /** When the change was made. */
  readonly at: Time;
}

/** The customer's account: invoices, what they owe and earn, usage, and every balance. */
export class NaiveAccount {
  readonly invoices: NaiveInvoice[] = [];
  readonly usage = new NaiveUsage();
  readonly stretches: Stretch[] = [];
  readonly balances = new Map<string, Micros>();
  readonly funds = new NaiveFunds((account, amount) => this.post(account, amount));
  prorations: Proration[] = [];
  paymentMethod: boolean;
  readonly taxRate: { readonly n: bigint; readonly d: bigint };
  readonly taxInclusive: boolean;

  constructor(taxRate: string, taxInclusive: boolean, paymentMethod: boolean) {
    this.taxRate = fraction(taxRate);
    this.taxInclusive = taxInclusive;
    this.paymentMethod = paymentMethod;
  }

  /** A debit is positive. */
  post(account: string, amount: Cents): void {
    this.postMicros(account, amount * MICROS_PER_CENT);
  }

  postMicros(account: string, amount: Micros): void {
    this.balances.set(account, (this.balances.get(account) ?? 0n) + amount);
  }

  /** Cuts an invoice; one without lines does not come to be. */
  invoice(
    kind: string,
    period: string | null,
    at: Time,
    lines: readonly Line[],
    now = at,
  ): NaiveInvoice | undefined {
    if (lines.length === 0) return undefined;
    const invoice = new NaiveInvoice({ kind, period, at, now }, lines, {
      rate: this.taxRate,
      inclusive: this.taxInclusive,
    });
    this.invoices.push(invoice);
    this.post('1200', invoice.total);
    this.post('2300', -invoice.tax);
    for (const line of lines) this.#postLine(line);
    this.funds.settle(invoice, now);
    this.funds.promoted(invoice);
    return invoice;
  }

  #postLine({ kind, net }: Line): void {
    // The asset of usage lines is posted with what they have accrued.
    if (kind === 'subscription' || kind === 'credit') this.post('2100', -net);
    else if (kind !== 'usage') this.post('1210', -net);
  }

  /** Net of a price, and the price itself where it includes the tax. */
  priced(share: Cents): { readonly net: Cents; readonly gross: Cents | null } {
    if (!this.taxInclusive) return { net: share, gross: null };
    const { n, d } = this.taxRate;
    return { net: halfEven(share * d, d + n), gross: share };
  }

  /** The usage of a period and of every month before it that has some unbilled, less promotional credit. */
  usageLines(period: string, now: Time, onlyPeriod = false): Line[] {
    const place = this.invoices.length;
    const months = onlyPeriod ? [period] : this.#monthsToBill(period);
    const lines = months.flatMap((month) => {
      this.accrue(month, now);
      return this.usage.bill(month, place).map((line) => this.#usageLine(line));
    });
    const promoted = this.funds.promote(sum(lines.map(({ net }) => net)), now);
    return promoted === 0n ? lines : [...lines, { kind: 'promotion', net: -promoted, gross: null, of: '' }];
  }

  #monthsToBill(period: string): string[] {
    const unbilled = this.usage
      .months()
      .filter((month) => month < period && this.usage.isUnbilled(month, this.stretches));
    return [...unbilled, period];
  }

  #usageLine({ month, meter, quantity, billable, amount, billed }: UsageLine): Line {
    this.postMicros('1210', -amount);
    this.postMicros('4990', amount - billed * MICROS_PER_CENT);
    return { kind: 'usage', net: billed, gross: null, of: `${month} ${meter} ${quantity} ${billable}` };
  }

  /** A month that has ended, and what came late for those before it. */
  accrueThrough(period: string, now: Time): void {
    for (const month of this.#monthsToBill(period)) this.accrue(month, now);
  }

  /** A month to date. What was billed beyond it is credited at once. */
  accrue(month: string, now: Time): void {
    const change = this.usage.accrue(month, this.stretches, this.#overflows(month), now);
    this.postMicros('1210', change);
    this.postMicros('4020', -change);
    for (const [place, excess] of this.usage.takeExcess(month)) {
      const invoice = this.invoices[place];
      if (invoice === undefined) throw new Error('usage was billed on no invoice');
      const net = sum(excess.map(({ credited }) => credited));
      const accrued = sum(excess.map((part) => part.accrued));
      this.postMicros('1210', accrued);
      this.postMicros('4990', net * MICROS_PER_CENT - accrued);
      const given = smaller(net, invoice.creditableUsage);
      this.post('4910', given - net);
      invoice.creditedUsage += given;
      this.#credit(invoice, 'usage', given, invoice.taxOnReversed(given));
    }
  }

  /** Only a month that is billed already; any other is accrued when its time comes. */
  accrueBilled(month: string, now: Time): void {
    const hasInvoice = this.invoices.some(({ kind, period }) => kind === 'monthly' && period === month);
    if (hasInvoice || this.usage.isBilled(month)) this.accrue(month, now);
  }

  #overflows(month: string): boolean {
    const tier = lastTier(this.stretches, month);
    return tier !== undefined && (tier !== 'free' || this.paymentMethod);
  }

  hasUnbilledUsage(period: string): boolean {
    const months = this.usage.months().filter((month) => month <= period);
    return months.some((month) => this.usage.isUnbilled(month, this.stretches));
  }

  /** Those of changes before an instant. */
  prorationLines(before: Time): Line[] {
    const billed = this.prorations.filter(({ at }) => at < before);
    this.prorations = this.prorations.filter(({ at }) => at >= before);
    return billed.map(({ amount }) => ({ kind: 'proration', net: amount, gross: null, of: '' }));
  }

  /** Posts what the services of an invoice have earned by now. */
  earn(invoice: NaiveInvoice, at: Time): void {
    for (const service of invoice.services) {
      const done = earned(service, at);
      this.post('2100', done - service.posted);
      this.post('4010', service.posted - done);
      service.posted = done;
    }
  }

  /** What of an invoice is not earned by now, to the second. */
  unused(invoice: NaiveInvoice, at: Time): Cents {
    return invoice.services.reduce((rest, service) => rest + service.amount - earned(service, at), 0n);
  }

  /** The same for one that was behind: never back. */
  catchUp(invoice: NaiveInvoice, at: Time): void {
    if (invoice.services.every((service) => earned(service, at) >= service.posted)) this.earn(invoice, at);
  }

  /** Credits what is not earned, less the service that takes its place. What was given back before is earned. */
  creditUnused(invoice: NaiveInvoice, at: Time, cause: string, replacement: Service | null): void {
    this.earn(invoice, at);
    const unused = invoice.unearned;
    const service = replacement === null ? null : { ...replacement };
    if (service !== null) service.amount = smaller(service.amount, unused);
    const net = unused - (service?.amount ?? 0n);
    const given = smaller(net, invoice.creditable);
    this.earnAtOnce(invoice, net - given);
    const left = invoice.unearned;
    if (left === 0n) return;
    invoice.shorten(left, at);
    this.post('2100', given);
    if (service !== null) invoice.services.push(service);
    this.#credit(invoice, cause, given, invoice.taxOnReversed(given));
  }

  /** A part of what is not earned, ahead of its time. */
  earnAtOnce(invoice: NaiveInvoice, amount: Cents): void {
    let left = amount;
    let weight = invoice.unearned;
    for (const service of invoice.services) {
      const rest = service.amount - service.posted;
      const part = weight === 0n ? 0n : halfEven(left * rest, weight);
      left -= part;
      weight -= rest;
      service.posted += part;
      this.post('2100', part);
      this.post('4010', -part);
    }
  }

  /** Goodwill: what is delivered lowers revenue, the rest is not earned any more. */
  goodwill(invoice: NaiveInvoice, at: Time, gross: Cents): void {
    this.earn(invoice, at);
    const net = invoice.netOfReversed(gross);
    const [open, left] = [invoice.creditable, invoice.unearned];
    const undelivered = smaller(left < open ? halfEven(net * left, open) : net, left);
    invoice.shorten(undelivered, at);
    this.post('2100', undelivered);
    this.post('4910', net - undelivered);
    this.#credit(invoice, 'goodwill', net, gross - net);
  }

  #credit(invoice: NaiveInvoice, cause: string, net: Cents, tax: Cents): void {
    const total = net + tax;
    const { due } = invoice;
    const toReceivable = smaller(total, due);
    const note: CreditNote = { cause, net, tax, total, toReceivable, toCredit: total - toReceivable };
    invoice.creditNotes.push(note);
    invoice.credited += toReceivable;
    invoice.reverse(net, tax);
    this.post('2300', tax);
    this.post('1200', -toReceivable);
    this.post('2200', -note.toCredit);
    this.funds.credit += note.toCredit;
  }

  refund(invoice: NaiveInvoice, at: Time, refund: RefundOf): void {
    const { net, tax, undelivered, method } = refund;
    const total = net + tax;
    invoice.shorten(undelivered, at);
    invoice.refunds.push({ total, method, status: 'pending' });
    invoice.money -= total;
    invoice.reverse(net, tax);
    this.post('2100', undelivered);
    this.post('4900', net - undelivered);
    this.post('2300', tax);
    this.post('2220', -total);
  }

  pay(invoice: NaiveInvoice, amount: Cents, method: Method): string {
    if (invoice.ended === 'void') return 'invoice-void';
    if (invoice.ended === 'uncollectible') return this.#recover(invoice, amount, method);
    if (invoice.status === 'paid') return 'invoice-already-paid';
    const applied = smaller(amount, invoice.due);
    invoice.paid += applied;
    invoice.money += applied;
    invoice.method = method;
    this.post(RECEIVED[method], amount);
    this.post('1200', -applied);
    this.post('2200', applied - amount);
    this.funds.credit += amount - applied;
    return 'ok';
  }

  /** Money for what was written off; its tax is owed again. */
  #recover(invoice: NaiveInvoice, amount: Cents, method: Method): string {
    const open = invoice.writtenOff - invoice.recovered;
    if (open <= 0n) return 'invoice-already-paid';
    const applied = smaller(amount, open);
    const taxToDate = halfEven(invoice.writtenOffTax * (invoice.recovered + applied), invoice.writtenOff);
    const tax = taxToDate - invoice.recoveredTax;
    invoice.recovered += applied;
    invoice.recoveredTax += tax;
    this.post(RECEIVED[method], amount);
    this.post('1205', tax - applied);
    this.post('2300', -tax);
    this.post('2200', applied - amount);
    this.funds.credit += amount - applied;
    return 'ok';
  }

  settleRefund(invoice: NaiveInvoice, index: number, outcome: 'settled' | 'failed'): string {
    const refund = invoice.refunds[index];
    if (refund === undefined) return 'refund-not-found';
    const { status, total } = refund;
    const account = SENT[refund.method as Method];
    if (outcome === 'settled') {
      if (status === 'settled') return 'refund-settled';
      this.post('2220', total);
      this.post(account, -total);
    } else if (status === 'settled') {
      this.post('2220', -total);
      this.post(account, total);
    }
    refund.status = outcome;
    return 'ok';
  }

  /** As if it had never been: only while nothing was paid, credited or moved on. */
  void(invoice: NaiveInvoice, oldest: string, now: Time): string {
    if (invoice.ended === 'void') return 'ok';
    const untouched = !invoice.handedOver && invoice.services.every((one) => one.untouched && !one.frozen);
    const old = invoice.lines.some(({ kind, of }) => kind === 'usage' && of.slice(0, 7) < oldest);
    const moved = invoice.lines.some(({ kind }) => kind === 'credit' || kind === 'proration');
    const settled = invoice.paid !== 0n || invoice.reversedNet !== 0n || invoice.ended !== null;
    if (settled || !untouched || old || moved) return 'invoice-not-voidable';
    this.post('1200', -invoice.due);
    this.post('2300', invoice.tax);
    for (const service of invoice.services) {
      this.post('2100', service.amount - service.posted);
      this.post('4010', service.posted);
      service.amount = service.posted;
    }
    const { accrued, billed } = this.usage.giveBack(this.invoices.indexOf(invoice));
    this.postMicros('1210', accrued);
    this.postMicros('4990', billed * MICROS_PER_CENT - accrued);
    this.funds.unpromote(invoice, now);
    invoice.ended = 'void';
    return 'ok';
  }

  /** Of what is owed, what is not delivered is credited and the rest given up with its tax. */
  writeOff(invoice: NaiveInvoice, at: Time): void {
    this.earn(invoice, at);
    const owed = invoice.netOfReversed(invoice.due);
    const unused = invoice.unearned;
    const net = smaller(unused, owed);
    if (net > 0n) {
      const tax = unused < owed ? invoice.taxOnReversed(unused) : invoice.due - owed;
      invoice.shorten(net, at);
      this.post('2100', net);
      this.#credit(invoice, 'write-off', net, tax);
    }
    const { due } = invoice;
    if (due <= 0n) return;
    const rest = invoice.netOfReversed(due);
    invoice.reverse(rest, due - rest);
    invoice.writtenOff = due;
    invoice.writtenOffTax = due - rest;
    invoice.ended = 'uncollectible';
    this.post('1205', rest);
    this.post('2300', due - rest);
    this.post('1200', -due);
  }
}

export interface RefundOf {
  readonly net: Cents;
  readonly tax: Cents;
  readonly undelivered: Cents;
  readonly method: string;
}
