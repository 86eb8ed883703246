import { type Cents, halfEven, MICROS_PER_CENT, type Micros } from './arithmetic.ts';
import { DAY, endOf, monthOf, SECOND, seconds, startOf, type Time, textOf } from './calendar.ts';
import { allowanceOf, METERS, priceOf } from './prices.ts';

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

const NOTHING: Rated = { quantity: 0n, billable: 0n, amount: 0n };

/** Facts, what they are worth by the stretches as they are known now, and what of it is accrued and billed. */
export class NaiveUsage {
  readonly #facts: Fact[] = [];
  readonly #accrued = new Map<string, Rated>();
  readonly #billed = new Map<string, Rated>();

  /** A fact counts once, for ever; older than 35 days or more than 5 minutes ahead it waits in quarantine. */
  record(
    fact: Fact,
    now: Time,
    seen: Map<string, string>,
  ): 'accepted' | 'quarantined' | 'duplicate' | 'conflict' {
    const before = seen.get(fact.id);
    if (before !== undefined) return before === fact.words ? 'duplicate' : 'conflict';
    seen.set(fact.id, fact.words);
    if (fact.occurredAt < now - 35 * DAY || fact.occurredAt > now + 300 * SECOND) return 'quarantined';
    this.#facts.push(fact);
    return 'accepted';
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
    return [...new Set(this.#facts.map(({ occurredAt }) => monthOf(occurredAt)))].sort();
  }

  /** The month to date: rated total less what is accrued. */
  accrue(month: string, stretches: readonly Stretch[], overflow: boolean): Micros {
    let change = 0n;
    for (const { meter, rated } of this.counted(month, stretches)) {
      const included = allowance(meter, month, stretches);
      const billable = overflow && rated > included ? rated - included : 0n;
      const amount = priceOf(meter, billable);
      change += amount - this.accrued(month, meter).amount;
      this.#accrued.set(`${month} ${meter}`, { quantity: rated, billable, amount });
    }
    return change;
  }

  accrued(month: string, meter: string): Rated {
    return this.#accrued.get(`${month} ${meter}`) ?? NOTHING;
  }

  /** What is accrued and on no invoice, meter by meter, in whole cents. */
  bill(month: string): UsageLine[] {
    return METERS.flatMap((meter) => {
      const [all, before] = [this.accrued(month, meter), this.billed(month, meter)];
      const amount = all.amount - before.amount;
      if (amount <= 0n) return [];
      this.#billed.set(`${month} ${meter}`, all);
      const quantity = all.quantity - before.quantity;
      const billable = all.billable - before.billable;
      return [{ month, meter, quantity, billable, amount, billed: halfEven(amount, MICROS_PER_CENT) }];
    }).sort((a, b) => (a.meter < b.meter ? -1 : 1));
  }

  billed(month: string, meter: string): Rated {
    return this.#billed.get(`${month} ${meter}`) ?? NOTHING;
  }

  /** Rated and not accrued, or accrued and not billed. */
  isUnbilled(months: readonly string[], stretches: readonly Stretch[]): boolean {
    return months.some((month) =>
      this.counted(month, stretches).some(({ meter, rated }) => {
        const { quantity, amount } = this.accrued(month, meter);
        return rated !== quantity || amount > this.billed(month, meter).amount;
      }),
    );
  }
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

/** Sum over the month of each tier's allowance by its share of the seconds, half-even to whole units. */
export function allowance(meter: string, month: string, stretches: readonly Stretch[]): bigint {
  const [start, end] = [startOf(month), endOf(month)];
  let unitSeconds = 0n;
  stretches.forEach(({ from, tier, counts }, index) => {
    if (!counts) return;
    const until = stretches[index + 1]?.from ?? end;
    const [first, last] = [Math.max(from, start), Math.min(until, end)];
    if (first < last) unitSeconds += allowanceOf(meter, tier) * seconds(first, last);
  });
  return halfEven(unitSeconds, seconds(start, end));
}

export function uniqueKey(key: string, occurredAt: Time): string {
  return `${key} ${textOf(occurredAt).slice(0, 10)}`;
}
