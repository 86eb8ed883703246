import type { DomainEvent } from '../domain/events.ts';
import { toMicros } from '../domain/kernel/money.ts';
import { decode, whyUnknown } from '../eventstore/codec.ts';
import type { EntryData } from '../eventstore/metadata.ts';
import type { EventStore, StoredEvent } from '../eventstore/port.ts';
import { journalEntry } from '../ledger/journal-entry.ts';
import { canonicalJson } from '../platform/canonical-json.ts';
import { SeenOnce } from './runtime/seen-once.ts';
import type { Finding } from './verify-report.ts';

/** The entry that an event ought to carry by the posting rules; undefined if it carries none. */
export type Recompute = (event: DomainEvent) => EntryData | undefined;

/** Facts of usage come in batches that several streams share; everything else is one append to one stream. */
const FACT_TYPES: ReadonlySet<string> = new Set(['usage.recorded', 'usage.quarantined']);

type Check = 'positions' | 'revisions' | 'eventIds' | 'commands' | 'types' | 'entries' | 'rules';

const CHECKS: Readonly<Record<Check, string>> = {
  positions: 'log: positions rise, without gaps where the store has none',
  revisions: 'log: revisions of each stream count from 0 without gaps',
  eventIds: 'log: every event id stands once',
  commands: 'log: every command was appended once, to one stream',
  types: 'log: every event type and version is known and its data valid',
  entries: 'log: every entry may exist and balances',
  rules: 'log: every entry is what the posting rules give',
};

/** Reads the whole log once, event by event, and keeps what is wrong with it. */
export class LogVerifier {
  readonly #dense: boolean;
  readonly #uniqueIds: boolean;
  readonly #recompute: Recompute;
  readonly #findings = new Map<Check, string[]>();
  readonly #faults = new Map<Check, number>();
  readonly #revisions = new Map<string, number>();
  readonly #ids = new SeenOnce();
  readonly #repeatable = new SeenOnce();
  readonly #commands = new SeenOnce();
  readonly #sums = new Map<string, bigint>();
  #command: string | undefined;
  #commandStream = '';
  #position = 0;
  #events = 0;
  #entries = 0;
  #repetitions = 0;

  constructor(store: Pick<EventStore, 'name' | 'uniqueEventIds'>, recompute: Recompute) {
    this.#dense = store.name === 'postgres';
    this.#uniqueIds = store.uniqueEventIds;
    this.#recompute = recompute;
  }

  get events(): number {
    return this.#events;
  }

  add(event: StoredEvent): void {
    this.#events += 1;
    this.#checkPlace(event);
    this.#checkIdentity(event);
    this.#checkContent(event);
  }

  findings(): Finding[] {
    const checks = (Object.keys(CHECKS) as Check[]).map((check): Finding => {
      const faults = this.#faults.get(check) ?? 0;
      const count = check === 'entries' || check === 'rules' ? this.#entries : this.#events;
      const detail =
        faults === 0
          ? this.#remark(check)
          : `${faults} wrong: ${(this.#findings.get(check) ?? []).join('; ')}`;
      return { name: CHECKS[check], ok: faults === 0, detail, count };
    });
    return [...checks, this.#trialBalance()];
  }

  #trialBalance(): Finding {
    const off = [...this.#sums].filter(([, sum]) => sum !== 0n).map(([currency]) => currency);
    return {
      name: 'log: all entries together sum to zero in every currency',
      ok: off.length === 0,
      detail: off.length === 0 ? [...this.#sums.keys()].join(', ') : `not zero: ${off.join(', ')}`,
      count: this.#entries,
    };
  }

  #checkPlace(event: StoredEvent): void {
    const { position, stream, revision } = event;
    if (position <= this.#position || (this.#dense && position !== this.#position + 1)) {
      this.#fault('positions', event, `follows position ${this.#position}`);
    }
    this.#position = position;
    const before = this.#revisions.get(stream) ?? -1;
    if (revision !== before + 1) {
      this.#fault('revisions', event, `${stream} has revision ${revision} after ${before}`);
    }
    this.#revisions.set(stream, revision);
  }

  #checkIdentity(event: StoredEvent): void {
    const isFact = FACT_TYPES.has(event.type);
    const isNewContent = isFact && !this.#uniqueIds && this.#repeatable.add(contentOf(event));
    const isNew = this.#ids.add(event.id);
    if (!isNew && isFact && !this.#uniqueIds && !isNewContent) this.#repetitions += 1;
    else if (!isNew) this.#fault('eventIds', event, `${event.id} stands twice`);
    if (isFact) return;
    const { commandId } = event.metadata;
    if (commandId === this.#command) {
      if (event.stream !== this.#commandStream) this.#fault('commands', event, `${commandId} in two streams`);
      return;
    }
    this.#command = commandId;
    this.#commandStream = event.stream;
    if (!this.#commands.add(commandId)) this.#fault('commands', event, `${commandId} was appended twice`);
  }

  /** Where the store does not know all ids, a crash can leave a fact twice; the read model counts it once. */
  #remark(check: Check): string {
    if (check !== 'eventIds' || this.#repetitions === 0) return '';
    return `${this.#repetitions} usage facts stand again, with the same content: they count once`;
  }

  #checkContent(event: StoredEvent): void {
    const { entry } = event.metadata;
    if (entry !== undefined) {
      this.#entries += 1;
      this.#checkEntry(event, entry);
    }
    const unknown = whyUnknown(event);
    if (unknown !== undefined) {
      this.#fault('types', event, unknown);
      return;
    }
    const decoded = this.#attempt('types', event, () => decode(event));
    if (decoded === undefined) return;
    this.#attempt('rules', event, () => {
      const expected = this.#recompute(decoded);
      if (canonicalJson(expected ?? null) !== canonicalJson(entry ?? null)) {
        this.#fault('rules', event, `${event.type} carries another entry than its rule gives`);
      }
    });
  }

  #checkEntry(event: StoredEvent, entry: EntryData): void {
    this.#attempt('entries', event, () => {
      const sum = entry.postings.reduce(
        (total, { side, amount }) => (side === 'Dr' ? total + toMicros(amount) : total - toMicros(amount)),
        this.#sums.get(entry.currency) ?? 0n,
      );
      this.#sums.set(entry.currency, sum);
      const lawful = journalEntry(entry);
      if (canonicalJson(lawful) !== canonicalJson(entry)) {
        this.#fault('entries', event, 'is not in canonical form');
      }
    });
  }

  #attempt<T>(check: Check, event: StoredEvent, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.#fault(check, event, error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  #fault(check: Check, event: StoredEvent, what: string): void {
    this.#faults.set(check, (this.#faults.get(check) ?? 0) + 1);
    const findings = this.#findings.get(check) ?? [];
    if (findings.length < MAX_EXAMPLES) findings.push(`position ${event.position}: ${what.slice(0, 200)}`);
    this.#findings.set(check, findings);
  }
}

const MAX_EXAMPLES = 5;

function contentOf(event: StoredEvent): string {
  return `${event.id} ${event.metadata.requestHash}`;
}
