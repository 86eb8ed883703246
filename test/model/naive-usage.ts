import { type Cents, cents, halfEven, MICROS_PER_CENT, type Micros, smaller, sum } from './arithmetic.ts';
import { DAY, endOf, monthOf, SECOND, seconds, startOf, type Time, textOf } from './calendar.ts';
import { allowanceOf, type Contract, METERS, type Price, priceOf } from './prices.ts';

export interface Fact {
  readonly id: string;
  readonly meter: string;
  readonly quantity: bigint;
  /** Distinct key of a meter that counts unique ones. */
  readonly key: string | null;
  readonly occurredAt: Time;
  /** As it was sent: told again with other words, it is another one. */
  readonly words: string;
}

/** Time on a tier from an instant on, until a later one is told. */
export interface Stretch {
  readonly from: Time;
  readonly tier: string;
  readonly counts: boolean;
  readonly contract: Contract | null;
}

export interface Rated {
  readonly quantity: bigint;
  readonly billable: bigint;
  readonly amount: Micros;
}

export interface UsageLine extends Rated {
  readonly month: string;
  readonly meter: string;
  readonly billed: Cents;
}

/** What is agreed for months from one on; the last one that begins with or before a month holds in it. */
interface Agreed<Of> {
  readonly from: string;
  readonly of: Of;
}

/** What an invoice bills of a month and has not given back. */
interface Bill {
  readonly invoice: number;
  readonly month: string;
  readonly left: Map<string, { accrued: Micros; billed: Cents }>;
  readonly counts: Map<string, { readonly quantity: bigint; readonly billable: bigint }>;
}

export interface Excess {
  readonly invoice: number;
  readonly accrued: Micros;
  readonly credited: Cents;
}

const NOTHING: Rated = { quantity: 0n, billable: 0n, amount: 0n };
export const COMMITMENT = 'minimum.commitment';
const LINES = [...METERS, COMMITMENT];

/** Facts, what they are worth by the stretches as they are known now, and what of it is accrued and billed. */
export class NaiveUsage {
  readonly #facts: Fact[] = [];
  readonly #quarantine = new Map<string, Fact>();
  readonly #seen = new Map<string, string>();
  readonly #accrued = new Map<string, Rated>();
  readonly #billed = new Map<string, Rated>();
  #bills: Bill[] = [];
  readonly #prices = new Map<string, Agreed<Price | null>[]>();
  #commitments: Agreed<Cents | null>[] = [];

  /** A fact counts once, for ever; older than 35 days or more than 5 minutes ahead it waits in quarantine. */
  record(fact: Fact, now: Time): 'accepted' | 'quarantined' | 'duplicate' | 'conflict' {
    const before = this.#seen.get(fact.id);
    if (before !== undefined) return before === fact.words ? 'duplicate' : 'conflict';
    this.#seen.set(fact.id, fact.words);
    if (fact.occurredAt < now - 35 * DAY || fact.occurredAt > now + 300 * SECOND) {
      this.#quarantine.set(fact.id, fact);
      return 'quarantined';
    }
    this.#facts.push(fact);
    return 'accepted';
  }

  /** A signed quantity. */
  correct(fact: Fact): void {
    this.#facts.push(fact);
  }

