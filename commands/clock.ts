import type { ClockState } from '../domain/clock/decider.ts';
import { fromMillis, type Instant } from '../domain/kernel/time.ts';
import { decode } from '../eventstore/codec.ts';
import type { EventStore } from '../eventstore/port.ts';
import { clocks } from './aggregate.ts';
import { type Envelope, naturalUuid } from './envelope.ts';
import type { CommandPipeline, Outcome } from './pipeline.ts';

export type ClockSetting =
  | { readonly mode: 'system' }
  | { readonly mode: 'manual'; readonly startsAt: Instant };

const CLOCK_ID = 'business';

/** The data was opened with the other clock mode; a log keeps to its mode. */
export class ClockModeError extends Error {
  override readonly name = 'ClockModeError';
}

/**
 * Business time. On real time it is the machine's; a manual clock stands where the log says and moves only by
 * `advanceClock`, the same for every process.
 */
export class BusinessClock {
  #state: ClockState;

  constructor(setting: ClockSetting) {
    this.#state = setting.mode === 'manual' ? { mode: 'manual', now: setting.startsAt } : { mode: 'system' };
  }

  get manual(): boolean {
    return this.#state.mode === 'manual';
  }

  readonly now = (): Instant => (this.#state.mode === 'manual' ? this.#state.now : fromMillis(Date.now()));

  /**
   * Takes the mode and time that the log was opened with; a new log is opened with the given setting.
   * @throws ClockModeError when they differ
   */
  async open(pipeline: CommandPipeline, setting: ClockSetting): Promise<void> {
    const startsAt = setting.mode === 'manual' ? setting.startsAt : this.now();
    const command = { type: 'openClock', mode: setting.mode, startsAt } as const;
    const commandId = naturalUuid('openClock');
    const { state } = await pipeline.state(clocks, CLOCK_ID, 'fresh');
    if (state.mode === 'unset') {
      await pipeline.execute(clocks, CLOCK_ID, command, system('openClock', commandId, setting.mode));
    }
    const opened = (await pipeline.state(clocks, CLOCK_ID, 'fresh')).state;
    if (opened.mode !== setting.mode) {
      throw new ClockModeError(
        `this data was opened with CLOCK=${opened.mode}; start it that way, or use another DATA_DIR`,
      );
    }
    this.#state = opened;
  }

  /** Moves a manual clock on; durable before it answers. Moving to where it stands changes nothing. */
  async advance(pipeline: CommandPipeline, to: Instant, envelope: Envelope): Promise<Outcome<ClockState>> {
    const outcome = await pipeline.execute(clocks, CLOCK_ID, { type: 'advanceClock', to }, envelope);
    if (outcome.kind === 'accepted' && outcome.state.mode === 'manual') this.#moveTo(outcome.state.now);
    return outcome;
  }

  /** Follows a manual clock that another process moves, until the signal. Real time needs no following. */
  async follow(pipeline: CommandPipeline, store: EventStore, signal: AbortSignal): Promise<void> {
    if (!this.manual) return;
    const after = await store.head();
    this.#state = (await pipeline.state(clocks, CLOCK_ID, 'fresh')).state;
    for await (const message of store.subscribe({ after, signal })) {
      if (message.kind !== 'events') continue;
      for (const stored of message.events) {
        if (stored.type !== 'clock.advanced') continue;
        const event = decode(stored);
        if (event.type === 'clock.advanced') this.#moveTo(event.data.to);
      }
    }
  }

  /** Forward only: a retried command may bring an older time than another process has reached. */
  #moveTo(to: Instant): void {
    if (this.#state.mode === 'manual' && to > this.#state.now) this.#state = { mode: 'manual', now: to };
  }
}

/** An envelope for what the service does by itself. */
export function system(commandType: string, commandId: string, request: string): Envelope {
  return {
    commandId,
    commandType,
    requestHash: request,
    actor: 'system',
    correlationId: commandId,
    causationId: commandId,
  };
}
