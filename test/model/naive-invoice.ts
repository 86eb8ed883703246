import { type Cents, halfEven, sum } from './arithmetic.ts';
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
}

export interface Line {
  readonly kind: 'subscription' | 'credit' | 'usage' | 'proration';
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
  services: Service[] = [];
  creditNotes: CreditNote[] = [];
  refunds: Refund[] = [];
  /** Steps of dunning that are taken. */
  dunned = 0;
  ended: 'void' | 'uncollectible' | null = null;
  /** Its service went on to another invoice or other dates. */
  moved = false;

  readonly kind: string;
  readonly period: string | null;
  readonly at: Time;
  readonly lines: readonly Line[];
  readonly net: Cents;
  readonly tax: Cents;

  constructor(kind: string, period: string | null, at: Time, lines: readonly Line[], taxOf: TaxRule) {
    this.kind = kind;
    this.period = period;
    this.at = at;
    this.lines = lines;
    this.net = sum(lines.map((line) => line.net));
    this.tax = taxOf(lines, this.net);
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
    return this.owed && days !== undefined ? this.at + (30 + days) * DAY : undefined;
  }

  get unearned(): Cents {
    return sum(this.services.map(({ amount, posted }) => amount - posted));
  }

  /** The tax of a net amount that is taken back: the invoice's tax by cumulative share of its net. */
  taxOnReversed(net: Cents): Cents {
    if (this.net === 0n) return 0n;
    return halfEven(this.tax * (this.reversedNet + net), this.net) - this.reversedTax;
  }

  /** The net of a gross amount that is taken back, likewise. */
  netOfReversed(gross: Cents): Cents {
    const all = this.reversedNet + this.reversedTax + gross;
    const net = this.total === 0n ? all : halfEven(this.net * all, this.total);
    return net - this.reversedNet;
  }

  get reversible(): Cents {
    return this.total - this.reversedNet - this.reversedTax;
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
      this.moved = true;
      service.amount = rest - taken;
      service.posted = 0n;
      if (!service.frozen && at > service.from) service.from = at;
      return [{ taken }];
    });
  }
}

export type TaxRule = (lines: readonly Line[], net: Cents) => Cents;

/** Tax comes once on the net of all lines, or is what a price holds beyond its net. */
export function taxRule(rate: { readonly n: bigint; readonly d: bigint }, inclusive: boolean): TaxRule {
  const tax = (net: Cents) => halfEven(net * rate.n, rate.d);
  if (!inclusive) return (_lines, net) => tax(net);
  return (lines) => sum(lines.map(({ net, gross }) => (gross === null ? tax(net) : gross - net)));
}

/** What of a service is earned at an instant. */
export function earned({ amount, from, to, frozen, posted }: Service, at: Time): Cents {
  if (frozen) return posted;
  if (at < from) return 0n;
  const whole = seconds(from, to);
  if (at >= to || whole === 0n) return amount;
  return halfEven(amount * seconds(from, at), whole);
}
