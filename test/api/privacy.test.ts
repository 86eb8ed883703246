import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandIdOfKey } from '../../api/http/idempotency.ts';
import { initializeCustomerRevenue, type SignUp } from '../../commands/customers.ts';
import { mintId } from '../../commands/envelope.ts';
import { IdempotencyKeyReusedError } from '../../platform/errors.ts';
import { createPool } from '../../platform/postgres.ts';
import { type CommandSide, createCommandSide, envelope, wholeLog } from '../commands/support.ts';
import { type StoreName, startTestService, type TestService } from '../support/service.ts';

const PERSON = { name: 'Ada Quillfeather', email: 'ada@quillfeather.example' };
const OTHER = { name: 'Bob Thistlewood', email: 'bob@thistlewood.example' };
const TRACES = /quillfeather|thistlewood/i;
const STORES: readonly StoreName[] = ['postgres', 'eventstoredb'];

const subjectOf = (key: string) => mintId('sbj', commandIdOfKey('key:owner', key));
const heldIn = async (pool: pg.Pool, subjectId: string) =>
  (await pool.query('select name, email from vault.subjects where subject_id = $1', [subjectId])).rows;

/** The rows of every table outside the vault, as text. */
async function everythingElse(pool: pg.Pool): Promise<Map<string, string>> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
      where table_type = 'BASE TABLE' and table_schema not in ('vault', 'pg_catalog', 'information_schema')`,
  );
  const texts = new Map<string, string>();
  for (const { name } of tables) {
    const { rows } = await pool.query<{ row: string }>(`select t::text as row from ${name} t`);
    texts.set(name, rows.map(({ row }) => row).join('\n'));
  }
  return texts;
}

describe.each(STORES)('a sign-up with name and e-mail, over %s', (store) => {
  let api: TestService;
  let pool: pg.Pool;
  const plan = { customerId: 'cus_1', tier: 'starter', paymentMethod: true };
  const call = (key: string, inputs: Readonly<Record<string, unknown>>) =>
    api.client.call('initializeCustomerRevenue', inputs, { idempotencyKey: key });
  const registrations = async (customerId: string) =>
    (await api.service.core.store.readStream(`customer-${customerId}`)).map((event) => event.metadata);

  beforeAll(async () => {
    api = await startTestService({}, store);
    pool = createPool({ url: api.databaseUrl, name: 'privacy', as: 'owner', max: 2 });
    expect((await call('first', { ...plan, ...PERSON })).status).toBe(201);
  });
  afterAll(async () => {
    await pool.end();
    await api.close();
  });

  test('leaves the request hash that one without them leaves', async () => {
    const anonymous = await startTestService();
    await anonymous.ok('initializeCustomerRevenue', plan);
    await anonymous.ok('initializeCustomerRevenue', { ...plan, customerId: 'cus_2' });
    const hash = async (of: TestService, customerId = 'cus_1') =>
      (await of.service.core.store.readStream(`customer-${customerId}`))[0]?.metadata.requestHash;
    const [own, without, another] = [await hash(api), await hash(anonymous), await hash(anonymous, 'cus_2')];
    await anonymous.close();
    expect(own).toMatch(/^[0-9a-f]{64}$/);
    expect(own).toBe(without);
    expect(own).not.toBe(another);
  });

  test('with the same key and person is a replay, with another one it is refused', async () => {
    const again = await call('first', { ...plan, ...PERSON, name: ` ${PERSON.name} ` });
    expect([again.status, again.headers.get('Idempotent-Replayed')]).toEqual([200, 'true']);
    for (const person of [{ ...PERSON, email: OTHER.email }, { ...PERSON, name: OTHER.name }, {}]) {
      const { status, body } = await call('first', { ...plan, ...person });
      expect([status, body]).toMatchObject([422, { code: 'idempotency-key-reused' }]);
    }
    expect(await heldIn(pool, subjectOf('first'))).toEqual([PERSON]);
    await api.restart();
    expect((await call('first', { ...plan, ...OTHER })).status).toBe(422);
    expect((await call('first', { ...plan, ...PERSON })).status).toBe(200);
    expect(await heldIn(pool, subjectOf('first'))).toEqual([PERSON]);
    expect(await registrations('cus_1')).toHaveLength(1);
  });

  test('and another person at the same moment with the same key: one wins', async () => {
    for (let round = 0; round < 5; round += 1) {
      const [key, customerId] = [`race-${round}`, `cus_race_${round}`];
      const people = [PERSON, OTHER, { ...PERSON, email: OTHER.email }];
      const answers = await Promise.all(
        people.map((person) => call(key, { ...plan, customerId, ...person })),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 422, 422]);
      const winner = people[answers.findIndex(({ status }) => status === 201)];
      expect(await heldIn(pool, subjectOf(key))).toEqual([winner]);
      expect(await registrations(customerId)).toHaveLength(1);
    }
  });

  test('is a replay whatever the person once it is erased, and stays erased', async () => {
    await call('erased', { ...plan, customerId: 'cus_erased', ...PERSON });
    const subjectId = subjectOf('erased');
    await pool.query(
      'update vault.subjects set name = null, email = null, erased_at = now() where subject_id = $1',
      [subjectId],
    );
    for (const person of [PERSON, OTHER, {}]) {
      const { status } = await call('erased', { ...plan, customerId: 'cus_erased', ...person });
      expect(status).toBe(200);
    }
    expect(await heldIn(pool, subjectId)).toEqual([{ name: null, email: null }]);
  });

  test('shows in the vault and nowhere else, also when it was refused', async () => {
    expect((await call('refused', { ...plan, ...OTHER })).status).toBe(409);
    await api.client.call('initializeCustomerRevenue', { ...plan, ...OTHER, email: 'bob@thistlewood' });
    const log = JSON.stringify(await wholeLog(api.service.core.store));
    expect(log).toContain('cus_1');
    expect(log).not.toMatch(TRACES);
    const texts = await everythingElse(pool);
    expect([...texts.keys()]).toEqual(expect.arrayContaining(['log.events', 'ops.refused_commands']));
    expect(texts.get('ops.refused_commands')).toContain('customer-exists');
    if (store === 'postgres') expect(texts.get('log.events')).toContain('cus_1');
    for (const [table, text] of texts) expect(text, table).not.toMatch(TRACES);
    expect(await heldIn(pool, subjectOf('refused'))).toEqual([]);
  });
});

describe('two processes get sign-ups with one key and different people', () => {
  let side: CommandSide;
  beforeAll(async () => {
    side = await createCommandSide();
  });
  afterAll(() => side.dispose());

  const signUp = (customerId: string, person: Pick<SignUp, 'name' | 'email'>): SignUp => ({
    customerId,
    ...person,
    currency: 'USD',
    taxRate: '0',
    paymentMethod: true,
    tier: 'starter',
    billingCycle: 'monthly',
    trialDays: 0,
  });

  test('the one whose person is held wins, though the other is the first to come to the log', async () => {
    const { context, store } = side.open();
    const asked = envelope('held');
    const subjectId = mintId('sbj', asked.commandId);
    await context.vault.put(subjectId, PERSON);
    await expect(initializeCustomerRevenue(context, signUp('held', OTHER), asked)).rejects.toThrow(
      IdempotencyKeyReusedError,
    );
    expect(await store.readStream('customer-held')).toEqual([]);
    const won = await initializeCustomerRevenue(context, signUp('held', PERSON), asked);
    expect(won).toMatchObject({ replayed: false });
    expect(await context.vault.get(subjectId)).toEqual({ ...PERSON, erased: false });
  });

  test('exactly one wins a race, and its person is held', async () => {
    const processes = [side.open(), side.open()] as const;
    const people = [PERSON, OTHER] as const;
    for (let round = 0; round < 10; round += 1) {
      const asked = envelope(`race ${round}`);
      const results = await Promise.allSettled(
        processes.map(({ context }, index) =>
          initializeCustomerRevenue(context, signUp(`race-${round}`, people[index] ?? PERSON), asked),
        ),
      );
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const loser = results.find((result) => result.status === 'rejected');
      expect(loser?.reason).toBeInstanceOf(IdempotencyKeyReusedError);
      const winner = people[results.findIndex(({ status }) => status === 'fulfilled')];
      expect(await heldIn(side.pool, mintId('sbj', asked.commandId))).toEqual([winner]);
    }
  });
});
