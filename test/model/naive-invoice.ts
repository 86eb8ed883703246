import { type Cents, halfEven, smaller, sum } from './arithmetic.ts';
import { DAY, seconds, type Time } from './calendar.ts';

/** A stretch of service billed in advance: earned evenly, second by second. */
export interface Service {
  amount: Cents;
  from: Time;
  to: Time;
  /** What of it is posted as earned. */
  posted: Cents;
  /** Nothing is earned in a pause. */
  frozen: boolean;
  /** Still as its invoice billed it. */
  untouched: boolean;
}

export interface Line {
  readonly kind: 'subscription' | 'credit' | 'usage' | 'proration' | 'promotion';
  readonly net: Cents;
  /** Price with tax, where prices include it. */
  readonly gross: Cents | null;
  readonly of: string;
}

export interface CreditNote {
  readonly cause: string;
  readonly net: Cents;
  readonly tax: Cents;
  readonly total: Cents;
  readonly toReceivable: Cents;
  readonly toCredit: Cents;
}

export interface Refund {
  readonly total: Cents;
  readonly method: string;
  status: 'pending' | 'settled' | 'failed';
}

/** Days after the due date: past due, grace, restricted, suspended, cancelled. */
export const DUNNING_DAYS = [0, 7, 14, 21, 45];

export class NaiveInvoice {
  paid: Cents = 0n;
  /** What of it came as money and was not refunded. */
  money: Cents = 0n;
  credited: Cents = 0n;
  writtenOff: Cents = 0n;
  writtenOffTax: Cents = 0n;
  recovered: Cents = 0n;
  recoveredTax: Cents = 0n;
  /** Net and tax of all credit notes, refunds and write-offs. */
  reversedNet: Cents = 0n;
  reversedTax: Cents = 0n;
  /** Net of credit notes for usage. */
  creditedUsage: Cents = 0n;
  services: Service[] = [];
  creditNotes: CreditNote[] = [];
  refunds: Refund[] = [];
  /** Steps of dunning that are taken. */
  dunned = 0;
  ended: 'void' | 'uncollectible' | null = null;
  /** Its service went over to another invoice. */
  handedOver = false;
  /** Net of service that other invoices bill and this one earns, less what went over to others. */
  takenOver: Cents = 0n;
  /** How the latest payment came. */
  method: string | null = null;

  readonly kind: string;
  readonly period: string | null;
  readonly at: Time;
  readonly lines: readonly Line[];
  readonly net: Cents;
  readonly tax: Cents;
  /** The usage with its tax, less promotions: what a wallet may pay. */
  readonly usagePart: Cents;

  /** When payment terms begin: when it takes effect, or when it is made, if that is more than a day later. */
  readonly #termsFrom: Time;
  readonly #charged: { readonly net: Cents; readonly tax: Cents };
  readonly #rate: Tax['rate'];

  constructor(
    { kind, period, at, now }: { kind: string; period: string | null; at: Time; now: Time },
    lines: readonly Line[],
    tax: Tax,
  ) {
    this.#termsFrom = now > at + DAY ? now : at;
    this.kind = kind;
    this.period = period;
    this.at = at;
    this.lines = lines;
    this.net = sum(lines.map((line) => line.net));
    const taxes = taxesOf(lines, tax);
    const charged = (amounts: readonly Cents[]) =>
      sum(amounts.filter((_, index) => lines[index]?.kind !== 'credit'));
    this.#charged = { net: charged(lines.map((line) => line.net)), tax: charged(taxes) };
    this.#rate = tax.rate;
    this.tax = sum(taxes);
    const ofUsage = lines.map(({ kind: of, net }, index) =>
      of === 'usage' || of === 'promotion' ? net + (taxes[index] ?? 0n) : 0n,
    );
    this.usagePart = sum(ofUsage) > 0n ? sum(ofUsage) : 0n;
  }

  get total(): Cents {
    return this.net + this.tax;
  }

  get due(): Cents {
    if (this.ended === 'void') return 0n;
    return this.total - this.paid - this.credited - this.writtenOff;
  }

  get status(): string {
    if (this.ended !== null) return this.ended;
    if (this.due <= 0n) return 'paid';
    return this.dunned === 0 ? 'finalized' : 'past_due';
  }

  get owed(): boolean {
    return this.status === 'finalized' || this.status === 'past_due';
  }

