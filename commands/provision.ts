import { BOOK_CURRENCY } from '../domain/kernel/money.ts';
import { type Month, monthOf } from '../domain/kernel/time.ts';
import type { OpenReceivable } from '../domain/provision/decider.ts';
import { provisions } from './aggregate.ts';
import { system } from './clock.ts';
import type { CommandContext } from './context.ts';
import { naturalUuid } from './envelope.ts';

/** What the read models know of receivables, all from the same log position. */
export interface ProvisionReadings {
  /** Open receivables for delivered service, net of tax. */
  openReceivables(): Promise<readonly OpenReceivable[]>;
  /** Credit balance of account 1205, in cents. */
  allowance(): Promise<string>;
}

/** Posts the ageing provision of a month that has ended, once (DUN-2). */
export async function postProvision(
  context: CommandContext,
  readings: ProvisionReadings,
  month: Month,
): Promise<void> {
  if (monthOf(context.now()) <= month) return;
  const [receivables, existing] = [await readings.openReceivables(), await readings.allowance()];
  const command = { type: 'postProvision', month, currency: BOOK_CURRENCY, receivables, existing } as const;
  const step = system('postProvision', naturalUuid('postProvision', month), month);
  await context.pipeline.execute(provisions, month, command, step);
}
