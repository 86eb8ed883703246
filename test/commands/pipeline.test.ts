import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { customers, invoices, subscriptions } from '../../commands/aggregate.ts';
import { type Outcome, recordedFrom } from '../../commands/pipeline.ts';
import { toMicros } from '../../domain/kernel/money.ts';
import type { SubscriptionCommand } from '../../domain/subscriptions/decider.ts';
import type { StoredEvent } from '../../eventstore/port.ts';
import { IdempotencyKeyReusedError, PreconditionFailedError } from '../../platform/errors.ts';
import { subscriptionLine } from '../support/events.ts';
import {
  type CommandSide,
  createCommandSide,
  envelope,
  type LogKind,
  type Process,
  registration,
  subscription,
  tierChange,
  wholeLog,
} from './support.ts';

const KINDS: readonly LogKind[] = ['Postgres', 'EventStoreDB stand-in'];
const TIERS = ['free', 'starter', 'growth', 'pro', 'enterprise', 'no-such-tier'];

describe.each(KINDS)('command pipeline over %s', (kind) => {
  let side: CommandSide;
  let one: Process;
  let two: Process;
  let count = 0;

  beforeAll(async () => {
    side = await createCommandSide(kind);
    [one, two] = [side.open(), side.open()];
  });
  afterAll(() => side.dispose());

  const fresh = () => {
    count += 1;
    return `cus_${count}`;
  };
  const subscribe = async (id: string, tier = 'starter') =>
    accepted(
      await one.pipeline.execute(
        subscriptions,
        id,
        subscription(side.now, id, tier),
        envelope(`${id}/subscribe`),
      ),
    );
  const change = (process: Process, id: string, key: string, command: SubscriptionCommand, body?: unknown) =>
    process.pipeline.execute(subscriptions, id, command, envelope(`${id}/${key}`, body));

  it('accepted: the events are in the log with who, why and when', async () => {
    const id = fresh();
    const sent = envelope(`${id}/register`, { a: 1 }, { commandType: 'initializeCustomerRevenue' });
    const outcome = accepted(
      await one.pipeline.execute(customers, id, registration('2026-01-09T00:00:00.000Z', id), sent),
    );
    expect(outcome).toMatchObject({ revision: 0, replayed: false, state: { registered: true } });
    const [stored] = await one.store.readStream(`customer-${id}`);
    expect(stored).toMatchObject({ position: outcome.position, revision: 0, type: 'customer.registered' });
    expect(stored?.metadata).toEqual({
      commandId: sent.commandId,
      commandType: 'initializeCustomerRevenue',
      correlationId: sent.correlationId,
      causationId: sent.causationId,
      actor: 'key:test',
      requestHash: sent.requestHash,
      recordedAt: side.now,
      effectiveAt: '2026-01-09T00:00:00.000Z',
      customerId: id,
    });
    expect(outcome.events).toEqual([recordedFrom(stored as StoredEvent)]);
  });

  it('accepted: money carries a balanced entry', async () => {
    const id = fresh();
    const command = {
      type: 'finalizeInvoice',
      effectiveAt: side.now,
      invoiceId: id,
      customerId: id,
      kind: 'signup',
      period: null,
      currency: 'USD',
      taxRate: '0.08',
      lines: [
        subscriptionLine('33.33', { from: '2026-01-10T12:00:00.000Z', to: '2026-02-01T00:00:00.000Z' }),
      ],
    } as const;
    accepted(await one.pipeline.execute(invoices, id, command, envelope(id)));
    const [stored] = await one.store.readStream(`invoice-${id}`);
    const { entry, effectiveAt } = stored?.metadata ?? {};
    const total = (side: string) =>
      (entry?.postings ?? [])
        .filter((posting) => posting.side === side)
        .reduce((sum, { amount }) => sum + toMicros(amount), 0n);
    expect(entry).toMatchObject({ currency: 'USD', effectiveAt });
    expect(total('Dr')).toBe(total('Cr'));
    // 33.33 and 8 % tax on it, rounded to cents.
    expect(total('Cr')).toBe(36_000_000n);
  });

  it('refused: no trace in the log', async () => {
    const id = fresh();
    const head = await one.store.head();
    const outcome = await change(one, id, 'upgrade', tierChange(side.now, 'growth'));
    expect(outcome).toMatchObject({ kind: 'refused', refusal: { code: 'subscription-not-found' } });
    expect(await one.store.head()).toBe(head);
    await subscribe(id);
    expect(await change(one, id, 'upgrade', tierChange(side.now, 'growth'))).toMatchObject({
      kind: 'accepted',
    });
  });

  it('a command that changes nothing appends nothing', async () => {
    const id = fresh();
    await subscribe(id, 'growth');
    const head = await one.store.head();
    const outcome = accepted(await change(one, id, 'same', tierChange(side.now, 'growth')));
    expect(outcome).toMatchObject({ events: [], position: undefined, revision: 0, replayed: false });
    expect(await one.store.head()).toBe(head);
  });

  it('replay: the first outcome, here, in another process and after others have gone on', async () => {
    const id = fresh();
    const first = await subscribe(id);
    const command = subscription(side.now, id);
    const retry = (process: Process) =>
      process.pipeline.execute(subscriptions, id, command, envelope(`${id}/subscribe`));
    accepted(await change(two, id, 'upgrade', tierChange(side.now, 'growth')));
    const head = await one.store.head();
    for (const process of [one, two, side.open()]) {
      const again = accepted(await retry(process));
      expect(again).toMatchObject({ replayed: true, revision: 0, position: first.position });
      expect(again.events).toEqual(first.events);
    }
    expect(await one.store.head()).toBe(head);
  });

  it('replay: retries that arrive while the first is in flight get its outcome', async () => {
    const id = fresh();
    const retries = Array.from({ length: 16 }, (_, index) =>
      (index % 2 === 0 ? one : two).pipeline.execute(
        subscriptions,
        id,
        subscription(side.now, id),
        envelope(`${id}/subscribe`),
      ),
    );
    const outcomes = (await Promise.all(retries)).map(accepted);
    // EventStoreDB answers a repeated append like the first, so each process may take itself for the first.
    const firsts = outcomes.filter(({ replayed }) => !replayed);
    expect(firsts.length).toBeLessThanOrEqual(kind === 'Postgres' ? 1 : 2);
    for (const { events } of outcomes) expect(events).toEqual(outcomes[0]?.events);
    expect(await one.store.readStream(`subscription-${id}`)).toHaveLength(1);
  });

  it('the same key with another body is refused, on this stream and on any other', async () => {
    const [id, other] = [fresh(), fresh()];
    accepted(
      await one.pipeline.execute(subscriptions, id, subscription(side.now, id), envelope('the key', 1)),
    );
    const head = await one.store.head();
    for (const process of [one, two, side.open()]) {
      const execute = (stream: string, body: unknown) =>
        process.pipeline.execute(
          subscriptions,
          stream,
          subscription(side.now, stream),
          envelope('the key', body),
        );
      await expect(execute(id, 2)).rejects.toThrow(IdempotencyKeyReusedError);
      await expect(execute(other, 2)).rejects.toThrow(IdempotencyKeyReusedError);
      await expect(execute(other, 1)).rejects.toThrow(IdempotencyKeyReusedError);
    }
    expect(await one.store.head()).toBe(head);
    await subscribe(other);
  });

  it('the same key on two streams at once: one of them has it', async () => {
    const ids = [fresh(), fresh(), fresh(), fresh()];
    const settled = await Promise.allSettled(
      ids.map((id, index) =>
        (index % 2 === 0 ? one : two).pipeline.execute(
          subscriptions,
          id,
          subscription(side.now, id),
          envelope(`shared by ${ids[0]}`),
        ),
      ),
    );
    const losers = settled.filter((result) => result.status === 'rejected');
    expect(losers).toHaveLength(3);
    for (const loser of losers) expect(loser.reason).toBeInstanceOf(IdempotencyKeyReusedError);
  });

  it('a stale cache refuses only after a fresh read', async () => {
    const id = fresh();
    await subscribe(id, 'growth');
    accepted(await change(two, id, 'downgrade', tierChange(side.now, 'starter')));
    const due = { type: 'applyScheduledChange', now: '2026-02-01T00:00:00.000Z' } as const;
    const applied = accepted(await change(one, id, 'apply', due));
    expect(applied.state).toMatchObject({ tier: 'starter', scheduled: null });
  });

  it('If-Match: 412 when the revision is another, and nothing is written', async () => {
    const id = fresh();
    await subscribe(id);
    accepted(await change(two, id, 'upgrade', tierChange(side.now, 'growth')));
    const head = await one.store.head();
    const conditional = (key: string, ifMatch: number | 'none') =>
      one.pipeline.execute(
        subscriptions,
        id,
        tierChange(side.now, 'pro'),
        envelope(`${id}/${key}`, {}, { ifMatch }),
      );
    await expect(conditional('a', 0)).rejects.toMatchObject({ actual: 1 });
    await expect(conditional('b', 7)).rejects.toThrow(PreconditionFailedError);
    await expect(conditional('c', 'none')).rejects.toThrow(PreconditionFailedError);
    expect(await one.store.head()).toBe(head);
    expect(accepted(await conditional('d', 1)).revision).toBe(2);
    expect(accepted(await conditional('d', 1)).replayed).toBe(true);
  });

  it('64 concurrent tier changes of one customer in two processes: one outcome each, no lost update', async () => {
    const id = fresh();
    await subscribe(id, 'free');
    const commands = Array.from({ length: 64 }, (_, index) => ({
      process: index % 2 === 0 ? one : two,
      key: `change ${index}`,
      command: tierChange(side.now, TIERS[(index * 7) % TIERS.length] as string, `inv_${id}_${index}`),
    }));
    const outcomes = await Promise.all(
      commands.map(({ process, key, command }) => change(process, id, key, command)),
    );
    const stream = await one.store.readStream(`subscription-${id}`);
    const idsIn = (key: string) => {
      const { commandId } = envelope(`${id}/${key}`);
      return stream.filter(({ metadata }) => metadata.commandId === commandId).map((event) => event.id);
    };
    outcomes.forEach((outcome, index) => {
      const events = outcome.kind === 'accepted' ? outcome.events : [];
      expect(idsIn(`change ${index}`)).toEqual(events.map((event) => event.id));
    });
    const kinds = new Set(outcomes.map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(['accepted', 'refused']));
    const folded = stream.reduce(
      (state, event) => subscriptions.decider.evolve(state, recordedFrom(event) as never),
      subscriptions.decider.initialState,
    );
    expect(folded).toMatchObject({ tier: 'enterprise' });
    for (const { pipeline } of [one, two]) {
      expect((await pipeline.state(subscriptions, id, 'fresh')).state).toEqual(folded);
    }
  });

  it('leaves streams without gaps, ids without repetition', async () => {
    const log = await wholeLog(one.store);
    expect(new Set(log.map(({ id }) => id)).size).toBe(log.length);
    const next = new Map<string, number>();
    for (const { stream, revision } of log) {
      expect(revision).toBe(next.get(stream) ?? 0);
      next.set(stream, revision + 1);
    }
  });
});

type Accepted<State> = Extract<Outcome<State>, { kind: 'accepted' }>;

function accepted<State>(outcome: Outcome<State>): Accepted<State> {
  if (outcome.kind === 'refused') throw new Error(`refused: ${outcome.refusal.code}`);
  return outcome;
}
