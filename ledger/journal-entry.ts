import { type Decimal, decimal, fromMicros, toMicros } from '../domain/kernel/money.ts';
import { canonicalInstant, type Instant, isMonth } from '../domain/kernel/time.ts';
import { type AccountCode, isAccountCode, type Side } from './chart-of-accounts.ts';

/** What a posting is about; each is a dimension that reports may group and filter by. */
export interface Dimensions {
  customerId?: string | undefined;
  /** Number of the revenue stream, 1 to 13. */
  revenueStream?: number | undefined;
  meter?: string | undefined;
  partnerId?: string | undefined;
  loanId?: string | undefined;
  /** Month in which the service was given: `2026-01`. */
  servicePeriod?: string | undefined;
}

/** One line of an entry. `amount` is positive, a decimal string with two to six decimals. */
export interface Posting extends Dimensions {
  account: AccountCode;
  side: Side;
  amount: string;
}

interface EntryShape<P> {
  /** Template and version of the rule that built it: `SUB-1@1`. */
  template: string;
  /** ISO 4217; an entry has one currency and balances in it. */
  currency: string;
  effectiveAt: Instant;
  description: string;
  postings: P[];
}

/** What `journalEntry` takes: also the entry that an event carries, to be checked again. */
export type EntryInput = EntryShape<Dimensions & { account: string; side: Side; amount: string }>;

declare const balanced: unique symbol;

/**
 * A balanced entry. Only `journalEntry` makes one, and it is frozen, so a value of this type balances.
 * It has the shape of the entry in an event's metadata and is stored there as it is.
 */
export type JournalEntry = EntryShape<Posting> & { readonly [balanced]: true };

export type InvalidEntryCode =
  | 'unbalanced'
  | 'too-few-postings'
  | 'unknown-account'
  | 'unknown-field'
  | 'invalid-side'
  | 'invalid-amount'
  | 'invalid-dimension'
  | 'invalid-header';

/** Why an entry does not come into existence. A fault in the rule or the data, never in the command. */
export class InvalidEntryError extends Error {
  readonly code: InvalidEntryCode;

  constructor(code: InvalidEntryCode, message: string) {
    super(message);
    this.name = 'InvalidEntryError';
    this.code = code;
  }
}

export class UnbalancedEntryError extends InvalidEntryError {
  /** Debits less credits, a decimal string. */
  readonly difference: string;
  readonly currency: string;

  constructor(template: string, difference: string, currency: string) {
    super('unbalanced', `${template}: debits less credits are ${difference} ${currency}, not zero`);
    this.name = 'UnbalancedEntryError';
    this.difference = difference;
    this.currency = currency;
  }
}

/**
 * The only way to a JournalEntry. Amounts are put in canonical form (`10.000` → `10.00`), dimensions without
 * a value are left out; nothing else is changed and nothing is dropped.
 * Throws UnbalancedEntryError, or InvalidEntryError: fewer than two postings, an account that is not in the
 * chart, an amount that is not above zero or has more than six decimals, a bad dimension or header.
 */
export function journalEntry(input: EntryInput): JournalEntry {
  const { template, currency, effectiveAt, description } = input;
  checkHeader(input);
  if (input.postings.length < 2) {
    throw new InvalidEntryError('too-few-postings', `${template}: an entry has at least two postings`);
  }
  const postings = input.postings.map((posting) => checkedPosting(template, posting));
  const difference = postings.reduce(
    (sum, { side, amount }) => (side === 'Dr' ? sum + toMicros(amount) : sum - toMicros(amount)),
    0n,
  );
  if (difference !== 0n) throw new UnbalancedEntryError(template, fromMicros(difference), currency);
  Object.freeze(postings);
  return Object.freeze({ template, currency, effectiveAt, description, postings }) as JournalEntry;
}

type PostingInput = EntryInput['postings'][number];

/** Text stays as it is, for `journalEntry` to judge. */
const plain = (amount: string | Decimal): string => (typeof amount === 'string' ? amount : amount.toFixed());

