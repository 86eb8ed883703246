import { PostgresEventStore } from '../../eventstore/postgres/store.ts';
import { createLogger } from '../../platform/logging.ts';
import { journalProjection } from '../../projections/journal/projection.ts';
import { startProjector } from '../../projections/runtime/projector.ts';

/** A projector in a process of its own, to be stopped and killed. Arguments: database URL, lease in ms. */
const [url = '', leaseMs = '10000'] = process.argv.slice(2);
const projector = startProjector({
  store: new PostgresEventStore({ url }),
  url,
  projections: [journalProjection],
  log: createLogger({ level: 'silent' }),
  leaseMs: Number(leaseMs),
  standbyPollMs: 50,
});
let last = '';
projector.progress.subscribe(() => {
  void projector.status().then(([status]) => {
    if (status !== undefined && status.state !== last) console.log(status.state);
    last = status?.state ?? last;
  });
});
