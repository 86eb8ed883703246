import { commandIdOfKey } from '../../api/http/idempotency.ts';
import type { StoredEvent } from '../../eventstore/port.ts';
import { OWNER } from '../support/service-process.ts';
import { type Entry, verdictOf } from './journal.ts';

interface Charged {
  readonly charge?: { readonly invoiceId: string } | null;
}

/** Order, density, origin of every event, and that no sequence is left half done. */
export function checkLog(
  entries: readonly Entry[],
  log: readonly StoredEvent[],
  densePositions: boolean,
): string[] {
  return [...checkOrder(log, densePositions), ...checkOrigin(entries, log), ...checkSequences(log)];
}

function checkOrder(log: readonly StoredEvent[], dense: boolean): string[] {
  const faults: string[] = [];
  const revisions = new Map<string, number>();
  let last: number | undefined;
  for (const { stream, revision, position } of log) {
    if (last !== undefined && (position <= last || (dense && position !== last + 1))) {
      faults.push(`position ${position} follows ${last}`);
    }
    last = position;
    const before = revisions.get(stream) ?? -1;
    if (revision !== before + 1) faults.push(`${stream} has revision ${revision} after ${before}`);
    revisions.set(stream, revision);
  }
  return faults;
}

/** Whoever is not the service itself was acknowledged, or follows from an event. Facts are checked with usage. */
function checkOrigin(entries: readonly Entry[], log: readonly StoredEvent[]): string[] {
  const accepted = entries.filter((entry) => verdictOf(entry)?.kind === 'accepted');
  const known = new Set(accepted.map(({ operation }) => commandIdOfKey(OWNER, operation.key)));
  const before = new Set<string>();
  return log.flatMap(({ id, type, stream, revision, metadata }) => {
    const isOwn = type.startsWith('usage.') || metadata.actor === 'system';
    const isAsked = known.has(metadata.commandId) || before.has(metadata.causationId);
    before.add(id);
    return isOwn || isAsked ? [] : [`nobody asked for ${type} at ${stream}@${revision}`];
  });
}

/** What follows from an event is there: sign-up → subscription → invoice, reserved usage → invoice. */
function checkSequences(log: readonly StoredEvent[]): string[] {
  const streams = Map.groupBy(log, (event) => event.stream);
  const faults: string[] = [];
  const invoiced = (invoiceId: string, cause: string) => {
    const events = streams.get(`invoice-${invoiceId}`) ?? [];
    const final = events.filter((event) => event.type === 'invoice.finalized');
    if (final.length !== 1) faults.push(`${cause} has ${final.length} invoices ${invoiceId}`);
  };
  for (const { type, stream, revision, data } of log) {
    const cause = `${stream}@${revision}`;
    if (type === 'customer.registered') {
      const { customerId } = data as { readonly customerId: string };
      const [first] = streams.get(`subscription-${customerId}`) ?? [];
      if (first?.type !== 'subscription.started') faults.push(`${cause} has no subscription`);
    }
    if (type === 'usage.billed') invoiced((data as { readonly invoiceId: string }).invoiceId, cause);
    const { charge } = data as Charged;
    if (charge !== undefined && charge !== null) invoiced(charge.invoiceId, cause);
  }
  return faults;
}
