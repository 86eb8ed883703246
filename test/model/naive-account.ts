import { type Cents, fraction, halfEven, MICROS_PER_CENT, type Micros, smaller } from './arithmetic.ts';
import { monthAfter, type Time } from './calendar.ts';
import type { Method } from './history.ts';
import { type CreditNote, earned, type Line, NaiveInvoice, type Service, taxRule } from './naive-invoice.ts';
import { lastTier, NaiveUsage, type Stretch, type UsageLine } from './naive-usage.ts';

const RECEIVED = { card: '1110', ach: '1130', bank_transfer: '1010' } as const;
const SENT = { card: '1100', ach: '1130', bank_transfer: '1010' } as const;
const MONTHS_BACK = 2;

export interface Proration {
  readonly amount: Cents;
  readonly of: string;
}

/** The customer's account: invoices, what they owe and earn, usage, and every balance. */
export class NaiveAccount {
  readonly invoices: NaiveInvoice[] = [];
  readonly usage = new NaiveUsage();
  readonly stretches: Stretch[] = [];
  readonly balances = new Map<string, Micros>();
  readonly seenFacts = new Map<string, string>();
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
  invoice(kind: string, period: string | null, at: Time, lines: readonly Line[]): NaiveInvoice | undefined {
    if (lines.length === 0) return undefined;
    const invoice = new NaiveInvoice(kind, period, at, lines, taxRule(this.taxRate, this.taxInclusive));
    this.invoices.push(invoice);
    this.post('1200', invoice.total);
    this.post('2300', -invoice.tax);
    for (const line of lines) this.#postLine(line);
    return invoice;
  }

  #postLine({ kind, net }: Line): void {
    // The asset of usage lines is posted with what they have accrued.
    if (kind === 'subscription' || kind === 'credit') this.post('2100', -net);
    else if (kind === 'proration') this.post('1210', -net);
  }

  /** Net of a price, and the price itself where it includes the tax. */
  priced(share: Cents): { readonly net: Cents; readonly gross: Cents | null } {
    if (!this.taxInclusive) return { net: share, gross: null };
    const { n, d } = this.taxRate;
    return { net: halfEven(share * d, d + n), gross: share };
  }

  usageLines(period: string): Line[] {
    this.accrueMonths(period);
    const months = [-MONTHS_BACK, -1, 0].map((back) => monthAfter(period, back));
    return months.flatMap((month) => this.usage.bill(month)).map((line) => this.#usageLine(line));
  }

  #usageLine({ month, meter, quantity, billable, amount, billed }: UsageLine): Line {
    this.postMicros('1210', -amount);
    this.postMicros('4990', amount - billed * MICROS_PER_CENT);
    return { kind: 'usage', net: billed, gross: null, of: `${month} ${meter} ${quantity} ${billable}` };
  }

  accrueMonths(period: string): void {
    for (const back of [-MONTHS_BACK, -1, 0]) this.accrue(monthAfter(period, back));
  }

  accrue(month: string): void {
    const change = this.usage.accrue(month, this.stretches, this.#overflows(month));
    this.postMicros('1210', change);
    this.postMicros('4020', -change);
  }

  #overflows(month: string): boolean {
    const tier = lastTier(this.stretches, month);
    return tier !== undefined && (tier !== 'free' || this.paymentMethod);
  }

  hasUnbilledUsage(period: string): boolean {
    const months = [-MONTHS_BACK, -1, 0].map((back) => monthAfter(period, back));
    return this.usage.isUnbilled(months, this.stretches);
  }

  prorationLines(): Line[] {
    const lines = this.prorations.map(
      ({ amount }): Line => ({ kind: 'proration', net: amount, gross: null, of: '' }),
    );
    this.prorations = [];
    return lines;
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

  /** Credits what is not earned, less the service that takes its place. */
  creditUnused(invoice: NaiveInvoice, at: Time, cause: string, replacement: Service | null): void {
    this.earn(invoice, at);
    const unused = invoice.unearned;
    if (unused === 0n) return;
    const service = replacement === null ? null : { ...replacement };
    if (service !== null && service.amount > unused) service.amount = unused;
    const net = unused - (service?.amount ?? 0n);
    invoice.shorten(unused, at);
    this.post('2100', net);
    if (service !== null) invoice.services.push(service);
    this.#credit(invoice, cause, net, invoice.taxOnReversed(net));
  }

  /** Goodwill: what is delivered lowers revenue, the rest is not earned any more. */
  goodwill(invoice: NaiveInvoice, at: Time, gross: Cents): void {
    this.earn(invoice, at);
    const net = invoice.netOfReversed(gross);
    const open = invoice.net - invoice.reversedNet;
    const left = invoice.unearned;
    const share = open <= 0n ? 0n : halfEven(net * left, open);
    const undelivered = smaller(smaller(share, left), net);
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
    this.post(RECEIVED[method], amount);
    this.post('1200', -applied);
    this.post('2200', applied - amount);
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

  /** What is not delivered is credited, what is still owed then is given up with its tax. */
  writeOff(invoice: NaiveInvoice, at: Time): void {
    this.creditUnused(invoice, at, 'write-off', null);
    const { due } = invoice;
    if (due <= 0n) return;
    const net = invoice.netOfReversed(due);
    invoice.reverse(net, due - net);
    invoice.writtenOff = due;
    invoice.writtenOffTax = due - net;
    invoice.ended = 'uncollectible';
    this.post('1205', net);
    this.post('2300', due - net);
    this.post('1200', -due);
  }
}

export interface RefundOf {
  readonly net: Cents;
  readonly tax: Cents;
  readonly undelivered: Cents;
  readonly method: string;
}
