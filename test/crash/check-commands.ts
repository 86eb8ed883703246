import { commandIdOfKey } from '../../api/http/idempotency.ts';
import type { StoredEvent } from '../../eventstore/port.ts';
import { OWNER } from '../support/service-process.ts';
import { type Entry, verdictOf } from './journal.ts';

/** A command's own events: how many, of which type, where. */
interface Trace {
  /** Empty: any. */
  readonly types: readonly string[];
  readonly stream: (inputs: Readonly<Record<string, unknown>>) => string;
  /** True if accepted means that it stands in the log under its own key. */
  readonly always: boolean;
}

/** Operations whose events are known before; a tier change has events of several types. */
const TRACES: Readonly<Record<string, Trace>> = {
  initializeCustomerRevenue: {
    types: ['customer.registered'],
    stream: ({ customerId }) => `customer-${customerId}`,
    always: true,
  },
  changeSubscriptionTier: {
    types: [],
    stream: ({ customerId }) => `subscription-${customerId}`,
    always: false,
  },
  recordInvoicePayment: {
    types: ['invoice.payment_received', 'invoice.payment_recovered'],
    stream: ({ invoiceId }) => `invoice-${invoiceId}`,
    always: true,
  },
};

/** Every acknowledged command stands in the log exactly once, every refused one not at all. */
export function checkCommands(entries: readonly Entry[], log: readonly StoredEvent[]): string[] {
  const byCommand = Map.groupBy(log, (event) => event.metadata.commandId);
  return entries.flatMap((entry) => {
    if (entry.operation.sharesKey === true) return checkShared(entry);
    const events = byCommand.get(commandIdOfKey(OWNER, entry.operation.key)) ?? [];
    return checkCommand(entry, events).map((fault) => `${describe(entry)}: ${fault}`);
  });
}

function checkShared(entry: Entry): string[] {
  return verdictOf(entry)?.kind === 'refused' ? [] : [`${describe(entry)}: a reused key was not refused`];
}

function checkCommand(entry: Entry, events: readonly StoredEvent[]): string[] {
  const verdict = verdictOf(entry);
  if (verdict === undefined) return ['its outcome never became known'];
  if (verdict.kind === 'refused') {
    return events.length === 0
      ? []
      : [`refused with ${verdict.code}, and ${places(events)} stand in the log`];
  }
  const { operationId, inputs } = entry.operation;
  const trace = TRACES[operationId];
  if (trace === undefined) return checkOnce(events);
  if (verdict.position === undefined) {
    return events.length === 0 ? [] : [`changed nothing, they said, and ${places(events)} stand in the log`];
  }
  const faults = checkOnce(events);
  if (events.length === 0) faults.push(`acknowledged at ${verdict.position}, and not in the log`);
  const position = verdict.position;
  for (const event of events) {
    if (event.stream !== trace.stream(inputs)) faults.push(`stands in ${event.stream}`);
    if (event.position > position) faults.push(`stands at ${event.position}, after ${position}`);
    if (trace.types.length > 0 && !trace.types.includes(event.type)) faults.push(`is a ${event.type}`);
  }
  if (trace.always && events.length > 1) faults.push(`stands ${events.length} times: ${places(events)}`);
  return faults;
}

/** One append: one stream, revisions in a row, one request. */
function checkOnce(events: readonly StoredEvent[]): string[] {
  const [first] = events;
  if (first === undefined) return [];
  const torn = events.filter(
    (event, index) =>
      event.stream !== first.stream ||
      event.revision !== first.revision + index ||
      event.metadata.requestHash !== first.metadata.requestHash,
  );
  return torn.length === 0 ? [] : [`is not one append: ${places(events)}`];
}

function places(events: readonly StoredEvent[]): string {
  return events.map(({ stream, revision, position }) => `${stream}@${revision} (${position})`).join(', ');
}

function describe({ operation, attempts }: Entry): string {
  const told = attempts.map((attempt) => (attempt.kind === 'unknown' ? attempt.why : attempt.kind));
  return `${operation.operationId} ${operation.key} [${told.join(', ')}]`;
}