  /** When the next step of dunning is due. */
  get dunnedNext(): Time | undefined {
    const days = DUNNING_DAYS[this.dunned];
    return this.owed && days !== undefined ? this.#termsFrom + (30 + days) * DAY : undefined;
  }

  get unearned(): Cents {
    return sum(this.services.map(({ amount, posted }) => amount - posted));
  }

  /** Net of the service that it gives and that is not given back, wherever it was billed. */
  get creditable(): Cents {
    const left = this.#charged.net + this.takenOver - this.reversedNet;
    return left > 0n ? left : 0n;
  }

  /** Net of what was charged for usage, after promotional credit, and not given back or written off. */
  get creditableUsage(): Cents {
    const usage = sum(
      this.lines.map(({ kind, net }) => (kind === 'usage' || kind === 'promotion' ? net : 0n)),
    );
    const reversed = this.reversedNet - (this.recovered - this.recoveredTax);
    const least = smaller(this.#charged.net + this.takenOver - reversed, usage - this.creditedUsage);
    return least > 0n ? least : 0n;
  }

  /**
   * The tax of a net amount that is taken back: the tax of what it charges by cumulative share of its net. Unused time
   * of another invoice is service that it gives, too.
   */
  taxOnReversed(net: Cents): Cents {
    const all = this.reversedNet + net;
    const { n, d } = this.#rate;
    const tax =
      this.#charged.net === 0n ? halfEven(all * n, d) : halfEven(this.#charged.tax * all, this.#charged.net);
    return tax - this.reversedTax;
  }

  /** The net of a gross amount that is taken back, likewise. */
  netOfReversed(gross: Cents): Cents {
    const all = this.reversedNet + this.reversedTax + gross;
    const total = this.#charged.net + this.#charged.tax;
    return (total === 0n ? all : halfEven(this.#charged.net * all, total)) - this.reversedNet;
  }

  /** The most that can be credited or refunded on request, gross. */
  get reversible(): Cents {
    const own = this.total - this.reversedNet - this.reversedTax;
    const service = this.creditable + this.taxOnReversed(this.creditable);
    const least = smaller(own, service);
    return least > 0n ? least : 0n;
  }

  reverse(net: Cents, tax: Cents): void {
    this.reversedNet += net;
    this.reversedTax += tax;
  }

  /** Takes so much of what is not earned out of the services; the rest is earned from now on. */
  shorten(amount: Cents, at: Time): { readonly taken: Cents }[] {
    let left = amount;
    let weight = this.unearned;
    return this.services.flatMap((service) => {
      const rest = service.amount - service.posted;
      const taken = weight === 0n ? 0n : halfEven(left * rest, weight);
      left -= taken;
      weight -= rest;
      if (taken === 0n) return [];
      service.untouched = false;
      service.amount = rest - taken;
      service.posted = 0n;
      if (!service.frozen && at > service.from) service.from = at;
      return [{ taken }];
    });
  }
}

export interface Tax {
  readonly rate: { readonly n: bigint; readonly d: bigint };
  readonly inclusive: boolean;
}

/**
 * The tax of each line. It comes once on the net of all lines, and each has its share of it: whole cents below its
 * exact tax, and one more for those that lack most. Or it is what a price holds beyond its net.
 */
function taxesOf(lines: readonly Line[], { rate: { n, d }, inclusive }: Tax): Cents[] {
  if (inclusive) return lines.map(({ net, gross }) => (gross === null ? halfEven(net * n, d) : gross - net));
  const below = lines.map(({ net }) => floor(net * n, d));
  const lacking = lines.map(({ net }, index) => ({ index, rest: net * n - (below[index] ?? 0n) * d }));
  lacking.sort((a, b) => (a.rest === b.rest ? a.index - b.index : a.rest > b.rest ? -1 : 1));
  const all = halfEven(sum(lines.map(({ net }) => net)) * n, d);
  const missing = Number(all - sum(below));
  const raised = new Set(lacking.slice(0, missing).map(({ index }) => index));
  return below.map((tax, index) => (raised.has(index) ? tax + 1n : tax));
}

function floor(n: bigint, d: bigint): bigint {
  const quotient = n / d;
  return quotient * d > n ? quotient - 1n : quotient;
}

/** What of a service is earned at an instant. */
export function earned({ amount, from, to, frozen, posted }: Service, at: Time): Cents {
  if (frozen || posted === amount) return posted;
  if (at < from) return 0n;
  const whole = seconds(from, to);
  if (at >= to || whole === 0n) return amount;
  return halfEven(amount * seconds(from, at), whole);
}
