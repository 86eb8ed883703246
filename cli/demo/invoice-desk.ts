import type { Core } from '../../api/service/core.ts';
import {
  issueCreditNote,
  recordPaymentFailure,
  refundPayment,
  settleRefund,
  voidInvoice,
} from '../../commands/adjustments.ts';
import { invoices } from '../../commands/aggregate.ts';
import { mintId } from '../../commands/envelope.ts';
import { recordInvoicePayment } from '../../commands/payments.ts';
import type { PaymentMethod } from '../../domain/invoicing/decider.ts';
import { amountDue, type FinalInvoice, isFinal } from '../../domain/invoicing/state.ts';
import { centsString, decimal, toCents } from '../../domain/kernel/money.ts';
import type { Instant } from '../../domain/kernel/time.ts';
import { BillingReads } from '../../projections/billing/reads.ts';
import type { InvoiceView } from '../../projections/billing/views.ts';
import type { Customer } from './company.ts';
import { type InvoiceAct, type InvoiceStep, stepsOf } from './payers.ts';
import { commandIdOf, inParallel, say } from './teller.ts';

const ALL = 1_000_000;
const HUNDRED = 100;

interface Planned {
  readonly invoiceId: string;
  readonly customerId: string;
  steps: readonly InvoiceStep[];
}

/** Where invoices are paid, or not, credited, refunded and taken back, each as its payer is. */
export class InvoiceDesk {
  readonly #core: Core;
  readonly #reads: BillingReads;
  readonly #payers: ReadonlyMap<string, Customer>;
  #planned: Planned[] = [];
  #seenThrough = 0;

  constructor(core: Core, cast: readonly Customer[]) {
    this.#core = core;
    this.#reads = new BillingReads(core.pool);
    this.#payers = new Map(cast.map((customer) => [customer.customerId, customer]));
  }

  /** Does what has become due after the working day before, and pays what was to be paid before and could not be. */
  async work(now: Instant, dayBefore: Instant): Promise<void> {
    await this.#takeUpNew(dayBefore);
    const due = this.#planned.filter(({ steps }) => steps.some(({ at }) => at <= now));
    const byCustomer = Map.groupBy(due, ({ customerId }) => customerId);
    await inParallel(byCustomer.values(), async (ofOne) => {
      for (const planned of ofOne) await this.#advance(planned, now);
    });
    this.#planned = this.#planned.filter(({ steps }) => steps.length > 0);
  }

  async #takeUpNew(dayBefore: Instant): Promise<void> {
    const page = await this.#reads.listInvoices({ limit: ALL, endingBefore: this.#seenThrough });
    for (const invoice of page.invoices.toReversed()) {
      this.#seenThrough = Math.max(this.#seenThrough, invoice.openedPosition);
      const steps = this.#stepsLeft(invoice, dayBefore);
      const { invoiceId, customerId } = invoice;
      if (steps.length > 0) this.#planned.push({ invoiceId, customerId, steps });
    }
  }

  /** After an interruption: what was to happen before is done, but for payments that could not be made. */
  #stepsLeft(invoice: InvoiceView, dayBefore: Instant): readonly InvoiceStep[] {
    const customer = this.#payers.get(invoice.customerId);
    if (customer === undefined) return [];
    const isOpen = invoice.status !== 'paid' && invoice.status !== 'void';
    return stepsOf(invoice, customer.payer).filter(
      ({ at, act }) => at > dayBefore || (act.kind === 'pay' && isOpen),
    );
  }

  async #advance(planned: Planned, now: Instant): Promise<void> {
    const { invoiceId } = planned;
    for (const [index, step] of planned.steps.entries()) {
      if (step.at > now) {
        planned.steps = planned.steps.slice(index);
        return;
      }
      const { state } = await this.#core.context.pipeline.state(invoices, invoiceId);
      // The monthly invoice of a suspended customer waits, and is paid once there is one.
      if (!isFinal(state) && step.act.kind === 'pay') {
        planned.steps = planned.steps.slice(index);
        return;
      }
      await perform(this.#core, invoiceId, step);
    }
    planned.steps = [];
  }
}

async function perform(core: Core, invoiceId: string, { name, act }: InvoiceStep): Promise<void> {
  const commandType = COMMANDS[act.kind];
  const { state, commands } = await core.context.pipeline.state(invoices, invoiceId, 'fresh');
  // Amounts are of the invoice as it is now; what is in its stream already had those of its own time.
  if (!isFinal(state) || commands.has(commandIdOf(commandType, [invoiceId, name]))) return;
  await actOn(core, state, name, act);
}

const COMMANDS: Readonly<Record<InvoiceAct['kind'], string>> = {
  pay: 'recordInvoicePayment',
  recover: 'recordInvoicePayment',
  fail: 'recordPaymentFailure',
  void: 'voidInvoice',
  credit: 'issueCreditNote',
  refund: 'refundPayment',
  settleRefund: 'settleRefund',
};

