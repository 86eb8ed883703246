import fc from 'fast-check';
import { type CreditCommand, creditsDecider } from '../../domain/credits/decider.ts';
import type { CreditEvent } from '../../domain/credits/events.ts';
import { type CreditsState, noCredits } from '../../domain/credits/state.ts';
import { usagePart } from '../../domain/credits/usage-part.ts';
import type { DomainEvent } from '../../domain/events.ts';
import { type InvoiceCommand, invoiceDecider } from '../../domain/invoicing/decider.ts';
import type { InvoiceEvent } from '../../domain/invoicing/events.ts';
import { amountDue, type InvoiceState, noInvoice } from '../../domain/invoicing/state.ts';
import { isRefusal } from '../../domain/kernel/decider.ts';
import { addMillis, type Instant } from '../../domain/kernel/time.ts';
import { usageLine } from '../invoicing/support.ts';
import { payment, subscriptionLine } from '../support/events.ts';

/** What may happen to a customer's funds. Amounts in cents. */
export type Step =
  | {
      readonly kind: 'topUp' | 'grant';
      readonly cents: number;
      readonly priority: number;
      readonly days: number;
    }
  | {
      readonly kind: 'invoice';
      readonly fee: number;
      readonly usage: number;
      /** Paid between the moment at which funds are set aside and that at which they are applied. */
      readonly meanwhile: number;
      /** Paid after it; what is too much becomes credit. */
      readonly after: number;
    }
  | { readonly kind: 'refund'; readonly cents: number }
  | { readonly kind: 'settle'; readonly which: number; readonly outcome: 'settled' | 'failed' }
  | { readonly kind: 'returnPromotion'; readonly which: number }
  | { readonly kind: 'wait'; readonly days: number; readonly expire: boolean };

const cents = fc.integer({ min: 0, max: 20_000 });
const priority = fc.integer({ min: 49, max: 51 });
/** 0: never expires. */
const days = fc.integer({ min: 0, max: 6 });
const which = fc.nat(3);

const invoice = fc.record({
  kind: fc.constant('invoice'),
  fee: cents,
  usage: cents,
  // Mostly nothing, so that funds are needed.
  meanwhile: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, cents),
  // Mostly too much, so that credit comes to be.
  after: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 20_000, max: 60_000 }) }, cents),
});

export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('topUp', 'grant'), cents, priority, days }) },
  { weight: 3, arbitrary: invoice },
  fc.record({ kind: fc.constant('refund'), cents }),
  fc.record({ kind: fc.constant('settle'), which, outcome: fc.constantFrom('settled', 'failed') }),
  fc.record({ kind: fc.constant('returnPromotion'), which }),
  fc.record({ kind: fc.constant('wait'), days, expire: fc.boolean() }),
) as fc.Arbitrary<Step>;

const DAY_MS = 86_400_000;
const amountOf = (units: number) => (units / 100).toFixed(2);

/** One customer's funds and invoices, each command decided as the service decides it; refused ones leave nothing. */
export class History {
  readonly events: DomainEvent[] = [];
  /** Is told of every event of the aggregate and the state it was decided on. */
  onDecided: ((event: CreditEvent, before: CreditsState) => void) | undefined;
  state: CreditsState = noCredits;
  now: Instant = '2026-03-01T00:00:00.000Z';
  readonly #owner: { readonly customerId: string; readonly currency: string };
  #count = 0;

  constructor(customerId: string) {
    this.#owner = { customerId, currency: 'USD' };
  }

