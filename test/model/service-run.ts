import { isDeepStrictEqual } from 'node:util';
import type { Core } from '../../api/service/core.ts';
import {
  issueCreditNote,
  refundPayment,
  settleRefund,
  voidInvoice,
  writeOffInvoice,
} from '../../commands/adjustments.ts';
import { advanceClock } from '../../commands/advance-clock.ts';
import { credits } from '../../commands/aggregate.ts';
import type { CommandContext, CommandResult } from '../../commands/context.ts';
import { grantCredit, refundCreditBalance, settleCreditRefund, topUpWallet } from '../../commands/credits.ts';
import { attachPaymentMethod, initializeCustomerRevenue } from '../../commands/customers.ts';
import { type Envelope, naturalUuid } from '../../commands/envelope.ts';
import { trackUsageEvents } from '../../commands/metering.ts';
import { generateMonthlyInvoice } from '../../commands/monthly-invoice.ts';
import { recordInvoicePayment } from '../../commands/payments.ts';
import {
  applyCoupon,
  cancelSubscription,
  changeSubscriptionTier,
  createSubscription,
  pauseSubscription,
  resumeSubscription,
} from '../../commands/subscriptions.ts';
import { correctUsage } from '../../commands/usage-corrections.ts';
import { generateUsageInvoice } from '../../commands/usage-invoice.ts';
import { releaseQuarantinedUsage } from '../../commands/usage-quarantine.ts';
import { setMinimumCommitment, setPriceOverride } from '../../commands/usage-terms.ts';
import { canonicalJson, sha256Hex } from '../../platform/canonical-json.ts';
import { startTestService } from '../support/service.ts';
import { amountText, cents, halfEven } from './arithmetic.ts';
import { DAY, monthAfter, monthOf, SECOND, textOf, timeOf } from './calendar.ts';
import type { Command, History } from './history.ts';
import { type Cadence, NaiveModel, payment } from './naive-model.ts';
import { readSnapshots } from './service-snapshots.ts';
import { faultsOf, type Snapshot, snapshotOf } from './snapshot.ts';

/** Where service and model first differ for a history. */
export interface Difference {
  readonly history: History;
  readonly at: string;
  readonly expected: Snapshot | string[];
  readonly actual: Snapshot | string[];
}

type Of<Do extends Command['do']> = Extract<Command, { do: Do }>;

/** Commands that answer in a way of their own, or ask what is there first. */
type Special = 'use' | 'payAll' | 'correct' | 'release' | 'refundCredit' | 'settleCreditRefund';

const CURRENCY = 'USD';

/**
 * Runs histories side by side, each as a customer of its own in one log, and compares every customer with its model
 * at every instant at which something was asked of anybody, and at the given ones.
 * @returns by history, the first difference, or undefined where there is none
 */
export async function runHistories(
  histories: readonly History[],
  checks: readonly string[],
  cadence: Cadence = 'monthly',
): Promise<(Difference | undefined)[]> {
  const steps = histories.flatMap((history) => history.map(({ at }) => at));
  const instants = [...new Set([...steps, ...checks])].sort();
  const service = await startTestService({ CLOCK: `manual:${instants[0]}`, ACCRUAL_CADENCE: cadence });
  try {
    const run = new ServiceRun(service.service.core, histories, cadence);
    for (const at of instants) await run.until(at);
    return run.differences;
  } finally {
    await service.close();
  }
}

class ServiceRun {
  readonly #core: Core;
  readonly #histories: readonly History[];
  readonly #cadence: Cadence;
  readonly #answers: string[][];
  readonly differences: (Difference | undefined)[];

  constructor(core: Core, histories: readonly History[], cadence: Cadence) {
    this.#core = core;
    this.#histories = histories;
    this.#cadence = cadence;
    this.#answers = histories.map(() => []);
    this.differences = histories.map(() => undefined);
  }

