import type { DraftLine } from '../domain/invoicing/decider.ts';
import { promotionLine, usageLine } from '../domain/invoicing/lines.ts';
import { centsString, decimal } from '../domain/kernel/money.ts';
import type { Instant } from '../domain/kernel/time.ts';
import type { CommandContext } from './context.ts';
import { usePromotions } from './funds.ts';
import type { BilledMonth } from './rating.ts';

/** The usage of an invoice, one line for each meter and month, less the customer's promotional credit. */
export async function usageLines(
  context: CommandContext,
  billed: readonly BilledMonth[],
  invoice: { readonly customerId: string; readonly invoiceId: string; readonly at: Instant },
): Promise<DraftLine[]> {
  const lines = billed.flatMap((month) => month.lines.map((line) => usageLine(line, month.month)));
  const net = lines.reduce((sum, line) => sum.plus(line.amount), decimal(0));
  if (net.lte(0)) return lines;
  const used = await usePromotions(context, { ...invoice, usageNet: centsString(net) });
  return decimal(used).eq(0) ? lines : [...lines, promotionLine(used)];
}
