import { expect } from 'vitest';
import { projections } from '../../../api/service/schema.ts';
import { type FinalInvoice, unreleasedRest } from '../../../domain/invoicing/state.ts';
import { fromMicros, toMicros } from '../../../domain/kernel/money.ts';
import { postingFor } from '../../../ledger/posting/index.ts';
import { verify } from '../../../projections/verify.ts';
import {
  balancesOf,
  type InvoiceBody,
  type MoneyBody,
  startTestService,
  type TestService,
  type TrialBalanceBody,
} from '../../support/service.ts';

export interface SubscriptionBody {
  readonly status: string;
  readonly tier: string;
  readonly price: MoneyBody;
  readonly endsAt: string | null;
  readonly paidThrough: string | null;
  readonly scheduledChange: { readonly tier: string; readonly at: string } | null;
  readonly settlement: string;
  readonly charge: { readonly amount: MoneyBody; readonly to: string } | null;
  readonly credit: { readonly amount: MoneyBody } | null;
}

export interface CreditNoteBody {
  readonly creditNoteId: string;
  readonly cause: string;
  readonly net: MoneyBody;
  readonly tax: MoneyBody;
  readonly total: MoneyBody;
  readonly toReceivable: MoneyBody;
  readonly toCredit: MoneyBody;
}

export interface WholeInvoice extends InvoiceBody {
  readonly period: string | null;
  readonly tax: MoneyBody;
  readonly subtotal: MoneyBody;
  readonly dunning: string | null;
  readonly writtenOff: MoneyBody;
  readonly recovered: MoneyBody;
  readonly creditNotes: readonly CreditNoteBody[];
  readonly refunds: readonly {
    readonly refundId: string;
    readonly amount: MoneyBody;
    readonly status: string;
  }[];
}

/** A service and what tests of billing do with it, again and again. */
export async function startBilling(env: Readonly<Record<string, string>> = {}) {
  return new Billing(await startTestService(env));
}

export class Billing {
  readonly service: TestService;

  constructor(service: TestService) {
    this.service = service;
  }

  signUp(customerId: string, inputs: object) {
    return this.service.ok('initializeCustomerRevenue', { customerId, taxRate: '0.08', ...inputs });
  }

  advance(to: string) {
    return this.service.ok('advanceClock', { to: to.length === 10 ? `${to}T00:00:00Z` : to });
  }

  async subscription(
    operationId: string,
    customerId: string,
    inputs: object = {},
  ): Promise<SubscriptionBody> {
    return (await this.service.ok<SubscriptionBody>(operationId, { customerId, ...inputs })).body;
  }

  async stateOf(customerId: string): Promise<SubscriptionBody> {
    await this.service.service.core.drain();
    return this.subscription('getSubscription', customerId);
  }

  /** Code of the problem that a call is answered with. */
  async refusal(operationId: string, inputs: Readonly<Record<string, unknown>>): Promise<string> {
    const { status, body } = await this.service.client.call(operationId, inputs);
    if (status < 400) throw new Error(`${operationId} was not refused: ${JSON.stringify(body)}`);
    return (body as { code: string }).code;
  }

  /** Sends e-mails; what happens after now is no usage. */
  async mail(customerId: string, quantity: number, occurredAt: string): Promise<void> {
    const fact = { customerId, eventType: 'email.sent', quantity, occurredAt };
    const eventId = `${occurredAt} ${quantity}`;
    const { body } = await this.service.ok<{ status: string }>('trackUsageEvent', { ...fact, eventId });
    expect(body.status).toBe('accepted');
  }

  /** All invoices of a customer, oldest first. */
  async invoices(customerId: string): Promise<WholeInvoice[]> {
    await this.service.service.core.drain();
    const { body } = await this.service.ok<{ data: InvoiceBody[] }>('listInvoices', { customerId });
    const whole = body.data.map(async ({ invoiceId }) => {
      const { body: invoice } = await this.service.ok<WholeInvoice>('getInvoice', { invoiceId });
      return invoice;
    });
    return (await Promise.all(whole)).reverse();
  }

  /** `monthly 299.00 finalized`, oldest first. */
  async summary(customerId: string): Promise<string[]> {
    const all = await this.invoices(customerId);
    return all.map(({ kind, total, status }) => `${kind} ${total.amount} ${status}`);
  }

  async pay(customerId: string): Promise<void> {
    for (const { invoiceId, due, status } of await this.invoices(customerId)) {
      if (status === 'draft' || due.amount === '0.00') continue;
      await this.service.ok('recordInvoicePayment', { invoiceId, amount: due, method: 'card' });
    }
  }

  /** Accounts that are not zero: debits less credits. */
  async balances(customerId?: string): Promise<Record<string, string>> {
    await this.service.service.core.drain();
    const of = customerId === undefined ? {} : { customerId };
    const { body } = await this.service.ok<TrialBalanceBody>('getTrialBalance', of);
    expect(body.zero).toBe(true);
    const all = Object.entries(balancesOf(body));
    return Object.fromEntries(all.filter(([, amount]) => toMicros(amount) !== 0n));
  }

  /** The books are proven and tie out to what they are about; then the service is closed. */
  async prove(): Promise<void> {
    await this.service.service.core.drain();
    await this.#tieOut();
    const { store } = this.service.service.core;
    const report = await verify({
      store,
      url: this.service.databaseUrl,
      projections,
      recompute: postingFor,
    });
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
    await this.service.close();
  }

  async #tieOut(): Promise<void> {
    const books = await this.balances();
    const { pool } = this.service.service.core;
    const { rows: invoices } = await pool.query<{ due: string; state: FinalInvoice }>(
      `select due::text, state from read.invoices where status <> 'draft'`,
    );
    const sum = (amounts: readonly string[]) =>
      fromMicros(amounts.reduce((total, amount) => total + toMicros(amount), 0n));
    const rests = invoices.flatMap(({ state }) => state.schedules.map(unreleasedRest));
    const { rows: usage } = await pool.query<{ open: string }>(
      'select (accrued - billed_accrued)::text as open from read.usage_rating',
    );
    const { rows: waiting } = await pool.query<{ amount: string }>(
      `select p ->> 'amount' as amount from read.subscriptions, json_array_elements(state -> 'prorations') p`,
    );
    const open = [...usage.map((row) => row.open), ...waiting.map(({ amount }) => amount)];
    expect({
      '1200': books['1200'] ?? '0.00',
      '2100': books['2100'] ?? '0.00',
      '1210': books['1210'] ?? '0.00',
    }).toEqual({
      '1200': sum(invoices.map(({ due }) => due)),
      '2100': fromMicros(-toMicros(sum(rests))),
      '1210': sum(open),
    });
  }
}
