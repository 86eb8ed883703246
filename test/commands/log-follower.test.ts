import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { customers } from '../../commands/aggregate.ts';
import {
  checkpointOf,
  LogFollower,
  type LogFollowerOptions,
  type Progress,
  saveCheckpoint,
} from '../../commands/log-follower.ts';
import type { StoredEvent } from '../../eventstore/port.ts';
import { type CommandSide, createCommandSide, envelope, type Process, registration } from './support.ts';

const BATCH_SIZE = 4;

describe('log follower', () => {
  let side: CommandSide;
  let process: Process;
  let followers: LogFollower[] = [];
  let tests = 0;

  beforeAll(async () => {
    side = await createCommandSide();
    process = side.open();
  });
  afterEach(async () => {
    await Promise.all(followers.map((follower) => follower.stop()));
    followers = [];
    tests += 1;
  });
  afterAll(() => side.dispose());

  /** Of this test. */
  const own = (name: string) => `${name}_of_test_${tests}`;

  /** Appends so many events; the log positions of the last ones, the head last. */
  async function appendEvents(count: number): Promise<readonly number[]> {
    const before = await process.store.head();
    for (let index = 0; index < count; index += 1) {
      const id = own(`cus_${before}_${index}`);
      await process.pipeline.execute(customers, id, registration(side.now, id), envelope(id));
    }
    return (await process.store.readAll(before, count)).map(({ position }) => position);
  }

  function open(
    handle: LogFollowerOptions['handle'],
    options: Partial<LogFollowerOptions> = {},
  ): LogFollower {
    const follower = new LogFollower({
      name: own('follower'),
      store: process.store,
      pool: side.pool,
      batchSize: BATCH_SIZE,
      handle,
      onError: (error) => {
        throw error;
      },
      ...options,
    });
    followers.push(follower);
    return follower;
  }

  /** Reaches every event and keeps the batches, as positions. */
  function collecting(batches: number[][]): LogFollowerOptions['handle'] {
    return async (events, { reached }) => {
      batches.push(events.map(({ position }) => position));
      reached(last(events));
    };
  }

  const last = (events: readonly StoredEvent[]) => events.at(-1)?.position ?? 0;
  const checkpoint = () => checkpointOf(side.pool, own('follower'));

  it('hands on every event once and in order, in batches, and moves its checkpoint behind them', async () => {
    await appendEvents(10);
    const head = await process.store.head();
    const batches: number[][] = [];
    const follower = open(collecting(batches));
    expect(follower.position).toBe(-1);
    follower.start();
    follower.start();
    await follower.drained(head);
    const whole = await process.store.readAll(0, 1_000);
    expect(batches.flat()).toEqual(whole.map(({ position }) => position));
    expect(Math.max(...batches.map(({ length }) => length))).toBeLessThanOrEqual(BATCH_SIZE);
    expect([follower.position, await checkpoint()]).toEqual([head, head]);
  });

  it('goes on after its checkpoint, and follows what comes later', async () => {
    const before = await process.store.head();
    await saveCheckpoint(side.pool, own('follower'), before);
    const batches: number[][] = [];
    const follower = open(collecting(batches));
    follower.start();
    const positions = await appendEvents(3);
    await follower.drained(positions.at(-1) ?? 0);
    expect(batches.flat()).toEqual(positions);
  });

  it('is drained at once when it starts where the log ends, whoever asked before it knew', async () => {
    await appendEvents(1);
    const head = await process.store.head();
    await saveCheckpoint(side.pool, own('follower'), head);
    const follower = open(collecting([]));
    const waiting = follower.drained(head);
    follower.start();
    await waiting;
  });

  it('says what failed and goes on from its checkpoint, not from where it was in the batch', async () => {
    const before = await process.store.head();
    await saveCheckpoint(side.pool, own('follower'), before);
    const positions = await appendEvents(3);
    const handled: number[] = [];
    const seen: (Error | undefined)[] = [];
    const errors: string[] = [];
    const eachOnItsOwn = async (events: readonly StoredEvent[], { reached }: Progress) => {
      for (const { position } of events) {
        seen.push(follower.failure);
        handled.push(position);
        if (position === positions[1] && errors.length === 0) throw 'not now';
        reached(position);
      }
    };
    const follower = open(eachOnItsOwn, { onError: ({ message }) => errors.push(message) });
    follower.start();
    await follower.drained(positions.at(-1) ?? 0);
    expect(errors).toEqual(['not now']);
    expect(handled).toEqual([...positions.slice(0, 2), ...positions]);
    expect(seen.map((failure) => failure?.message)).toEqual([
      undefined,
      undefined,
      'not now',
      undefined,
      undefined,
    ]);
    expect(follower.failure).toBeUndefined();
  });

  it('prepares once before the first batch, and again where that failed', async () => {
    await appendEvents(1);
    const steps: string[] = [];
    const follower = open(
      async (events, { reached }) => {
        steps.push('handled');
        reached(last(events));
      },
      {
        prepare: async () => {
          steps.push('prepared');
          if (steps.length === 1) throw new Error('not yet');
        },
        onError: ({ message }) => steps.push(message),
      },
    );
    follower.start();
    await follower.drained(await process.store.head());
    expect(steps.slice(0, 4)).toEqual(['prepared', 'not yet', 'prepared', 'handled']);
    expect(steps.slice(4)).not.toContain('prepared');
  });

  it('when it is stopped, leaves what is not reached to the next one, and nobody waits on', async () => {
    const before = await process.store.head();
    await saveCheckpoint(side.pool, own('follower'), before);
    const positions = await appendEvents(2);
    const { promise: began, resolve } = Promise.withResolvers<void>();
    const follower = open(async (events, { signal, reached }) => {
      reached(events[0]?.position ?? 0);
      resolve();
      if (!signal.aborted) await new Promise((stopped) => signal.addEventListener('abort', stopped));
    });
    follower.start();
    const waiting = follower.drained(positions.at(-1) ?? 0);
    await began;
    await follower.stop();
    await waiting;
    expect(await checkpoint()).toBe(before);

    const batches: number[][] = [];
    const next = open(collecting(batches));
    next.start();
    await next.drained(positions.at(-1) ?? 0);
    expect(batches.flat()).toEqual(positions);
  });

  it('has a checkpoint that only goes forward', async () => {
    expect(await checkpoint()).toBe(0);
    for (const position of [7, 12, 9]) await saveCheckpoint(side.pool, own('follower'), position);
    expect(await checkpoint()).toBe(12);
  });
});
