import { describe, test } from 'vitest';
import { clockDecider } from '../../domain/clock/decider.ts';
import type { ClockEvent } from '../../domain/clock/events.ts';
import { specification } from '../support/decider-spec.ts';

const start = '2026-01-01T00:00:00.000Z';
const later = '2026-02-01T00:00:00.000Z';
const opened = (mode: 'manual' | 'system'): ClockEvent => ({
  type: 'clock.opened',
  data: { mode, startsAt: start },
  effectiveAt: start,
});
const advanced = (to: string): ClockEvent => ({ type: 'clock.advanced', data: { to }, effectiveAt: to });
const spec = specification(clockDecider);

describe('the business clock', () => {
  test.each(['manual', 'system'] as const)('a log is opened once, here %s', (mode) => {
    spec.when({ type: 'openClock', mode, startsAt: start }).thenEvents(opened(mode));
  });

  test.each(['manual', 'system'] as const)(
    'a log keeps to its mode, whatever it is opened with: %s',
    (mode) => {
      spec.given(opened('manual')).when({ type: 'openClock', mode, startsAt: later }).thenNothing();
      spec.given(opened('system')).when({ type: 'openClock', mode, startsAt: later }).thenNothing();
    },
  );

  test('goes on from where it stands', () => {
    const manual = spec.given(opened('manual'));
    manual.when({ type: 'advanceClock', to: later }).thenEvents(advanced(later));
    manual.given(advanced(later)).when({ type: 'advanceClock', to: later }).thenNothing();
    manual.when({ type: 'advanceClock', to: start }).thenNothing();
  });

  test('never goes back', () => {
    const manual = spec.given(opened('manual'), advanced(later));
    manual.when({ type: 'advanceClock', to: start }).thenRefused('clock-backwards', 'to');
    manual
      .when({ type: 'advanceClock', to: '2026-01-31T23:59:59.999Z' })
      .thenRefused('clock-backwards', 'to');
  });

  test('real time is not advanced', () => {
    spec.when({ type: 'advanceClock', to: later }).thenRefused('clock-not-manual');
    spec.given(opened('system')).when({ type: 'advanceClock', to: later }).thenRefused('clock-not-manual');
  });
});