  async until(at: string): Promise<void> {
    const { clock, context, scheduler } = this.#core;
    const step = envelope('clock', ['advanceClock', at]);
    await advanceClock(context, clock, scheduler, at, step);
    await Promise.all(this.#histories.map((history, index) => this.#stepsAt(history, index, at)));
    await this.#compare(at);
  }

  async #stepsAt(history: History, index: number, at: string): Promise<void> {
    for (const [number, step] of history.entries()) {
      if (step.at !== at) continue;
      const asked = new Asked(this.#core, customerOf(index), number);
      const answer = asked.answer(step.command).catch((error: unknown) => String(error));
      this.#answers[index]?.push(await answer);
      // The reactor does again what follows, so that usage which comes right after could be accrued with it.
      await this.#core.reactor.drained(await this.#core.store.head());
    }
  }

  async #compare(at: string): Promise<void> {
    const actual = await readSnapshots(this.#core);
    for (const [index, history] of this.#histories.entries()) {
      const [first] = history;
      if (this.differences[index] !== undefined || first === undefined || first.at > at) continue;
      const model = new NaiveModel(history, timeOf(at), this.#cadence);
      const faults = faultsOf(model);
      const expected = snapshotOf(model);
      const read = actual.get(customerOf(index));
      const found = { ...(read as Snapshot), answers: [...(this.#answers[index] ?? [])] };
      if (faults.length > 0) this.differences[index] = { history, at, expected: [], actual: faults };
      else if (!isDeepStrictEqual(found, expected)) {
        this.differences[index] = { history, at, expected, actual: found };
      }
    }
  }
}

function customerOf(index: number): string {
  return `c${index}`;
}

function envelope(customerId: string, asked: unknown): Envelope {
  const commandId = naturalUuid('model', customerId, canonicalJson(asked));
  const requestHash = sha256Hex(canonicalJson(asked));
  const because = { correlationId: commandId, causationId: commandId };
  return { commandId, commandType: 'model', requestHash, actor: 'key:model', ...because };
}

/** A price as the API takes it, from a month on. */
function pricing({ price, back }: Of<'price'>, now: string) {
  const from = monthAfter(monthOf(timeOf(now)), -back);
  if (price === null) return { price, from };
  if (price.per === 'package') {
    return { price: { kind: 'package', size: String(price.size), price: price.price }, from } as const;
  }
  const tiers = price.steps.map(([upTo, unitPrice]) => ({
    upTo: Number.isFinite(upTo) ? String(upTo) : null,
    unitPrice,
  }));
  return { price: { kind: price.per === 'each' ? 'graduated' : 'volume', tiers }, from } as const;
}

interface InvoiceRef {
  readonly invoiceId: string;
  readonly status: string;
  readonly subtotal: bigint;
  readonly total: bigint;
  readonly due: bigint;
}

/** One command, asked of the service. */
class Asked {
  readonly #core: Core;
  readonly #context: CommandContext;
  readonly #customerId: string;
  readonly #number: number;

  constructor(core: Core, customerId: string, number: number) {
    this.#core = core;
    this.#context = core.context;
    this.#customerId = customerId;
    this.#number = number;
  }

  async answer(command: Command): Promise<string> {
    if (command.do === 'use') return this.#use(command);
    if (command.do === 'payAll') return this.#payAll(command.method);
    if (command.do === 'correct') return this.#correct(command);
    if (command.do === 'release') return this.#release(command.id);
    if (command.do === 'refundCredit') return this.#refundCredit(command.percent);
    if (command.do === 'settleCreditRefund') return this.#settleCreditRefund(command.outcome);
    const result = await this.#run(command);
    if (result === undefined) return 'none';
    return 'refused' in result ? result.code : 'ok';
  }

  get #envelope(): Envelope {
    return envelope(this.#customerId, this.#number);
  }

  #run(command: Exclude<Command, Of<Special>>): Promise<CommandResult<unknown> | undefined> {
    const context = this.#context;
    const customerId = this.#customerId;
    const step = this.#envelope;
    switch (command.do) {
      case 'signUp': {
        const { do: _do, cycle, ...signUp } = command;
        const person = { name: null, email: null, currency: CURRENCY, billingCycle: cycle } as const;
        return initializeCustomerRevenue(context, { customerId, ...person, ...signUp }, step);
      }
      case 'subscribe': {
        const { tier, cycle, trialDays, contract = null } = command;
        return createSubscription(
          context,
          { customerId, tier, billingCycle: cycle, trialDays, contract },
          step,
        );
      }
      case 'attach':
        return attachPaymentMethod(context, customerId, step);
      case 'change': {
        const { tier: newTier, cycle: billingCycle, at: effectiveAt, prorate, contract = null } = command;
        return changeSubscriptionTier(
          context,
          { customerId, newTier, billingCycle, contract, effectiveAt, prorate },
          step,
        );
      }
      case 'price':
        return setPriceOverride(
          context,
          { customerId, eventType: command.meter, ...pricing(command, context.now()) },
          step,
        );
      case 'commit': {
        const from = monthAfter(monthOf(timeOf(context.now())), -command.back);
        const amount = command.amount === null ? null : { amount: command.amount, currency: CURRENCY };
        return setMinimumCommitment(context, { customerId, amount, from }, step);
      }
      case 'topUp':
      case 'grant': {
        const { amount, priority, days, method } = command;
        const expiresAt = days === null ? null : textOf(timeOf(context.now()) + days * DAY);
        const held = { customerId, amount, currency: CURRENCY, priority, expiresAt };
        return command.do === 'topUp'
          ? topUpWallet(context, { ...held, method }, step)
          : grantCredit(context, { ...held, reason: 'welcome' }, step);
      }
      case 'coupon': {
        const { id: couponId, percentOff, months } = command;
        return applyCoupon(context, { customerId, couponId, percentOff, months }, step);
      }
      case 'pause':
        return pauseSubscription(context, customerId, step);
      case 'resume':
        return resumeSubscription(context, customerId, step);
      case 'cancel': {
        const { at, refund } = command;
        return cancelSubscription(context, { customerId, at, refund, reason: '' }, step);
      }
      case 'invoice': {
        const period = monthAfter(monthOf(timeOf(context.now())), -command.back);
        return generateMonthlyInvoice(context, customerId, period, step);
      }
      case 'usageInvoice': {
        const period = monthAfter(monthOf(timeOf(context.now())), -command.back);
        return generateUsageInvoice(context, customerId, period, step);
      }
      default:
        return this.#onInvoice(command);
    }
  }

  async #use({ id, meter, quantity, ago, key }: Of<'use'>): Promise<string> {
    const now = timeOf(this.#context.now());
    const metadata = meter === 'profile.enriched' ? { profileId: key, provider: 'p' } : {};
    const fact = { customerId: this.#customerId, eventType: meter, eventId: id, quantity, metadata };
    const occurredAt = ago === null ? {} : { occurredAt: textOf(now - ago * SECOND) };
    const [result] = await trackUsageEvents(this.#context, [{ ...fact, ...occurredAt }], this.#envelope);
    if (result === undefined) throw new Error('a fact without its result');
    return result.status === 'refused' ? result.refusal.code : result.status;
  }

  async #correct({ meter, quantity, ago }: Of<'correct'>): Promise<string> {
    const occurredAt = textOf(timeOf(this.#context.now()) - ago * DAY);
    const correction = {
      customerId: this.#customerId,
      eventType: meter,
      quantity,
      reason: 'wrong',
      occurredAt,
    };
    const result = await correctUsage(this.#context, correction, this.#envelope);
    return 'refused' in result ? result.code : 'ok';
  }

  async #release(id: string): Promise<string> {
    const results = await releaseQuarantinedUsage(this.#context, this.#customerId, [id], this.#envelope);
    if ('refused' in results) return results.code;
    const [result] = results;
    if (result === undefined) throw new Error('a release without its result');
    return result.status === 'refused' ? result.refusal.code : result.status;
  }

  async #refundCredit(percent: number): Promise<string> {
    const { state } = await this.#context.pipeline.state(credits, this.#customerId, 'fresh');
    const amount = amountText(halfEven(cents(state.credit) * BigInt(percent), 100n));
    const asked = { customerId: this.#customerId, amount, currency: CURRENCY };
    const result = await refundCreditBalance(this.#context, asked, this.#envelope);
    return 'refused' in result ? result.code : 'ok';
  }

  async #settleCreditRefund(outcome: 'settled' | 'failed'): Promise<string> {
    const { state } = await this.#context.pipeline.state(credits, this.#customerId, 'fresh');
    const refundId = state.refunds.at(-1)?.refundId ?? 'crf_none';
    const result = await settleCreditRefund(
      this.#context,
      this.#customerId,
      refundId,
      outcome,
      this.#envelope,
    );
    return 'refused' in result ? result.code : 'ok';
  }

  async #payAll(method: Of<'payAll'>['method']): Promise<string> {
    const open = (await this.#invoices()).filter(
      ({ status }) => status === 'finalized' || status === 'past_due',
    );
    for (const { invoiceId, due } of open) {
      const payment = { invoiceId, amount: amountText(due), currency: CURRENCY, method };
      const step = envelope(this.#customerId, [this.#number, invoiceId]);
      const result = await recordInvoicePayment(this.#context, payment, step);
      if ('refused' in result) return result.code;
    }
    return 'ok';
  }

  async #onInvoice(
    command: Of<'pay' | 'credit' | 'refund' | 'settleRefund' | 'void' | 'writeOff'>,
  ): Promise<CommandResult<unknown> | undefined> {
    const invoice = await this.#picked(command.pick);
    if (invoice === undefined) return undefined;
    const { invoiceId, total, subtotal, due } = invoice;
    const context = this.#context;
    const step = this.#envelope;
    const money = (amount: bigint) => ({ invoiceId, amount: amountText(amount), currency: CURRENCY });
    const percentOf = (amount: bigint, percent: number) => halfEven(amount * BigInt(percent), 100n);
    switch (command.do) {
      case 'pay': {
        const paid = money(payment(command.how, due));
        return recordInvoicePayment(context, { ...paid, method: command.method }, step);
      }
      case 'credit':
        return issueCreditNote(context, { ...money(percentOf(total, command.percent)), reason: '' }, step);
      case 'refund': {
        const { percent, undelivered, method } = command;
        const share = halfEven(subtotal * BigInt(percent * undelivered), 10_000n);
        const refund = { ...money(percentOf(total, percent)), undelivered: amountText(share) };
        return refundPayment(context, { ...refund, method, reason: '' }, step);
      }
      case 'settleRefund': {
        const refundId = await this.#lastRefund(invoiceId);
        const { outcome } = command;
        return settleRefund(context, { invoiceId, refundId, outcome, reason: '' }, step);
      }
      case 'void':
        return voidInvoice(context, { invoiceId, reason: '' }, step);
      case 'writeOff':
        return writeOffInvoice(context, { invoiceId, reason: '' }, step);
    }
  }

  /** Reads what is written so far. */
  async #rows<Row extends object>(query: string, value: string): Promise<Row[]> {
    await this.#core.waitFor(['billing'], await this.#core.store.head(), 60_000);
    const { rows } = await this.#core.pool.query<Row>(query, [value]);
    return rows;
  }

  async #picked(pick: number): Promise<InvoiceRef | undefined> {
    const invoices = await this.#invoices();
    return invoices[pick % Math.max(1, invoices.length)];
  }

  async #invoices(): Promise<InvoiceRef[]> {
    type Row = Record<'invoice_id' | 'status' | 'subtotal' | 'total' | 'due', string>;
    const rows = await this.#rows<Row>(
      `select invoice_id, status, subtotal::text, total::text, due::text from read.invoices
       where customer_id = $1 and number is not null order by number`,
      this.#customerId,
    );
    return rows.map(({ invoice_id: invoiceId, status, ...row }) => {
      const amounts = { subtotal: cents(row.subtotal), total: cents(row.total), due: cents(row.due) };
      return { invoiceId, status, ...amounts };
    });
  }

  async #lastRefund(invoiceId: string): Promise<string> {
    const rows = await this.#rows<{ refund_id: string }>(
      'select refund_id from read.refunds where invoice_id = $1 order by created_at desc, position desc limit 1',
      invoiceId,
    );
    return rows[0]?.refund_id ?? 'ref_none';
  }
}
