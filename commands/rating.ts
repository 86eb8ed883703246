import { isMeterId } from '../domain/catalogue/catalogue.ts';
import type { Month } from '../domain/kernel/time.ts';
import { proratedAllowance } from '../domain/metering/allowance.ts';
import type { BilledLine } from '../domain/metering/events.ts';
import { monthTerms } from '../domain/metering/month-terms.ts';
import { stretchesOf } from '../domain/subscriptions/stretches.ts';
import { monthOfCustomer, ratings, subscriptions } from './aggregate.ts';
import { system } from './clock.ts';
import type { CommandContext } from './context.ts';
import { naturalUuid } from './envelope.ts';
import { registeredCustomer } from './lookups.ts';

/** Accrues a month's usage to date: rated total less what is accrued, whatever came in since. */
export async function accrueUsage(context: CommandContext, customerId: string, month: Month): Promise<void> {
  const customer = await registeredCustomer(context, customerId);
  if (customer === undefined) return;
  const { countedThrough, totals } = await context.usage.monthly(customerId, month);
  if (totals.length === 0) return;
  const { state } = await context.pipeline.state(subscriptions, customerId);
  const stretches = state.status === 'none' ? [] : stretchesOf(state.segments);
  const { segments, overflow } = monthTerms(stretches, month, customer.paymentMethod);
  await context.pipeline.execute(
    ratings,
    monthOfCustomer(customerId, month),
    {
      type: 'accrueUsage',
      now: context.now(),
      customerId,
      month,
      currency: customer.currency,
      countedThrough,
      totals: totals.flatMap(({ meter, quantity }) =>
        isMeterId(meter) ? [{ meter, quantity, included: proratedAllowance(meter, month, segments) }] : [],
      ),
      overflow,
    },
    system(
      'accrueUsage',
      naturalUuid('accrueUsage', customerId, month, String(countedThrough)),
      String(countedThrough),
    ),
  );
}

/** Reserves all accrued and unbilled usage of a month for an invoice; asked again, the same lines. */
export async function billUsage(
  context: CommandContext,
  customerId: string,
  month: Month,
  invoiceId: string,
  period: Month,
): Promise<readonly BilledLine[]> {
  const commandId = naturalUuid('billUsage', customerId, month, invoiceId);
  const command = { type: 'billUsage', now: context.now(), customerId, month, invoiceId, period } as const;
  const id = monthOfCustomer(customerId, month);
  const outcome = await context.pipeline.execute(
    ratings,
    id,
    command,
    system('billUsage', commandId, invoiceId),
  );
  return outcome.kind === 'accepted' ? (outcome.state.bills.get(invoiceId) ?? []) : [];
}
