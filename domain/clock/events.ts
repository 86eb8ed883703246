import { z } from 'zod';
import { defineEvent, type EventsOf, field } from '../kernel/event.ts';

/** Stream `clock`. A log keeps to the clock mode it was opened with. */
export const clockEvents = {
  'clock.opened': defineEvent(
    1,
    z.strictObject({ mode: z.enum(['system', 'manual']), startsAt: field.instant }),
  ),
  'clock.advanced': defineEvent(1, z.strictObject({ to: field.instant })),
};

export type ClockEvent = EventsOf<typeof clockEvents>;
