import { creditEvents } from '../../domain/credits/events.ts';
import { sqlMigration } from '../../platform/migrations.ts';
import type { Projection } from '../projection.ts';
import { type Recorded, recordedOf, typesOf } from '../recorded.ts';
import { foldRows, insertRows, type RowFold } from '../runtime/rows.ts';
import { accountFold, type CreditRecord } from './accounts.ts';
import { movementRows, newBlock, refundRow, touchedBlocks } from './rows.ts';
import type { CreditBlockRow, CreditMovementRow, CreditRefundRow } from './tables.ts';

const USED = [...typesOf(creditEvents), 'invoice.funds_applied'] as const;

/** What is held for each customer: credit balance, wallet, promotional credit, and every movement of them. */
export const creditsProjection: Projection = {
  name: 'credits',
  version: 2,
  tables: ['credit_accounts', 'credit_blocks', 'credit_refunds', 'credit_movements'],
  migration: sqlMigration('0014_read_credits', import.meta.url, [
    'sql/credit-accounts.sql',
    'sql/credit-blocks.sql',
    'sql/credit-refunds.sql',
    'sql/credit-movements.sql',
  ]),
  onPoison: 'stop',
  uses: USED,
  async apply(stored, client) {
    const records = recordedOf(stored, USED);
    if (records.length === 0) return;
    const movements: CreditMovementRow[] = [];
    const blocks: BlockChange[] = [];
    const fold = accountFold((event, row) => {
      movements.push(...movementRows(event, row));
      const made = newBlock(event);
      if (made !== undefined) blocks.push({ customerId: made.customer_id, blockId: made.block_id, made });
      const all = [...row.state.topUps, ...row.state.grants];
      for (const blockId of touchedBlocks(event)) {
        const remaining = all.find(({ id }) => id === blockId)?.left;
        blocks.push({ customerId: row.customer_id, blockId, remaining });
      }
    });
    await foldRows(client, fold, records);
    await insertRows(client, 'credit_movements', movements);
    await foldRows(client, blockFold, blocks);
    await foldRows(client, refundFold, records);
  },
};

interface BlockChange {
  readonly customerId: string;
  readonly blockId: string;
  readonly made?: CreditBlockRow;
  readonly remaining?: string | undefined;
}

const blockFold: RowFold<BlockChange, CreditBlockRow> = {
  table: 'credit_blocks',
  keyColumns: ['customer_id', 'block_id'],
  keyOf: ({ customerId, blockId }) => ({ customer_id: customerId, block_id: blockId }),
  evolve(row, { made, remaining, blockId }) {
    if (made !== undefined) return made;
    if (row === undefined || remaining === undefined) throw new Error(`there is no block ${blockId}`);
    return { ...row, remaining };
  },
};

const refundFold: RowFold<CreditRecord | Recorded<'invoice.funds_applied'>, CreditRefundRow> = {
  table: 'credit_refunds',
  keyColumns: ['customer_id', 'refund_id'],
  keyOf: ({ data }) =>
    'refundId' in data ? { customer_id: data.customerId, refund_id: data.refundId } : undefined,
  evolve: (row, event) => (event.type === 'invoice.funds_applied' ? row : refundRow(row, event)),
};