  run(next: Step): void {
    const { now } = this;
    const owner = this.#owner;
    switch (next.kind) {
      case 'topUp':
      case 'grant': {
        const expiresAt = next.days === 0 ? null : addMillis(now, next.days * DAY_MS);
        const terms = { now, ...owner, amount: amountOf(next.cents), priority: next.priority, expiresAt };
        this.#decide(
          next.kind === 'topUp'
            ? { type: 'topUpWallet', ...terms, topUpId: this.#id('top'), method: 'card' }
            : { type: 'grantCredit', ...terms, grantId: this.#id('gra'), reason: 'Launch' },
        );
        return;
      }
      case 'invoice':
        this.#invoice(next);
        return;
      case 'refund':
        this.#decide({
          type: 'refundCreditBalance',
          now,
          ...owner,
          refundId: this.#id('crf'),
          amount: amountOf(next.cents),
        });
        return;
      case 'settle': {
        const refundId = this.state.refunds[next.which]?.refundId ?? 'none';
        this.#decide({
          type: 'settleCreditRefund',
          now,
          ...owner,
          refundId,
          outcome: next.outcome,
          reason: '',
        });
        return;
      }
      case 'returnPromotion': {
        const invoiceId = this.state.promotions[next.which]?.invoiceId ?? 'none';
        this.#decide({ type: 'returnPromotions', at: now, ...owner, invoiceId });
        return;
      }
      case 'wait':
        this.now = addMillis(now, next.days * DAY_MS);
        if (next.expire) this.#decide({ type: 'expireCredits', at: this.now, ...owner });
    }
  }

  #invoice({ fee, usage, meanwhile, after }: Extract<Step, { kind: 'invoice' }>): void {
    const { now } = this;
    const owner = this.#owner;
    const invoiceId = this.#id('inv');
    this.#decide({ type: 'usePromotions', now, at: now, ...owner, invoiceId, usageNet: amountOf(usage) });
    const lines = [
      subscriptionLine(amountOf(fee), { from: now, to: addMillis(now, 30 * DAY_MS) }),
      usageLine(amountOf(usage)),
    ];
    const header = { invoiceId, customerId: owner.customerId, kind: 'monthly', period: null } as const;
    let invoice: InvoiceState = noInvoice;
    const bill = (command: InvoiceCommand) => {
      const events = invoiceDecider.decide(command, invoice);
      if (isRefusal(events)) return undefined;
      this.events.push(...events);
      invoice = events.reduce<InvoiceState>((state, event) => invoiceDecider.evolve(state, event), invoice);
      return events[0];
    };
    const pay = (units: number) => {
      const event = bill(payment(now, amountOf(units), this.#id('pay')));
      if (event !== undefined) this.#addExcess(event);
    };
    const present = { credit: this.state.credit, topUpIds: this.state.topUps.map(({ id }) => id) };
    const final = bill({
      type: 'finalizeInvoice',
      effectiveAt: now,
      ...header,
      currency: 'USD',
      taxRate: '0.08',
      lines,
    });
    if (final?.type !== 'invoice.finalized' || !('total' in invoice)) throw new Error('no invoice');
    const [uses] = this.#decide({
      type: 'useFunds',
      at: now,
      fundsId: this.#id('fnd'),
      ...owner,
      invoiceId,
      usage: usagePart(final.data.lines),
      due: amountDue(invoice),
      present,
    });
    pay(meanwhile);
    if (uses?.type === 'funds.used') {
      const { fundsId, wallet, credit } = uses.data;
      const applied = bill({ type: 'applyFunds', effectiveAt: now, fundsId, wallet, credit });
      if (applied?.type !== 'invoice.funds_applied') throw new Error('funds without their invoice');
      const { walletReturned, creditReturned } = applied.data;
      const back = { wallet: walletReturned, credit: creditReturned };
      this.#decide({ type: 'returnFunds', at: now, ...owner, fundsId, ...back });
    }
    pay(after);
  }

  #addExcess(event: InvoiceEvent): void {
    if (event.type !== 'invoice.payment_received' || event.data.excess === '0.00') return;
    const { invoiceId, paymentId: sourceId, excess: amount } = event.data;
    const added = { ...this.#owner, amount, source: 'payment', invoiceId, sourceId } as const;
    this.#decide({ type: 'addCredit', effectiveAt: event.effectiveAt, ...added });
  }

  #decide(command: CreditCommand): readonly CreditEvent[] {
    const decision = creditsDecider.decide(command, this.state);
    if (isRefusal(decision)) return [];
    for (const event of decision) {
      this.onDecided?.(event, this.state);
      this.state = creditsDecider.evolve(this.state, event);
      this.events.push(event);
    }
    return decision;
  }

  #id(prefix: string): string {
    this.#count += 1;
    return `${prefix}-${this.#owner.customerId}-${this.#count}`;
  }
}
