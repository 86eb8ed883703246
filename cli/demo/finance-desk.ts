import type { Core } from '../../api/service/core.ts';
import { recordFinanceInput } from '../../commands/finance.ts';
import type { FinanceInputKind } from '../../domain/finance/events.ts';
import { BOOK_CURRENCY } from '../../domain/kernel/money.ts';
import type { Month } from '../../domain/kernel/time.ts';
import { random } from './random.ts';
import { SEED } from './seed.ts';
import { say } from './teller.ts';

/** What the finance team knows of a month that a ledger of revenue cannot, once the month is over. */
export async function closeMonth(core: Core, month: Month, customers: number): Promise<void> {
  for (const [kind, amount] of Object.entries(inputsOf(month, customers))) {
    const currency = kind === 'gross-margin' ? null : BOOK_CURRENCY;
    const input = { month, kind: kind as FinanceInputKind, amount, currency, note: '' };
    await say(core, {
      commandType: 'recordFinanceInput',
      name: [month, kind],
      input,
      run: (context, envelope) => recordFinanceInput(context, input, envelope),
    });
  }
}

/** @param customers who have signed up so far */
function inputsOf(month: Month, customers: number): Readonly<Record<FinanceInputKind, string>> {
  const dice = random(SEED, 'finance', month);
  const about = (amount: number) => `${Math.round(amount * (0.9 + 0.2 * dice.next()))}.00`;
  return {
    'sales-and-marketing': about(4_000 + 90 * customers),
    'cost-of-revenue': about(2_000 + 75 * customers),
    'operating-expense': about(15_000 + 120 * customers),
    'cash-balance': about(900_000 + 1_500 * customers),
    'gross-margin': String(78 + dice.between(0, 8)),
  };
}
