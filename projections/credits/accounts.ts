import { sumOf } from '../../domain/credits/burning.ts';
import type { creditEvents } from '../../domain/credits/events.ts';
import { type CreditsState, evolveCredits, noCredits } from '../../domain/credits/state.ts';
import { centsString, decimal } from '../../domain/kernel/money.ts';
import type { Recorded } from '../recorded.ts';
import type { RowFold } from '../runtime/rows.ts';
import type { CreditAccountRow } from './tables.ts';

export type CreditRecord = Recorded<keyof typeof creditEvents>;
type AppliedRecord = Recorded<'invoice.funds_applied'>;

/** @param onEvolved is told of every event of the aggregate, with the row after it */
export function accountFold(
  onEvolved: (event: CreditRecord, row: CreditAccountRow) => void,
): RowFold<CreditRecord | AppliedRecord, CreditAccountRow> {
  return {
    table: 'credit_accounts',
    keyColumns: ['customer_id'],
    keyOf: ({ data }) => ({ customer_id: data.customerId }),
    evolve(row, event) {
      if (event.type === 'invoice.funds_applied') return applied(row, event);
      const state = evolveCredits(row?.state ?? noCredits, event);
      const next: CreditAccountRow = {
        customer_id: event.data.customerId,
        currency: event.data.currency,
        ...setAside(row, event),
        ...balancesOf(state),
        state,
        revision: event.revision,
        position: String(event.position),
      };
      onEvolved(event, next);
      return next;
    },
  };
}

/** The invoice's entry has it now. What it did not need stays set aside until it is returned. */
function applied(row: CreditAccountRow | undefined, { data, position }: AppliedRecord): CreditAccountRow {
  if (row === undefined) throw new Error(`invoice.funds_applied at ${position}: nothing was set aside`);
  return {
    ...row,
    credit_set_aside: plus(row.credit_set_aside, `-${data.credit}`),
    wallet_set_aside: plus(row.wallet_set_aside, `-${data.wallet}`),
    position: String(position),
  };
}

function setAside(row: CreditAccountRow | undefined, event: CreditRecord) {
  const { credit_set_aside = '0.00', wallet_set_aside = '0.00' } = row ?? {};
  if (event.type !== 'funds.used' && event.type !== 'funds.returned') {
    return { credit_set_aside, wallet_set_aside };
  }
  const sign = event.type === 'funds.used' ? '' : '-';
  return {
    credit_set_aside: plus(credit_set_aside, `${sign}${event.data.credit}`),
    wallet_set_aside: plus(wallet_set_aside, `${sign}${event.data.wallet}`),
  };
}

function balancesOf({ credit, topUps, grants }: CreditsState) {
  const leftOf = (blocks: CreditsState['topUps']) => sumOf(blocks.map(({ left }) => ({ amount: left })));
  return { credit, wallet: leftOf(topUps), promotion: leftOf(grants) };
}

function plus(a: string, b: string): string {
  return centsString(decimal(a).plus(b));
}
