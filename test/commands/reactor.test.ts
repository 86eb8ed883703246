import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { customers, subscriptions } from '../../commands/aggregate.ts';
import { initializeCustomerRevenue, type SignUp } from '../../commands/customers.ts';
import type { FollowUps } from '../../commands/follow-ups.ts';
import { Reactor, type ReactorOptions } from '../../commands/reactor.ts';
import { RunningSequences } from '../../commands/sequences.ts';
import { UnknownEventError } from '../../eventstore/codec.ts';
import type { StoredEvent } from '../../eventstore/port.ts';
import { createClient } from '../../platform/postgres.ts';
import {
  type CommandSide,
  createCommandSide,
  envelope,
  followUps,
  type Process,
  registration,
  tierChange,
  wholeLog,
} from './support.ts';

const SIGN_UP = ['customer.registered', 'subscription.started', 'invoice.finalized'];

describe('reactor', () => {
  let side: CommandSide;
  let process: Process;
  let reactors: Reactor[] = [];
  let tests = 0;

  beforeAll(async () => {
    side = await createCommandSide();
    process = side.open();
  });
  afterEach(async () => {
    await Promise.all(reactors.map((reactor) => reactor.stop()));
    reactors = [];
    tests += 1;
  });
  afterAll(() => side.dispose());

  /** A customer of this test. */
  const own = (name: string) => `${name}_of_test_${tests}`;

  function start(options: Partial<ReactorOptions> = {}): Reactor {
    const reactor = create(options);
    reactor.start();
    return reactor;
  }

  function create(options: Partial<ReactorOptions> = {}): Reactor {
    const reactor = new Reactor({
      name: own('reactor'),
      followUps,
      context: side.open().context,
      pool: side.pool,
      whenSettled: async () => undefined,
      onError: (error) => {
        throw error;
      },
      ...options,
    });
    reactors.push(reactor);
    return reactor;
  }

  /** The reactor has handled everything, and what it caused, too. */
  async function settled(reactor: Reactor): Promise<readonly StoredEvent[]> {
    for (;;) {
      const head = await process.store.head();
      await reactor.drained(head);
      if ((await process.store.head()) === head) return wholeLog(process.store);
    }
  }

  /** The first step of a sign-up, as a crash right after it leaves it. */
  const register = (id: string, by = process) =>
    by.pipeline.execute(customers, id, registration(side.now, id, 'growth'), envelope(id));
  const typesOf = (log: readonly StoredEvent[], id: string) =>
    log.filter(({ metadata }) => metadata.customerId === id).map(({ type }) => type);

  it('with nothing left to do says so to who has waited since before it was started', async () => {
    const before = start();
    await settled(before);
    await before.stop();
    const after = create();
    const drained = after.drained(await process.store.head());
    after.start();
    await drained;
  });

  it('finishes exactly once what a crash left half done', async () => {
    await register(own('cus_a'));
    await register(own('cus_b'));
    const before = await wholeLog(process.store);
    expect([...typesOf(before, own('cus_a')), ...typesOf(before, own('cus_b'))]).toEqual([
      SIGN_UP[0],
      SIGN_UP[0],
    ]);
    const log = await settled(start());
    expect(typesOf(log, own('cus_a'))).toEqual(SIGN_UP);
    expect(typesOf(log, own('cus_b'))).toEqual(SIGN_UP);
    const [registered, started, invoiced] = log.filter(
      ({ metadata }) => metadata.customerId === own('cus_a'),
    );
    expect(started?.metadata).toMatchObject({
      causationId: registered?.id,
      correlationId: `req-${own('cus_a')}`,
    });
    expect(invoiced?.metadata).toMatchObject({
      causationId: started?.id,
      correlationId: `req-${own('cus_a')}`,
    });
    expect(started?.metadata.effectiveAt).toBe(registered?.metadata.effectiveAt);
  });

  it('ends where the caller would have ended', async () => {
    const signUp = (customerId: string): SignUp => ({
      customerId,
      name: null,
      email: null,
      currency: 'USD',
      taxRate: '0.08',
      paymentMethod: true,
      tier: 'growth',
      billingCycle: 'monthly',
      trialDays: 0,
    });
    await register(own('cus_half'));
    await initializeCustomerRevenue(process.context, signUp(own('cus_whole')), envelope(own('cus_whole')));
    const log = await settled(start());
    const money = (id: string) =>
      log
        .filter(({ metadata }) => metadata.customerId === id)
        .flatMap(({ metadata }) => metadata.entry?.postings ?? [])
        .map(({ account, side: of, amount }) => `${of} ${account} ${amount}`);
    expect(typesOf(log, own('cus_whole'))).toEqual(SIGN_UP);
    expect(money(own('cus_half'))).toEqual(money(own('cus_whole')));
    expect(money(own('cus_half')).length).toBeGreaterThan(1);
  });

  it('finishes a later step: the subscription was changed and its invoice never cut', async () => {
    await register(own('cus_a'));
    const reactor = start();
    await settled(reactor);
    await reactor.stop();
    const change = tierChange('2026-01-20T00:00:00.000Z', 'enterprise', own('inv_upgrade'));
    await process.pipeline.execute(subscriptions, own('cus_a'), change, envelope(own('upgrade')));
    const log = await settled(start());
    expect(typesOf(log, own('cus_a')).slice(3, 5)).toEqual(['subscription.changed', expect.any(String)]);
    expect(
      log.filter(({ stream }) => stream === `invoice-${own('inv_upgrade')}`).map(({ type }) => type),
    ).toContain('invoice.finalized');
  });

  it('run twice, from the beginning, changes nothing', async () => {
    for (const id of [own('cus_a'), own('cus_b'), own('cus_c')]) await register(id);
    const before = await settled(start());
    const again = start({ name: own('another') });
    expect(await settled(again)).toEqual(before);
    expect(again.position).toBe(before.at(-1)?.position);
  });

  it('resumes after its checkpoint', async () => {
    const handled: string[] = [];
    const counting: FollowUps = {
      ...followUps,
      'customer.registered': async (event, context) => {
        if (event.data.customerId.endsWith(own(''))) handled.push(event.data.customerId);
        return followUps['customer.registered']?.(event, context);
      },
    };
    await register(own('cus_a'));
    const first = start({ followUps: counting });
    await settled(first);
    await first.stop();
    await register(own('cus_b'));
    const log = await settled(start({ followUps: counting }));
    expect(handled).toEqual([own('cus_a'), own('cus_b')]);
    expect(typesOf(log, own('cus_b'))).toEqual(SIGN_UP);
  });

  it('two reactors and the caller at once: everything once', async () => {
    const two = [start(), start({ context: side.open().context })];
    const ids = Array.from({ length: 20 }, (_, index) => own(`cus_${index}`));
    await Promise.all(
      ids.map(async (id) => {
        const outcome = await register(id);
        if (outcome.kind === 'accepted') await process.context.settle(outcome.events);
      }),
    );
    for (const reactor of two) await settled(reactor);
    const log = await wholeLog(process.store);
    for (const id of ids) expect(typesOf(log, id)).toEqual(SIGN_UP);
    expect(new Set(log.map((event) => event.id)).size).toBe(log.length);
  });

  it('leaves a sequence to the caller that runs it, until that is done', async () => {
    const sequences = new RunningSequences();
    const head = await process.store.head();
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const caller = sequences.run(`req-${own('cus_a')}`, async () => {
      await register(own('cus_a'));
      await gate;
      throw new Error('the caller gave up');
    });
    caller.catch(() => undefined);
    while ((await process.store.head()) === head) await new Promise((resolve) => setTimeout(resolve, 5));
    let waited: (id: string) => void = () => undefined;
    const waiting = new Promise<string>((resolve) => {
      waited = resolve;
    });
    const whenSettled = (id: string) => {
      if (id === `req-${own('cus_a')}`) waited(id);
      return sequences.settled(id);
    };
    const reactor = start({ whenSettled });
    expect(await waiting).toBe(`req-${own('cus_a')}`);
    expect(typesOf(await wholeLog(process.store), own('cus_a'))).toEqual([SIGN_UP[0]]);
    release();
    await expect(caller).rejects.toThrow('the caller gave up');
    expect(typesOf(await settled(reactor), own('cus_a'))).toEqual(SIGN_UP);
  });

  it('tries a follow-up again that failed, and says what it was', async () => {
    const errors: Error[] = [];
    let failures = 0;
    const flaky: FollowUps = {
      ...followUps,
      'subscription.started': async (event, context) => {
        if (event.data.customerId === own('cus_a')) {
          failures += 1;
          if (failures === 1) throw new Error('not now');
        }
        return followUps['subscription.started']?.(event, context);
      },
    };
    await register(own('cus_a'));
    const reactor = start({ followUps: flaky, onError: (error) => errors.push(error) });
    const log = await settled(reactor);
    expect(errors.map(({ message }) => message)).toEqual(['not now']);
    expect(reactor.failure).toBeUndefined();
    expect(typesOf(log, own('cus_a'))).toEqual(SIGN_UP);
  });

  it('goes on after its connections were terminated', async () => {
    const reactor = start({ onError: () => undefined });
    const owner = createClient({ url: side.url, name: 'test-owner', as: 'owner' });
    await owner.connect();
    for (let index = 0; index < 10; index += 1) {
      await register(own(`cus_${index}`)).catch(() => register(own(`cus_${index}`), side.open()));
      await owner.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid()`,
      );
    }
    await owner.end();
    process = side.open();
    const log = await settled(reactor);
    for (let index = 0; index < 10; index += 1) expect(typesOf(log, own(`cus_${index}`))).toEqual(SIGN_UP);
  });

  it('parks what cannot be done, goes on with the rest, and tries it again at the next start', async () => {
    const name = own('parking');
    const broken: FollowUps = {
      ...followUps,
      'customer.registered': async (event, context) => {
        if (event.data.customerId === own('cus_broken')) throw new RangeError('beyond all bounds');
        return followUps['customer.registered']?.(event, context);
      },
    };
    await register(own('cus_broken'));
    await register(own('cus_fine'));
    const errors: string[] = [];
    const reactor = start({ name, followUps: broken, onError: ({ message }) => errors.push(message) });
    const log = await settled(reactor);
    expect(typesOf(log, own('cus_fine'))).toEqual(SIGN_UP);
    expect(typesOf(log, own('cus_broken'))).toEqual(['customer.registered']);
    expect(await reactor.parked()).toBe(1);
    expect(errors.at(-1)).toMatch(/^parked customer.registered at \d+: beyond all bounds$/);
    await reactor.stop();

    const mended = start({ name });
    const after = await settled(mended);
    expect(typesOf(after, own('cus_broken'))).toEqual(SIGN_UP);
    expect(await mended.parked()).toBe(0);
  });

  it('stops at an event that this program does not know, and says which', async () => {
    const { promise: stopped, resolve } = Promise.withResolvers<Error>();
    const [event] = (await wholeLog(process.store)) as [StoredEvent];
    const newer = {
      id: randomUUID(),
      type: 'customer.merged',
      schemaVersion: 1,
      data: {},
      metadata: event.metadata,
    };
    await process.store.append({ stream: own('newer'), expected: 'none', events: [newer] });
    const reactor = start({ onError: resolve });
    expect((await stopped).message).toContain('customer.merged');
    expect(reactor.failure).toBeInstanceOf(UnknownEventError);
  });
});
