import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { customers } from '../../commands/aggregate.ts';
import { naturalUuid } from '../../commands/envelope.ts';
import { trackUsageEvents, type UsageInput } from '../../commands/metering.ts';
import { PostgresClaims } from '../../commands/postgres-claims.ts';
import { canonicalJson, sha256Hex } from '../../platform/canonical-json.ts';
import { IdempotencyKeyReusedError } from '../../platform/errors.ts';
import {
  type CommandSide,
  createCommandSide,
  envelope,
  type Process,
  registration,
  wholeLog,
} from './support.ts';

describe('claims', () => {
  let side: CommandSide;
  let one: Process;
  let claims: PostgresClaims;
  let elsewhere: PostgresClaims;

  beforeAll(async () => {
    side = await createCommandSide('EventStoreDB stand-in');
    one = side.open();
    [claims, elsewhere] = [new PostgresClaims(side.pool), new PostgresClaims(side.pool)];
    await one.pipeline.execute(customers, 'cus_a', registration(side.now, 'cus_a'), envelope('cus_a'));
  });
  afterAll(() => side.dispose());

  it('a command id belongs to one stream and one request, for ever', async () => {
    const id = randomUUID();
    await claims.claim(id, 'subscription-a', 'hash');
    await claims.claim(id, 'subscription-a', 'hash');
    await elsewhere.claim(id, 'subscription-a', 'hash');
    await expect(elsewhere.claim(id, 'subscription-a', 'other')).rejects.toThrow(IdempotencyKeyReusedError);
    await expect(claims.claim(id, 'subscription-b', 'hash')).rejects.toThrow(IdempotencyKeyReusedError);
  });

  it('of many who claim an id at once, one stream has it; neighbours in the batch are not disturbed', async () => {
    const [id, ...others] = Array.from({ length: 41 }, () => randomUUID());
    const contending = Array.from({ length: 40 }, (_, index) =>
      (index % 2 === 0 ? claims : elsewhere).claim(id as string, `stream-${index}`, 'hash'),
    );
    const aside = others.map((other) => claims.claim(other, 'aside', 'hash'));
    const settled = await Promise.allSettled(contending);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await Promise.all(aside);
  });

  it('facts: new, unconfirmed until they are in the log, then duplicate; other content is a conflict', async () => {
    const [a, b] = [randomUUID(), randomUUID()];
    const ask = (by: PostgresClaims, ...facts: readonly (readonly [string, string])[]) =>
      by.claimFacts(facts.map(([id, hash]) => ({ id, hash })));
    expect(await ask(claims, [a, '1'], [b, '1'], [a, '1'], [a, '2'])).toEqual([
      'new',
      'new',
      'duplicate',
      'conflict',
    ]);
    expect(await ask(elsewhere, [a, '1'], [a, '1'], [a, '2'])).toEqual([
      'unconfirmed',
      'duplicate',
      'conflict',
    ]);
    await claims.confirmFacts([a]);
    expect(await ask(elsewhere, [a, '1'], [b, '1'], [a, '2'])).toEqual([
      'duplicate',
      'unconfirmed',
      'conflict',
    ]);
    await claims.confirmFacts([]);
    expect(await ask(claims)).toEqual([]);
  });

  it('calls with the same facts in whatever order never wait for each other in a circle', async () => {
    const ids = Array.from({ length: 2_000 }, () => randomUUID());
    const facts = ids.map((id) => ({ id, hash: '1' }));
    const answers = await Promise.all(
      Array.from({ length: 6 }, async (_, index) => {
        const own = index % 2 === 0 ? facts : facts.toReversed();
        const answer = await claims.claimFacts(own);
        await claims.confirmFacts(own.map(({ id }) => id));
        return answer;
      }),
    );
    expect(answers.flat().filter((claim) => claim === 'new')).toHaveLength(2_000);
    expect(answers.flat()).not.toContain('conflict');
  });

  const fact = (eventId: string, quantity = 1): UsageInput => ({
    customerId: 'cus_a',
    eventType: 'api.called',
    eventId,
    occurredAt: '2026-01-10T11:59:00.000Z',
    quantity,
    metadata: {},
  });
  const track = async (inputs: readonly UsageInput[]) => {
    const results = await trackUsageEvents(side.open().context, inputs, envelope(`call ${randomUUID()}`));
    return results.map(({ status }) => status);
  };
  const inLog = async (eventId: string) => {
    const id = naturalUuid('usage', 'cus_a', eventId);
    return (await wholeLog(one.store)).filter((event) => event.id === id);
  };

  it('a crash between claim and append: the retry appends', async () => {
    const id = naturalUuid('usage', 'cus_a', 'crashed early');
    const hash = sha256Hex(canonicalJson(fact('crashed early')));
    await claims.claimFacts([{ id, hash }]);
    expect(await track([fact('crashed early', 2), fact('neighbour')])).toEqual(['conflict', 'accepted']);
    expect(await inLog('crashed early')).toEqual([]);
    expect(await track([fact('crashed early')])).toEqual(['accepted']);
    expect(await track([fact('crashed early')])).toEqual(['duplicate']);
    expect(await inLog('crashed early')).toHaveLength(1);
  });

  it('a crash between append and confirmation: counted once, by its id, whatever the log holds', async () => {
    expect(await track([fact('crashed late')])).toEqual(['accepted']);
    await side.pool.query('update ops.fact_claims set confirmed = false where event_id = $1', [
      naturalUuid('usage', 'cus_a', 'crashed late'),
    ]);
    expect(await track([fact('crashed late'), fact('crashed late')])).toEqual(['accepted', 'duplicate']);
    const stored = await inLog('crashed late');
    expect(new Set(stored.map(({ id }) => id)).size).toBe(1);
    expect(new Set(stored.map(({ data }) => JSON.stringify(data))).size).toBe(1);
    expect(await track([fact('crashed late')])).toEqual(['duplicate']);
  });
});
