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
  /** The usage with its tax, less promotions: what a wallet may pay. */
  readonly usagePart: Cents;

  /** When payment terms begin: when it takes effect, or when it is made, if that is more than a day later. */
  readonly #termsFrom: Time;

  constructor(
    { kind, period, at, now }: { kind: string; period: string | null; at: Time; now: Time },
    lines: readonly Line[],
    taxesOf: TaxRule,
  ) {
    this.#termsFrom = now > at + DAY ? now : at;
    this.kind = kind;
    this.period = period;
    this.at = at;
    this.lines = lines;
    this.net = sum(lines.map((line) => line.net));
    const taxes = taxesOf(lines);
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

/** The tax of each line. */
export type TaxRule = (lines: readonly Line[]) => Cents[];

/**
 * Tax comes once on the net of all lines, and each has its share of it: whole cents below its exact tax, and one more
 * for those that lack most. Or it is what a price holds beyond its net.
 */
export function taxRule({ n, d }: { readonly n: bigint; readonly d: bigint }, inclusive: boolean): TaxRule {
  if (inclusive) {
    return (lines) => lines.map(({ net, gross }) => (gross === null ? halfEven(net * n, d) : gross - net));
  }
  return (lines) => {
    const below = lines.map(({ net }) => floor(net * n, d));
    const lacking = lines.map(({ net }, index) => ({ index, rest: net * n - (below[index] ?? 0n) * d }));
    lacking.sort((a, b) => (a.rest === b.rest ? a.index - b.index : a.rest > b.rest ? -1 : 1));
    const all = halfEven(sum(lines.map(({ net }) => net)) * n, d);
    const missing = Number(all - sum(below));
    const raised = new Set(lacking.slice(0, missing).map(({ index }) => index));
    return below.map((tax, index) => (raised.has(index) ? tax + 1n : tax));
  };
}

function floor(n: bigint, d: bigint): bigint {
  const quotient = n / d;
  return quotient * d > n ? quotient - 1n : quotient;
}

/** What of a service is earned at an instant. */
export function earned({ amount, from, to, frozen, posted }: Service, at: Time): Cents {
  if (frozen) return posted;
  if (at < from) return 0n;
  const whole = seconds(from, to);
  if (at >= to || whole === 0n) return amount;
  return halfEven(amount * seconds(from, at), whole);
}
