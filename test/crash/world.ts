import type { Operation, Outcome } from './journal.ts';

/** A usage fact as it is sent: its id decides its content, unless somebody means to contradict it. */
export interface SentFact {
  readonly customerId: string;
  readonly eventType: string;
  readonly eventId: string;
  readonly occurredAt: string;
  readonly quantity: number;
}

export interface KnownInvoice {
  readonly invoiceId: string;
  readonly currency: string;
}

interface ChargeBody {
  readonly charge?: { readonly invoiceId: string } | null;
  readonly subscription?: ChargeBody;
}

const MOST_REPEATABLE = 500;

/** What callers know of the service from its answers, and share. */
export class World {
  /** Business time as of the latest answer. */
  now: string;
  /** Customers that exist for sure. */
  readonly customers: string[] = [];
  readonly invoices: KnownInvoice[] = [];
  /** Accepted commands that stand in the log under their own key. */
  readonly recorded: Operation[] = [];
  /** Usage facts that were sent, by customer and id. */
  readonly facts = new Map<string, SentFact>();
  /** Highest Revenue-Position that was told. */
  position = 0;

  constructor(now: string) {
    this.now = now;
  }

  /** Takes note of an answer. */
  learn(operation: Operation, outcome: Outcome): void {
    if (outcome.kind !== 'accepted') return;
    this.position = Math.max(this.position, outcome.position ?? 0);
    const { operationId, inputs } = operation;
    if (operationId === 'initializeCustomerRevenue') this.customers.push(String(inputs['customerId']));
    if (operationId === 'advanceClock') this.#moveOn(String(inputs['to']));
    this.#learnInvoice(operationId, outcome.body);
    if (RECORDED.has(operationId) && outcome.position !== undefined && operation.sharesKey !== true) {
      if (this.recorded.length < MOST_REPEATABLE) this.recorded.push(operation);
    }
  }

  #moveOn(to: string): void {
    if (to > this.now) this.now = to;
  }

  #learnInvoice(operationId: string, body: unknown): void {
    if (operationId === 'generateMonthlyInvoice') {
      const { invoiceId } = body as { readonly invoiceId: string };
      this.invoices.push({ invoiceId, currency: 'USD' });
      return;
    }
    const { charge, subscription } = body as ChargeBody;
    const charged = charge ?? subscription?.charge;
    if (charged !== undefined && charged !== null) {
      this.invoices.push({ invoiceId: charged.invoiceId, currency: 'USD' });
    }
  }
}

/** Commands whose own event carries the command id of their key. */
const RECORDED: ReadonlySet<string> = new Set([
  'initializeCustomerRevenue',
  'changeSubscriptionTier',
  'recordInvoicePayment',
]);