  /** @returns the month of the fact that counts from now on, or why none does */
  release(id: string): { readonly month: string } | string {
    const fact = this.#quarantine.get(id);
    if (fact === undefined) return this.#seen.has(id) ? 'usage-not-quarantined' : 'usage-event-not-found';
    if (this.#facts.includes(fact)) return 'duplicate';
    this.#facts.push(fact);
    return { month: monthOf(fact.occurredAt) };
  }

  /** @returns whether that changes anything */
  setPrice(meter: string, from: string, price: Price | null): boolean {
    const before = this.#prices.get(meter) ?? [];
    if (JSON.stringify(agreedIn(before, from) ?? null) === JSON.stringify(price)) return false;
    this.#prices.set(meter, withAgreed(before, { from, of: price }));
    return true;
  }

  setCommitment(from: string, amount: Cents | null): boolean {
    if ((agreedIn(this.#commitments, from) ?? null) === amount) return false;
    this.#commitments = withAgreed(this.#commitments, { from, of: amount });
    return true;
  }

  /** Every meter that has facts in a month: all units, and those that are rated. */
  counted(month: string, stretches: readonly Stretch[]) {
    return METERS.flatMap((meter) => {
      const facts = this.#facts.filter((fact) => fact.meter === meter && monthOf(fact.occurredAt) === month);
      if (facts.length === 0) return [];
      const rated = facts.filter(({ occurredAt }) => countsAt(stretches, occurredAt));
      return [{ meter, quantity: units(facts), rated: units(rated) }];
    });
  }

  months(): string[] {
    const counted = this.#facts.map(({ occurredAt }) => monthOf(occurredAt));
    const accrued = [...this.#accrued.keys()].map((key) => key.slice(0, 7));
    return [...new Set([...counted, ...accrued])].sort();
  }

  /** The month to date: rated total, and what a commitment asks for beyond it, less what is accrued. */
  accrue(month: string, stretches: readonly Stretch[], overflow: boolean, now: Time): Micros {
    let change = 0n;
    const set = (meter: string, rated: Rated) => {
      change += rated.amount - this.accrued(month, meter).amount;
      this.#accrued.set(`${month} ${meter}`, rated);
    };
    for (const { meter, rated } of this.counted(month, stretches)) {
      const included = prorated(month, stretches, ({ tier, contract }) => allowanceOf(meter, tier, contract));
      const billable = overflow && rated > included ? rated - included : 0n;
      const own = agreedIn(this.#prices.get(meter) ?? [], month) ?? undefined;
      set(meter, { quantity: rated, billable, amount: priceOf(meter, billable, own) });
    }
    if (now < endOf(month)) return change;
    const own = agreedIn(this.#commitments, month);
    const least = prorated(
      month,
      stretches,
      ({ contract }) => (own ?? cents(contract?.commitment ?? '0.00')) * MICROS_PER_CENT,
    );
    const used = sum(METERS.map((meter) => this.accrued(month, meter).amount));
    set(COMMITMENT, { ...NOTHING, amount: least > used ? least - used : 0n });
    return change;
  }

  accrued(month: string, meter: string): Rated {
    return this.#accrued.get(`${month} ${meter}`) ?? NOTHING;
  }

  /** What is accrued and on no invoice, meter by meter, in whole cents. */
  bill(month: string, invoice: number): UsageLine[] {
    const lines = LINES.flatMap((meter) => {
      const [all, before] = [this.accrued(month, meter), this.billed(month, meter)];
      const amount = all.amount - before.amount;
      if (amount <= 0n) return [];
      this.#billed.set(`${month} ${meter}`, all);
      const quantity = all.quantity - before.quantity;
      const billable = all.billable - before.billable;
      return [{ month, meter, quantity, billable, amount, billed: halfEven(amount, MICROS_PER_CENT) }];
    });
    const left = lines.map(({ meter, amount, billed }) => [meter, { accrued: amount, billed }] as const);
    const counts = new Map(lines.map((line) => [line.meter, line] as const));
    if (lines.length > 0) this.#bills.push({ invoice, month, left: new Map(left), counts });
    return lines;
  }

  billed(month: string, meter: string): Rated {
    return this.#billed.get(`${month} ${meter}`) ?? NOTHING;
  }

  isBilled(month: string): boolean {
    return this.#bills.some((bill) => bill.month === month);
  }

  /** The invoice is void: what it bills is unbilled again, but for what was credited. */
  giveBack(invoice: number): { readonly accrued: Micros; readonly billed: Cents } {
    let [accrued, billed] = [0n, 0n];
    for (const bill of this.#bills.filter((one) => one.invoice === invoice)) {
      for (const [meter, line] of bill.left) {
        const before = this.billed(bill.month, meter);
        const counts = bill.counts.get(meter) ?? { quantity: 0n, billable: 0n };
        this.#billed.set(`${bill.month} ${meter}`, {
          quantity: before.quantity - counts.quantity,
          billable: before.billable - counts.billable,
          amount: before.amount - line.accrued,
        });
        accrued += line.accrued;
        billed += line.billed;
      }
    }
    this.#bills = this.#bills.filter((one) => one.invoice !== invoice);
    return { accrued, billed };
  }

  /** What invoices billed beyond what is accrued goes back to them, the newest first: by invoice, its meters' parts. */
  takeExcess(month: string): Map<number, Excess[]> {
    const back = new Map<number, Excess[]>();
    for (const meter of LINES) {
      let excess = this.billed(month, meter).amount - this.accrued(month, meter).amount;
      if (excess <= 0n) continue;
      this.#billed.set(`${month} ${meter}`, this.accrued(month, meter));
      for (const { invoice, left } of this.#bills.filter((bill) => bill.month === month).reverse()) {
        const line = left.get(meter);
        if (line === undefined || line.accrued <= 0n || excess <= 0n) continue;
        const part = smaller(line.accrued, excess);
        const credited = line.billed - halfEven(line.accrued - part, MICROS_PER_CENT);
        left.set(meter, { accrued: line.accrued - part, billed: line.billed - credited });
        back.set(invoice, [...(back.get(invoice) ?? []), { invoice, accrued: part, credited }]);
        excess -= part;
      }
    }
    return back;
  }

  /** Rated and not accrued, or accrued and not billed. */
  isUnbilled(month: string, stretches: readonly Stretch[]): boolean {
    const unaccrued = this.counted(month, stretches).some(
      ({ meter, rated }) => rated !== this.accrued(month, meter).quantity,
    );
    return (
      unaccrued || LINES.some((meter) => this.accrued(month, meter).amount > this.billed(month, meter).amount)
    );
  }
}

function agreedIn<Of>(all: readonly Agreed<Of>[], month: string): Of | undefined {
  return all.findLast(({ from }) => from <= month)?.of;
}

function withAgreed<Of>(all: readonly Agreed<Of>[], next: Agreed<Of>): Agreed<Of>[] {
  return [...all.filter(({ from }) => from !== next.from), next].sort((a, b) => (a.from < b.from ? -1 : 1));
}

function units(facts: readonly Fact[]): bigint {
  const keys = new Set<string>();
  let total = 0n;
  for (const { key, quantity } of facts) {
    if (key === null) total += quantity;
    else keys.add(key);
  }
  return total + BigInt(keys.size);
}

export function countsAt(stretches: readonly Stretch[], at: Time): boolean {
  return stretches.findLast(({ from }) => from <= at)?.counts ?? false;
}

/** The tier that a month ends on, as far as is known; a subscription that ended leaves its own. */
export function lastTier(stretches: readonly Stretch[], month: string): string | undefined {
  return stretches.findLast(({ from, tier }) => from < endOf(month) && tier !== 'none')?.tier;
}

/** Sum over the month of each tier's units by its share of the seconds, half-even to whole ones. */
function prorated(
  month: string,
  stretches: readonly Stretch[],
  unitsOf: (stretch: Stretch) => bigint,
): bigint {
  const [start, end] = [startOf(month), endOf(month)];
  let unitSeconds = 0n;
  stretches.forEach((stretch, index) => {
    const { from, counts } = stretch;
    if (!counts) return;
    const until = stretches[index + 1]?.from ?? end;
    const [first, last] = [Math.max(from, start), Math.min(until, end)];
    if (first < last) unitSeconds += unitsOf(stretch) * seconds(first, last);
  });
  return halfEven(unitSeconds, seconds(start, end));
}

export function uniqueKey(key: string, occurredAt: Time): string {
  return `${key} ${textOf(occurredAt).slice(0, 10)}`;
}
