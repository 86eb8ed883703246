import type { CreditRefund, CreditsState } from '../../domain/credits/state.ts';
import type { EventData } from '../../domain/events.ts';

/** `credit` is the credit balance (account 2200), `wallet` is prepaid (2210), `promotion` is no liability. */
export type Fund = 'credit' | 'wallet' | 'promotion';

export type MovementKind = 'added' | 'topped-up' | 'granted' | 'used' | 'returned' | 'expired' | 'refunded';

/** Amounts are in cents as decimal strings, instants canonical, bigint columns decimal strings when read. */
export type CreditAccountRow = {
  customer_id: string;
  currency: string;
  credit: string;
  credit_set_aside: string;
  wallet: string;
  wallet_set_aside: string;
  promotion: string;
  state: CreditsState;
  revision: number;
  position: string;
};

export type CreditBlockRow = {
  customer_id: string;
  block_id: string;
  kind: 'wallet' | 'promotion';
  amount: string;
  remaining: string;
  currency: string;
  priority: number;
  expires_at: string | null;
  method: EventData<'wallet.topped_up'>['method'] | null;
  reason: string | null;
  created_at: string;
  position: string;
};

export type CreditRefundRow = {
  customer_id: string;
  refund_id: string;
  amount: string;
  currency: string;
  status: CreditRefund['status'];
  requested_at: string;
  changed_at: string;
  position: string;
};

export type CreditMovementRow = {
  customer_id: string;
  position: string;
  fund: Fund;
  kind: MovementKind;
  amount: string;
  balance: string;
  currency: string;
  at: string;
  invoice_id: string | null;
  reference_id: string | null;
  event_id: string;
};

export interface CreditTables {
  credit_accounts: CreditAccountRow;
  credit_blocks: CreditBlockRow;
  credit_refunds: CreditRefundRow;
  credit_movements: CreditMovementRow;
}