/** A debit. `amount` may be zero here: see `nonZero`. */
export function dr(account: AccountCode, amount: string | Decimal, dimensions: Dimensions = {}): Posting {
  return { ...dimensions, account, side: 'Dr', amount: plain(amount) };
}

/** A credit. `amount` may be zero here: see `nonZero`. */
export function cr(account: AccountCode, amount: string | Decimal, dimensions: Dimensions = {}): Posting {
  return { ...dimensions, account, side: 'Cr', amount: plain(amount) };
}

/** A signed amount: a debit if it is above zero, a credit of its absolute value if it is below. */
export function drOrCr(account: AccountCode, amount: string | Decimal, dimensions: Dimensions = {}): Posting {
  const value = decimal(amount);
  return value.lt(0) ? cr(account, value.abs(), dimensions) : dr(account, value, dimensions);
}

/**
 * Leaves out postings of exactly zero: a rule writes the tax line always, an untaxed invoice has none.
 * An entry itself refuses zeros, so leaving them out is always said in the rule.
 */
export function nonZero(postings: readonly Posting[]): Posting[] {
  return postings.filter(({ amount }) => !decimal(amount).eq(0));
}

const HEADER_FIELDS = new Set(['template', 'currency', 'effectiveAt', 'description', 'postings']);
const TEMPLATE = /^[A-Z][A-Z0-9-]{1,30}@[1-9]\d{0,3}$/;
const CURRENCY = /^[A-Z]{3}$/;

function checkHeader(input: EntryInput): void {
  const { template, currency, effectiveAt, description } = input;
  const stray = Object.keys(input).find((field) => !HEADER_FIELDS.has(field));
  if (stray !== undefined) throw new InvalidEntryError('unknown-field', `an entry has no field ${stray}`);
  if (!TEMPLATE.test(template)) {
    throw new InvalidEntryError('invalid-header', `not a template and version: ${template}`);
  }
  if (!CURRENCY.test(currency)) throw new InvalidEntryError('invalid-header', `not a currency: ${currency}`);
  if (!isCanonical(effectiveAt)) {
    throw new InvalidEntryError('invalid-header', `not a canonical instant: ${effectiveAt}`);
  }
  if (description === '') throw new InvalidEntryError('invalid-header', `${template}: no description`);
}

function isCanonical(instant: string): boolean {
  try {
    return canonicalInstant(instant) === instant;
  } catch {
    return false;
  }
}

function checkedPosting(template: string, { account, side, amount, ...rest }: PostingInput): Posting {
  if (!isAccountCode(account)) {
    throw new InvalidEntryError('unknown-account', `${template}: no account ${account}`);
  }
  if (side !== 'Dr' && side !== 'Cr') {
    throw new InvalidEntryError('invalid-side', `${template}: a side is Dr or Cr, not ${String(side)}`);
  }
  const micros = microsOf(template, amount);
  return Object.freeze({ account, side, amount: fromMicros(micros), ...checkedDimensions(template, rest) });
}

function microsOf(template: string, amount: string): bigint {
  let micros: bigint;
  try {
    micros = toMicros(amount);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InvalidEntryError('invalid-amount', `${template}: ${reason}`);
  }
  if (micros <= 0n) {
    throw new InvalidEntryError('invalid-amount', `${template}: an amount is above zero, not ${amount}`);
  }
  return micros;
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const DIMENSION_CHECKS: Readonly<Record<keyof Dimensions, (value: unknown) => boolean>> = {
  customerId: isText,
  revenueStream: (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 13,
  meter: isText,
  partnerId: isText,
  loanId: isText,
  servicePeriod: (value) => typeof value === 'string' && isMonth(value),
};

function checkedDimensions(template: string, given: Dimensions): Dimensions {
  const kept: [string, unknown][] = [];
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(DIMENSION_CHECKS, name)) {
      throw new InvalidEntryError('unknown-field', `${template}: a posting has no field ${name}`);
    }
    if (value === undefined) continue;
    if (!DIMENSION_CHECKS[name as keyof Dimensions](value)) {
      throw new InvalidEntryError('invalid-dimension', `${template}: ${name} is ${String(value)}`);
    }
    kept.push([name, value]);
  }
  return Object.fromEntries(kept);
}
