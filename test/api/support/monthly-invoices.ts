import type { EventStore } from '../../../eventstore/port.ts';

/** Customer and total of every monthly invoice of a month that is final, in order, as the log has them. */
export async function monthlyInvoices(store: EventStore, period: string): Promise<[string, string][]> {
  const events = await store.readAll(0, 100_000);
  return events
    .flatMap(({ type, data }): [string, string][] => {
      const invoice = data as { kind: string; period: string; customerId: string; total: string };
      return type === 'invoice.finalized' && invoice.kind === 'monthly' && invoice.period === period
        ? [[invoice.customerId, invoice.total]]
        : [];
    })
    .sort();
}
