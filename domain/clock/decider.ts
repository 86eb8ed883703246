import { type Decider, refuse } from '../kernel/decider.ts';
import type { Instant } from '../kernel/time.ts';
import type { ClockEvent } from './events.ts';

export type ClockState =
  | { readonly mode: 'unset' }
  | { readonly mode: 'system' }
  | { readonly mode: 'manual'; readonly now: Instant };

export type ClockCommand =
  | { readonly type: 'openClock'; readonly mode: 'system' | 'manual'; readonly startsAt: Instant }
  | { readonly type: 'advanceClock'; readonly to: Instant };

/** The business clock of a log. A manual one stands still until it is advanced, and never goes back. */
export const clockDecider: Decider<ClockState, ClockCommand, ClockEvent> = {
  initialState: { mode: 'unset' },
  decide(command, state) {
    if (command.type === 'openClock') {
      if (state.mode !== 'unset') return [];
      const { mode, startsAt } = command;
      return [{ type: 'clock.opened', data: { mode, startsAt }, effectiveAt: startsAt }];
    }
    if (state.mode !== 'manual') return refuse('clock-not-manual', 'this log runs on real time');
    if (command.to === state.now) return [];
    if (command.to < state.now) {
      return refuse('clock-backwards', `the clock stands at ${state.now} and never goes back`, 'to');
    }
    return [{ type: 'clock.advanced', data: { to: command.to }, effectiveAt: command.to }];
  },
  evolve(state, event) {
    if (event.type === 'clock.advanced') return { mode: 'manual', now: event.data.to };
    if (state.mode !== 'unset') return state;
    return event.data.mode === 'manual' ? { mode: 'manual', now: event.data.startsAt } : { mode: 'system' };
  },
};
