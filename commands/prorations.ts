import type { DraftLine } from '../domain/invoicing/decider.ts';
import { prorationLine } from '../domain/invoicing/lines.ts';
import { type Month, monthEnd } from '../domain/kernel/time.ts';
import { subscriptions } from './aggregate.ts';
import { system } from './clock.ts';
import type { CommandContext } from './context.ts';
import { naturalUuid } from './envelope.ts';

/** Takes deferred prorations onto an invoice, of a month those made in it or before; asked again, the same lines. */
export async function prorationLines(
  context: CommandContext,
  customerId: string,
  invoiceId: string,
  period: Month | null,
): Promise<DraftLine[]> {
  const { state } = await context.pipeline.state(subscriptions, customerId);
  if (state.status === 'none') return [];
  const before = period === null ? null : monthEnd(period);
  const command = { type: 'billProrations', now: context.now(), invoiceId, period, before } as const;
  const step = system('billProrations', naturalUuid('billProrations', customerId, invoiceId), invoiceId);
  const outcome = await context.pipeline.execute(subscriptions, customerId, command, step);
  const events = outcome.kind === 'accepted' ? outcome.events : [];
  return events.flatMap((event) =>
    event.type === 'subscription.prorations_billed' ? event.data.prorations.map(prorationLine) : [],
  );
}
