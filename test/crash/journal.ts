/** A command as a caller means it: sent again, it is the same one. */
export interface Operation {
  readonly operationId: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Idempotency-Key. */
  readonly key: string;
  /** The answer must be a problem with one of these codes, whatever happens. */
  readonly refusedWith?: readonly string[];
  /** The key is another operation's, which was accepted before. */
  readonly sharesKey?: boolean;
}

/** What the caller was told. `unknown`: no answer, or one that says to try again. */
export type Outcome =
  | {
      readonly kind: 'accepted';
      readonly status: number;
      /** Revenue-Position. */
      readonly position: number | undefined;
      readonly body: unknown;
    }
  | { readonly kind: 'refused'; readonly status: number; readonly code: string }
  | { readonly kind: 'unknown'; readonly why: string };

export interface Entry {
  readonly operation: Operation;
  readonly attempts: Outcome[];
}

/** Everything that callers meant and were told: intent before the call, outcome after it. */
export class AckJournal {
  readonly entries: Entry[] = [];
  /** What no caller should ever see. */
  readonly faults: string[] = [];
  readonly #byOperation = new Map<Operation, Entry>();
  #acknowledged = 0;

  /** Commands with an outcome so far. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Before it is sent; the same operation again is the same entry. */
  intend(operation: Operation): Entry {
    const known = this.#byOperation.get(operation);
    if (known !== undefined) return known;
    const entry: Entry = { operation, attempts: [] };
    this.#byOperation.set(operation, entry);
    this.entries.push(entry);
    return entry;
  }

  /** True if this is the outcome that settles it. */
  record(entry: Entry, outcome: Outcome): boolean {
    const first = verdictOf(entry);
    entry.attempts.push(outcome);
    if (outcome.kind === 'unknown') return false;
    if (first !== undefined) {
      this.#compare(entry, first, outcome);
      return false;
    }
    this.#acknowledged += 1;
    return true;
  }

  /** Whose outcome is not known. */
  unresolved(): Entry[] {
    return this.entries.filter((entry) => verdictOf(entry) === undefined);
  }

  fault(what: string): void {
    this.faults.push(what);
  }

  /** A repetition answers as the first time, once something stands in the log. */
  #compare({ operation }: Entry, first: Outcome, again: Outcome): void {
    if (first.kind !== 'accepted' || first.position === undefined || !REPEATABLE.has(operation.operationId)) {
      return;
    }
    const told = (outcome: Outcome) => JSON.stringify(outcome.kind === 'accepted' ? outcome.body : outcome);
    if (told(first) === told(again)) return;
    this.fault(
      `${operation.operationId} ${operation.key} was answered ${told(first)} and then ${told(again)}`,
    );
  }
}

const REPEATABLE: ReadonlySet<string> = new Set([
  'initializeCustomerRevenue',
  'changeSubscriptionTier',
  'recordInvoicePayment',
]);

/** The first outcome that settles it. */
export function verdictOf(entry: Entry): Exclude<Outcome, { kind: 'unknown' }> | undefined {
  for (const attempt of entry.attempts) if (attempt.kind !== 'unknown') return attempt;
  return undefined;
}
