import type { FinanceInputKind } from '../../domain/finance/events.ts';
import type { Instant, Month } from '../../domain/kernel/time.ts';

export type FinanceInputRow = {
  month: Month;
  kind: FinanceInputKind;
  position: string;
  amount: string;
  currency: string | null;
  note: string;
  /** The newest one of its month and kind. */
  standing: boolean;
  recorded_at: Instant;
  actor: string;
  event_id: string;
};

export interface FinanceTables {
  finance_inputs: FinanceInputRow;
}
