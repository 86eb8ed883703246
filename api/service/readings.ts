import type pg from 'pg';
import type { UsageReadings } from '../../commands/context.ts';
import { MONTHS_BACK } from '../../commands/monthly-invoice.ts';
import type { Due, DueKind, DueReadings } from '../../commands/scheduler.ts';
import { addMonths, type Month } from '../../domain/kernel/time.ts';
import { StoreUnavailableError } from '../../eventstore/errors.ts';
import type { EventStore } from '../../eventstore/port.ts';
import { BillingDue, type DueQuery } from '../../projections/billing/due.ts';
import { BillingReads } from '../../projections/billing/reads.ts';
import { CreditReads } from '../../projections/credits/reads.ts';
import { type MeterTotal, UsageReads } from '../../projections/usage/reads.ts';

const COUNTED_WITHIN_MS = 30_000;
const PAGE = 10_000;

/** The metering read model as commands need it. */
export function usageReadings(
  store: EventStore,
  pool: pg.Pool,
  waitFor: (projections: readonly string[], position: number, timeoutMs: number) => Promise<boolean>,
): UsageReadings {
  const usage = new UsageReads(pool);
  return {
    async monthly(customerId, from, to) {
      const head = await store.head();
      if (!(await waitFor(['usage'], head, COUNTED_WITHIN_MS))) throw behind();
      const { countedThrough, totals } = await usage.monthlyTotals(customerId, from, to);
      // Another version of the read model, or a database after a crash, may have taken its place in between.
      if (countedThrough < head) throw behind();
      const asQuantity = ({ meter, ratedQuantity }: MeterTotal) => ({ meter, quantity: ratedQuantity });
      const byMonth = [...Map.groupBy(totals, ({ month }) => month)];
      return {
        countedThrough,
        months: new Map(byMonth.map(([month, rows]) => [month, rows.map(asQuantity)])),
      };
    },
  };
}

function behind(): StoreUnavailableError {
  return new StoreUnavailableError('the usage read model is behind the log; retry with the same key');
}

/** What the read models know to be due, as the scheduler asks for it. */
export function dueReadings(pool: pg.Pool): DueReadings {
  const due = new BillingDue(pool);
  const billing = new BillingReads(pool);
  const usage = new UsageReads(pool);
  const credits = new CreditReads(pool);
  const kinds: Readonly<Record<DueKind, (query: DueQuery) => Promise<readonly Due[]>>> = {
    'credit-expiry': ({ until }) => credits.expiries(until, PAGE),
    cancellation: (query) => due.dueCancellations(query),
    'scheduled-change': (query) => due.dueScheduledChanges(query),
    'trial-end': (query) => due.dueTrials(query),
    renewal: (query) => due.dueRenewals(query),
    dunning: (query) => due.dueDunning(query),
    'payment-retry': (query) => due.dueRetries(query),
  };
  return {
    firstMonth: () => billing.firstMonth(),
    due: (kind, until) => kinds[kind]({ until, limit: PAGE }),
    invoicesToRelease: (through, after, limit) => due.invoicesToRelease({ through, after, limit }),
    customersWithUsage: (month) => usage.customersWithUsage(month),
  };
}

/** Who is to be invoiced for a month that has ended: a plan to renew, or usage that is not billed. */
export function customersToInvoice(pool: pg.Pool): (period: Month) => Promise<readonly string[]> {
  const due = new BillingDue(pool);
  const usage = new UsageReads(pool);
  return async (period) => {
    const withUsage = await usage.customersWithUnbilledUsage({
      from: addMonths(period, -MONTHS_BACK),
      upTo: period,
    });
    const withCharge: string[] = [];
    for (let after: string | undefined; ; after = withCharge.at(-1)) {
      const page = await due.customersToInvoice({ period, limit: PAGE, after });
      withCharge.push(...page);
      if (page.length < PAGE) break;
    }
    return [...new Set([...withCharge, ...withUsage])].sort();
  };
}
