import { grantParts, walletParts } from '../../domain/credits/state.ts';
import { decimal } from '../../domain/kernel/money.ts';
import type { CreditRecord } from './accounts.ts';
import type {
  CreditAccountRow,
  CreditBlockRow,
  CreditMovementRow,
  CreditRefundRow,
  Fund,
  MovementKind,
} from './tables.ts';

interface Movement {
  readonly fund: Fund;
  readonly kind: MovementKind;
  /** Signed. */
  readonly amount: string;
  readonly referenceId: string | null;
}

/** What an event moves; funds that it leaves as they are have no row. */
export function movementRows(event: CreditRecord, after: CreditAccountRow): CreditMovementRow[] {
  const { data } = event;
  return movementsOf(event)
    .filter(({ amount }) => !decimal(amount).eq(0))
    .map(({ fund, kind, amount, referenceId }) => ({
      customer_id: data.customerId,
      position: String(event.position),
      fund,
      kind,
      amount: decimal(amount).toFixed(2),
      balance: after[fund],
      currency: data.currency,
      at: event.effectiveAt,
      invoice_id: 'invoiceId' in data ? data.invoiceId : null,
      reference_id: referenceId,
      event_id: event.id,
    }));
}

function movementsOf(event: CreditRecord): Movement[] {
  switch (event.type) {
    case 'wallet.topped_up':
      return [moved('wallet', 'topped-up', event.data.amount, event.data.topUpId)];
    case 'wallet.expired':
      return [moved('wallet', 'expired', `-${event.data.amount}`, event.data.topUpId)];
    case 'credit.granted':
      return [moved('promotion', 'granted', event.data.amount, event.data.grantId)];
    case 'grant.expired':
      return [moved('promotion', 'expired', `-${event.data.amount}`, event.data.grantId)];
    case 'credit.added':
      return [moved('credit', 'added', event.data.amount, event.data.sourceId)];
    case 'funds.used': {
      const { wallet, credit, fundsId } = event.data;
      return [moved('wallet', 'used', `-${wallet}`, fundsId), moved('credit', 'used', `-${credit}`, fundsId)];
    }
    case 'funds.returned': {
      const { wallet, credit, fundsId } = event.data;
      return [moved('wallet', 'returned', wallet, fundsId), moved('credit', 'returned', credit, fundsId)];
    }
    case 'promotion.used':
      return [moved('promotion', 'used', `-${event.data.amount}`)];
    case 'promotion.returned':
      return [moved('promotion', 'returned', event.data.amount)];
    case 'credit.refund_requested':
      return [moved('credit', 'refunded', `-${event.data.amount}`, event.data.refundId)];
    case 'credit.refund_settled':
    case 'credit.refund_failed':
      return [];
  }
}

function moved(fund: Fund, kind: MovementKind, amount: string, referenceId: string | null = null): Movement {
  return { fund, kind, amount, referenceId };
}

/** What is new of a block. */
export function newBlock(event: CreditRecord): CreditBlockRow | undefined {
  if (event.type !== 'wallet.topped_up' && event.type !== 'credit.granted') return undefined;
  const { customerId, currency, amount, priority, expiresAt } = event.data;
  const own =
    event.type === 'wallet.topped_up'
      ? { block_id: event.data.topUpId, kind: 'wallet' as const, method: event.data.method, reason: null }
      : { block_id: event.data.grantId, kind: 'promotion' as const, method: null, reason: event.data.reason };
  return {
    customer_id: customerId,
    ...own,
    amount,
    remaining: amount,
    currency,
    priority,
    expires_at: expiresAt,
    created_at: event.effectiveAt,
    position: String(event.position),
  };
}

/** Blocks that an event takes from or gives to. */
export function touchedBlocks(event: CreditRecord): string[] {
  switch (event.type) {
    case 'wallet.expired':
      return [event.data.topUpId];
    case 'grant.expired':
      return [event.data.grantId];
    case 'funds.used':
    case 'funds.returned':
      return walletParts(event).map(({ id }) => id);
    case 'promotion.used':
    case 'promotion.returned':
      return grantParts(event).map(({ id }) => id);
    default:
      return [];
  }
}

/** A refund after an event; undefined if the event is not about one. */
export function refundRow(
  row: CreditRefundRow | undefined,
  event: CreditRecord,
): CreditRefundRow | undefined {
  switch (event.type) {
    case 'credit.refund_requested': {
      const { customerId, refundId, amount, currency } = event.data;
      const at = event.effectiveAt;
      const times = { requested_at: at, changed_at: at, position: String(event.position) };
      return {
        customer_id: customerId,
        refund_id: refundId,
        amount,
        currency,
        status: 'requested',
        ...times,
      };
    }
    case 'credit.refund_settled':
    case 'credit.refund_failed': {
      if (row === undefined) throw new Error(`${event.type} at ${event.position}: no such refund`);
      const status = event.type === 'credit.refund_settled' ? 'settled' : 'failed';
      return { ...row, status, changed_at: event.effectiveAt, position: String(event.position) };
    }
    default:
      return row;
  }
}
