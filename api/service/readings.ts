import type pg from 'pg';
import type { UsageReadings } from '../../commands/context.ts';
import type { ProvisionReadings } from '../../commands/provision.ts';
import type { Due, DueKind, DueReadings } from '../../commands/scheduler.ts';
import type { AlertReadings } from '../../commands/usage-alerts.ts';
import { addMillis, type Month, monthEnd } from '../../domain/kernel/time.ts';
import type { MeterQuantity } from '../../domain/metering/rating-decider.ts';
import { StoreUnavailableError } from '../../eventstore/errors.ts';
import type { EventStore } from '../../eventstore/port.ts';
import { ALLOWANCE } from '../../ledger/posting/provision.ts';
import { BillingDue } from '../../projections/billing/due.ts';
import { BillingReads } from '../../projections/billing/reads.ts';
import { CreditReads } from '../../projections/credits/reads.ts';
import type { DueQuery } from '../../projections/due.ts';
import { JournalReads } from '../../projections/journal/reads.ts';
import { ReceivableReads } from '../../projections/revenue/receivables.ts';
import { type MeterTotal, UsageReads } from '../../projections/usage/reads.ts';

const COUNTED_WITHIN_MS = 30_000;
const LOOK_AGAIN_MS = 1_000;
const PAGE = 10_000;

/** The metering read model as commands need it. */
export function usageReadings(
  store: EventStore,
  pool: pg.Pool,
  waitFor: (projections: readonly string[], position: number, timeoutMs: number) => Promise<boolean>,
): UsageReadings {
  const usage = new UsageReads(pool);
  /** Another version of the read model, or a database after a crash, may take its place after the wait. */
  const fresh = async <T>(read: () => Promise<T>, reached: (answer: T) => number): Promise<T> => {
    const head = await store.head();
    if (!(await waitFor(['usage'], head, COUNTED_WITHIN_MS))) throw behind('usage');
    const answer = await read();
    if (reached(answer) < head) throw behind('usage');
    return answer;
  };
  return {
    async monthly(customerId, from, to) {
      const { countedThrough, totals } = await fresh(
        () => usage.monthlyTotals(customerId, from, to),
        (answer) => answer.countedThrough,
      );
      return { countedThrough, months: quantitiesByMonth(totals) };
    },
    async toBill(customerId, invoice) {
      const { countedThrough, months, totals } = await fresh(
        () => usage.totalsToBill(customerId, invoice),
        (answer) => answer.countedThrough,
      );
      const counted = quantitiesByMonth(totals);
      return { countedThrough, months: new Map(months.map((month) => [month, counted.get(month) ?? []])) };
    },
    async known(customerId, eventKeys) {
      const { facts } = await fresh(
        () => usage.quarantine.find(customerId, eventKeys),
        ({ knownThrough }) => knownThrough,
      );
      return facts.map(({ status, ...fact }) => ({ ...fact, quarantined: status === 'quarantined' }));
    },
  };
}

function quantitiesByMonth(totals: readonly MeterTotal[]): Map<Month, MeterQuantity[]> {
  const byMonth = Map.groupBy(totals, ({ month }) => month);
  return new Map(
    [...byMonth].map(([month, rows]) => [
      month,
      rows.map(({ meter, ratedQuantity: quantity }) => ({ meter, quantity })),
    ]),
  );
}

function behind(readModel: string): StoreUnavailableError {
  return new StoreUnavailableError(`the ${readModel} read model is behind the log; retry with the same key`);
}

/** What alerts are decided on. */
export function alertReadings(
  pool: pg.Pool,
  waitFor: (projections: readonly string[], position: number, timeoutMs: number) => Promise<boolean>,
): AlertReadings {
  const { alerts } = new UsageReads(pool);
  return {
    counted: (position) => waitFor(['usage'], position, LOOK_AGAIN_MS),
    figures: (months) => alerts.figures(months),
  };
}

/** What the read models know to be due, as the scheduler asks for it. */
export function dueReadings(pool: pg.Pool): DueReadings {
  const due = new BillingDue(pool);
  const billing = new BillingReads(pool);
  const usage = new UsageReads(pool);
  const credits = new CreditReads(pool);
  const kinds: Readonly<Record<DueKind, (query: DueQuery) => Promise<readonly Due[]>>> = {
    'credit-expiry': (query) => credits.expiries(query),
    cancellation: (query) => due.dueCancellations(query),
    'scheduled-change': (query) => due.dueScheduledChanges(query),
    'trial-end': (query) => due.dueTrials(query),
    renewal: (query) => due.dueRenewals(query),
    dunning: (query) => due.dueDunning(query),
    'payment-retry': (query) => due.dueRetries(query),
  };
  return {
    firstMonth: () => billing.firstMonth(),
    due: (kind, until, after, limit) => kinds[kind]({ until, after, limit }),
    invoicesToRelease: (through, after, limit) => due.invoicesToRelease({ through, after, limit }),
    async customersToAccrue(month) {
      const customers = [
        ...(await usage.customersWithUsage(month)),
        ...(await usage.customersWithCommitment(month)),
        ...(await usage.customersWithUnbilledUsage({ upTo: month })),
      ];
      return [...new Set(customers)].sort();
    },
  };
}

/** Who is to be invoiced for a month that has ended: a plan to renew, or usage that is not billed. */
export function customersToInvoice(pool: pg.Pool): (period: Month) => Promise<readonly string[]> {
  const due = new BillingDue(pool);
  const usage = new UsageReads(pool);
  return async (period) => {
    const withUsage = await usage.customersWithUnbilledUsage({ upTo: period });
    const withCharge: string[] = [];
    for (let after: string | undefined; ; after = withCharge.at(-1)) {
      const page = await due.customersToInvoice({ period, limit: PAGE, after });
      withCharge.push(...page);
      if (page.length < PAGE) break;
    }
    return [...new Set([...withCharge, ...withUsage])].sort();
  };
}

/** Receivables and the allowance for them: both as posted by the end of the month, up to the log's head of the call. */
export function provisionReadings(
  store: EventStore,
  pool: pg.Pool,
  waitFor: (projections: readonly string[], position: number, timeoutMs: number) => Promise<boolean>,
): ProvisionReadings {
  const receivables = new ReceivableReads(pool);
  const journal = new JournalReads(pool);
  return {
    async atEndOf(month, currency) {
      const knownThrough = await store.head();
      const known = (timeoutMs: number) => waitFor(['revenue', 'journal'], knownThrough, timeoutMs);
      if (!(await known(COUNTED_WITHIN_MS))) throw behind('revenue or journal');
      const asOf = addMillis(monthEnd(month), -1);
      const open = await receivables.open(asOf, { knownThrough });
      const allowance = await journal.normalBalance(ALLOWANCE, { currency, asOf, knownAt: knownThrough });
      // Another version of a read model, or a database after a crash, may have taken its place after the wait.
      if (!(await known(0))) throw behind('revenue or journal');
      const openInvoices = open.map(({ invoiceId }) => invoiceId).filter((invoiceId) => invoiceId !== '');
      return { knownThrough, openInvoices, allowance };
    },
  };
}
