import { expect, it } from 'vitest';
import type { CommandContext } from '../../commands/context.ts';
import { combineFollowUps, type FollowUps, runFollowUps } from '../../commands/follow-ups.ts';
import { recordedFrom } from '../../commands/pipeline.ts';
import { registered, stored } from '../support/events.ts';

const context = {} as CommandContext;
const events = stored(registered('acme', '2026-01-01T00:00:00.000Z')).map(recordedFrom);

/** Follow-ups of one engine, which note that they ran and say how far the log got. */
function engine(name: string, ran: string[], position: number | undefined): FollowUps {
  return {
    'customer.registered': async (event) => {
      ran.push(`${name} of ${event.data.customerId}`);
      return position;
    },
  };
}

it('follow-ups of several engines on one type of event all run, in order', async () => {
  const ran: string[] = [];
  const combined = combineFollowUps(
    engine('first', ran, 7),
    { 'clock.opened': async () => 99 },
    engine('second', ran, 9),
    engine('third', ran, undefined),
  );
  expect(await runFollowUps(combined, events, context)).toBe(9);
  expect(ran).toEqual(['first of acme', 'second of acme', 'third of acme']);
  expect(Object.keys(combined).sort()).toEqual(['clock.opened', 'customer.registered']);
});

it('one that fails ends it: what comes after it runs when it is tried again', async () => {
  const ran: string[] = [];
  const failing: FollowUps = {
    'customer.registered': async () => {
      throw new Error('cannot be done');
    },
  };
  const combined = combineFollowUps(engine('first', ran, 1), failing, engine('second', ran, 2));
  await expect(runFollowUps(combined, events, context)).rejects.toThrow('cannot be done');
  expect(ran).toEqual(['first of acme']);
});

it('without any engine nothing follows', async () => {
  expect(combineFollowUps()).toEqual({});
  expect(await runFollowUps(combineFollowUps(), events, context)).toBe(0);
});
