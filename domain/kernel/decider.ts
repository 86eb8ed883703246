/** Why a command was refused. Nothing was written; `code` is stable and documented in docs/errors.md. */
export interface Refusal {
  readonly refused: true;
  readonly code: RefusalCode;
  readonly detail: string;
  /** Name of the input at fault, as in the operation's parameters. */
  readonly field?: string;
}

export type RefusalCode =
  | 'customer-exists'
  | 'customer-not-found'
  | 'subscription-exists'
  | 'subscription-not-found'
  | 'unknown-tier'
  | 'unknown-feature'
  | 'trial-not-available'
  | 'subscription-paused'
  | 'subscription-suspended'
  | 'not-pausable'
  | 'contract-not-available'
  | 'coupon-active'
  | 'unknown-resource'
  | 'unknown-event-type'
  | 'invalid-usage'
  | 'usage-event-conflict'
  | 'usage-event-not-found'
  | 'usage-not-quarantined'
  | 'invalid-price'
  | 'period-not-ended'
  | 'nothing-to-bill'
  | 'not-due'
  | 'invoice-not-found'
  | 'invoice-exists'
  | 'invoice-already-paid'
  | 'invoice-not-final'
  | 'invoice-not-voidable'
  | 'invoice-void'
  | 'credit-exceeds-invoice'
  | 'refund-exceeds-paid'
  | 'refund-not-found'
  | 'refund-settled'
  | 'bill-run-not-found'
  | 'currency-mismatch'
  | 'invalid-amount'
  | 'insufficient-credit'
  | 'expiry-in-past'
  | 'clock-backwards'
  | 'clock-not-manual';

export function refuse(code: RefusalCode, detail: string, field?: string): Refusal {
  return { refused: true, code, detail, ...(field === undefined ? {} : { field }) };
}

export type Decision<E> = readonly E[] | Refusal;

export function isRefusal(decision: readonly unknown[] | Refusal): decision is Refusal {
  return 'refused' in decision;
}

/**
 * An aggregate as three pure functions (Chassaing, "Functional Event Sourcing: Decider").
 * `decide` sees only the command and the folded state: time and ids come in with the command.
 */
export interface Decider<State, Command, Event> {
  readonly initialState: State;
  decide(command: Command, state: State): Decision<Event>;
  evolve(state: State, event: Event): State;
}