async function actOn(core: Core, invoice: FinalInvoice, name: string, act: InvoiceAct): Promise<void> {
  switch (act.kind) {
    case 'pay':
      return pay(core, invoice, name, act);
    case 'recover':
      return recover(core, invoice, name, act);
    case 'fail':
      return fail(core, invoice, name, act);
    case 'void':
      return takeBack(core, invoice, name);
    case 'credit':
      return credit(core, invoice, name, act.share);
    case 'refund':
      return refund(core, invoice, name, act);
    case 'settleRefund':
      return settle(core, invoice, name, act.outcome);
  }
}

type ActOf<Kind extends InvoiceAct['kind']> = Extract<InvoiceAct, { kind: Kind }>;

async function pay(core: Core, invoice: FinalInvoice, name: string, act: ActOf<'pay'>): Promise<void> {
  const due = decimal(amountDue(invoice));
  if (due.lte(0)) return;
  const part = shareOf(due, act.share).plus(act.extra);
  await receive(core, invoice, name, part.lte(0) ? centsString(due) : centsString(part), act.method);
}

async function recover(
  core: Core,
  invoice: FinalInvoice,
  name: string,
  { share, method }: ActOf<'recover'>,
): Promise<void> {
  const amount = shareOf(decimal(invoice.writtenOff).minus(invoice.recovered), share);
  if (invoice.status !== 'uncollectible' || amount.lte(0)) return;
  await receive(core, invoice, name, centsString(amount), method);
}

async function receive(
  core: Core,
  { invoiceId, currency }: FinalInvoice,
  name: string,
  amount: string,
  method: PaymentMethod,
): Promise<void> {
  const input = { invoiceId, amount, currency, method };
  await say(core, {
    commandType: 'recordInvoicePayment',
    name: [invoiceId, name],
    input,
    run: (context, envelope) => recordInvoicePayment(context, input, envelope),
  });
}

async function fail(
  core: Core,
  { invoiceId }: FinalInvoice,
  name: string,
  { reason, hard }: ActOf<'fail'>,
): Promise<void> {
  const input = { invoiceId, reason, hard };
  await say(core, {
    commandType: 'recordPaymentFailure',
    name: [invoiceId, name],
    input,
    run: (context, envelope) => recordPaymentFailure(context, input, envelope),
    mayBe: ['invoice-already-paid'],
  });
}

async function takeBack(core: Core, { invoiceId }: FinalInvoice, name: string): Promise<void> {
  const input = { invoiceId, reason: 'billed to the wrong company' };
  await say(core, {
    commandType: 'voidInvoice',
    name: [invoiceId, name],
    input,
    run: (context, envelope) => voidInvoice(context, input, envelope),
    mayBe: ['invoice-not-voidable'],
  });
}

async function credit(core: Core, invoice: FinalInvoice, name: string, share: number): Promise<void> {
  const amount = shareOf(decimal(invoice.total), share);
  if (amount.lte(0)) return;
  const { invoiceId, currency } = invoice;
  const input = { invoiceId, amount: centsString(amount), currency, reason: 'outage of the e-mail channel' };
  await say(core, {
    commandType: 'issueCreditNote',
    name: [invoiceId, name],
    input,
    run: (context, envelope) => issueCreditNote(context, input, envelope),
    mayBe: ['credit-exceeds-invoice', 'invoice-void'],
  });
}

async function refund(
  core: Core,
  invoice: FinalInvoice,
  name: string,
  { share, method }: ActOf<'refund'>,
): Promise<void> {
  const amount = shareOf(decimal(invoice.refundable), share);
  if (amount.lte(0)) return;
  const { invoiceId, currency } = invoice;
  const input = {
    invoiceId,
    amount: centsString(amount),
    undelivered: '0.00',
    currency,
    method,
    reason: 'charged for a user who had left',
  };
  await say(core, {
    commandType: 'refundPayment',
    name: [invoiceId, name],
    input,
    run: (context, envelope) => refundPayment(context, input, envelope),
    mayBe: ['refund-exceeds-paid'],
  });
}

/** Of the refund that was asked for; there is none where nothing was paid. */
async function settle(
  core: Core,
  { invoiceId }: FinalInvoice,
  name: string,
  outcome: 'settled' | 'failed',
): Promise<void> {
  const refundId = mintId('ref', commandIdOf('refundPayment', [invoiceId, 'refund']));
  await settleOne(core, invoiceId, refundId, name, outcome);
}

export async function settleOne(
  core: Core,
  invoiceId: string,
  refundId: string,
  name: string | number,
  outcome: 'settled' | 'failed',
): Promise<void> {
  const reason = outcome === 'failed' ? 'the account was closed' : '';
  const input = { invoiceId, refundId, outcome, reason };
  await say(core, {
    commandType: 'settleRefund',
    name: [invoiceId, name],
    input,
    run: (context, envelope) => settleRefund(context, input, envelope),
    mayBe: ['refund-not-found', 'refund-settled'],
  });
}

function shareOf(amount: ReturnType<typeof decimal>, percent: number) {
  return toCents(amount.times(percent).div(HUNDRED));
}
