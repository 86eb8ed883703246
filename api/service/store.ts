import { EventStoreDbEventStore } from '../../eventstore/eventstoredb/store.ts';
import type { EventStore } from '../../eventstore/port.ts';
import { PostgresEventStore } from '../../eventstore/postgres/store.ts';
import type { Config } from '../../platform/config.ts';
import type { Logger } from '../../platform/logging.ts';
import type { Metrics } from '../../platform/metrics.ts';

export interface StoreOptions {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/**
 * The configured log, checked and measured.
 * @throws StoreUnavailableError when it is not there
 */
export async function openStore({ config, databaseUrl, log, metrics }: StoreOptions): Promise<EventStore> {
  const onError = (error: Error) => log.warn({ err: error }, 'event log connection');
  const maxQueuedEvents = config.MAX_QUEUED_EVENTS;
  if (config.EVENTSTORE_URL === undefined) {
    const store = new PostgresEventStore({ url: databaseUrl, maxQueuedEvents, onError });
    return measured(store, metrics);
  }
  const store = new EventStoreDbEventStore({ url: config.EVENTSTORE_URL, maxQueuedEvents, onError });
  try {
    await store.check();
    for (const warning of await store.inspect()) log.warn({ warning }, 'EventStoreDB setting');
  } catch (error) {
    await store.close();
    throw error;
  }
  return measured(store, metrics);
}

/** Puts append latency and queue depth into the metrics: one measurement for each call. */
function measured<Store extends EventStore & { readonly queuedEvents: number }>(
  store: Store,
  metrics: Metrics,
): Store {
  const append = store.append.bind(store);
  const appendMany = store.appendMany.bind(store);
  const timed = async <T>(work: Promise<T>, outcomeOf: (result: T) => string): Promise<T> => {
    const end = metrics.appendSeconds.startTimer();
    metrics.logQueueDepth.set(store.queuedEvents);
    try {
      const result = await work;
      end({ outcome: outcomeOf(result) });
      return result;
    } catch (error) {
      end({ outcome: error instanceof Error ? error.name : 'error' });
      throw error;
    }
  };
  store.append = (request) => timed(append(request), ({ outcome }) => outcome);
  store.appendMany = (requests) => timed(appendMany(requests), () => 'many');
  return store;
}
