import { addMillis, DAY_MS, type Instant } from '../kernel/time.ts';
import { DUNNING_STEPS, type DunningStep } from './schemas.ts';
import type { FinalInvoice } from './state.ts';

/** Days after the due date on which each step is reached (catalogue, dunning defaults). */
const DUNNING_DAYS: Readonly<Record<DunningStep, number>> = {
  past_due: 0,
  grace: 7,
  restricted: 14,
  suspended: 21,
  cancelled: 45,
};

/** Days after the due date on which a payment is tried again. */
const RETRY_DAYS = [1, 3, 7, 14, 21] as const;

/** The next step and when it is due; undefined when all are taken or nothing is owed. */
export function nextDunning(invoice: FinalInvoice): { step: DunningStep; at: Instant } | undefined {
  if (!isOpen(invoice)) return undefined;
  const taken = invoice.dunning === null ? 0 : DUNNING_STEPS.indexOf(invoice.dunning) + 1;
  const step = DUNNING_STEPS[taken];
  return step === undefined ? undefined : { step, at: addMillis(invoice.dueAt, DUNNING_DAYS[step] * DAY_MS) };
}

/** The next attempt to collect, counted from 1; undefined when all are made or declined for good. */
export function nextRetry(invoice: FinalInvoice): { attempt: number; at: Instant } | undefined {
  if (!isOpen(invoice) || invoice.declined) return undefined;
  const days = RETRY_DAYS[invoice.requestedAttempts];
  if (days === undefined) return undefined;
  return { attempt: invoice.requestedAttempts + 1, at: addMillis(invoice.dueAt, days * DAY_MS) };
}

function isOpen({ status }: FinalInvoice): boolean {
  return status === 'finalized' || status === 'past_due';
}
