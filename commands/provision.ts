import type { InvoiceEvent } from '../domain/invoicing/events.ts';
import { BOOK_CURRENCY } from '../domain/kernel/money.ts';
import { type Month, monthEnd, monthOf } from '../domain/kernel/time.ts';
import { type OpenReceivable, receivableAt } from '../domain/provision/decider.ts';
import { invoices, provisions } from './aggregate.ts';
import { system } from './clock.ts';
import type { CommandContext } from './context.ts';
import { naturalUuid } from './envelope.ts';
import { inParallel } from './lanes.ts';
import { recordedFrom } from './pipeline.ts';

/** The books at the end of a month: what takes effect in it or before, up to one log position. */
export interface ProvisionReading {
  /** Log position up to which both were read; what was recorded after it is left out. */
  readonly knownThrough: number;
  /** Ids of invoices on which something was owed. */
  readonly openInvoices: readonly string[];
  /** Allowance for receivables on its normal side, in cents; negative where write-offs exceeded it. */
  readonly allowance: string;
}

/** What the read models know of receivables. */
export interface ProvisionReadings {
  /** Waits until all that was in the log at the call is in it. Throws StoreUnavailableError if that takes too long. */
  atEndOf(month: Month, currency: string): Promise<ProvisionReading>;
}

/**
 * Posts the ageing provision of a month that has ended, once (DUN-2). Receivables and allowance are those of the
 * end of that month, however much later it is posted: after an outage, or because provisions were switched on late.
 */
export async function postProvision(
  context: CommandContext,
  readings: ProvisionReadings,
  month: Month,
): Promise<void> {
  if (monthOf(context.now()) <= month) return;
  const reading = await readings.atEndOf(month, BOOK_CURRENCY);
  const receivables = await receivablesAtEndOf(context, month, reading);
  const existing = reading.allowance;
  const command = { type: 'postProvision', month, currency: BOOK_CURRENCY, receivables, existing } as const;
  const step = system('postProvision', naturalUuid('postProvision', month), month);
  await context.pipeline.execute(provisions, month, command, step);
}

/** What the streams of open invoices say, as far as they were known and in effect. */
async function receivablesAtEndOf(
  { store }: CommandContext,
  month: Month,
  { openInvoices, knownThrough }: ProvisionReading,
): Promise<OpenReceivable[]> {
  const end = monthEnd(month);
  const receivables: OpenReceivable[] = [];
  await inParallel(openInvoices, async (invoiceId) => {
    const stream = await store.readStream(invoices.stream(invoiceId));
    const known = stream.filter(({ position }) => position <= knownThrough).map(recordedFrom);
    const receivable = receivableAt(known as InvoiceEvent[], end);
    if (receivable !== undefined) receivables.push(receivable);
  });
  return receivables;
}
