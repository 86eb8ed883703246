import { afterAll, beforeAll, expect, it } from 'vitest';
import { customers, subscriptions } from '../../commands/aggregate.ts';
import { changeSubscriptionTier, createSubscription } from '../../commands/subscriptions.ts';
import { type CommandSide, createCommandSide, envelope, type Process, registration } from './support.ts';

let side: CommandSide;
let one: Process;

beforeAll(async () => {
  side = await createCommandSide();
  one = side.open();
});
afterAll(() => side.dispose());

const terms = { billingCycle: 'monthly', trialDays: 0 } as const;
const change = ({ context }: Process, newTier: string, key: string) =>
  changeSubscriptionTier(
    context,
    { customerId: 'cus', newTier, effectiveAt: null, prorate: 'invoice' },
    envelope(key, newTier),
  );

it('a retry is answered as the first time, although the state has moved on since', async () => {
  await one.pipeline.execute(customers, 'cus', registration(side.now, 'cus'), envelope('cus'));
  const started = await createSubscription(
    one.context,
    { customerId: 'cus', tier: 'growth', ...terms },
    envelope('start'),
  );
  const scheduled = await change(one, 'starter', 'down');
  const cancelled = await change(one, 'growth', 'stay');
  const upgraded = await change(one, 'enterprise', 'up');
  const again = [
    () => createSubscription(one.context, { customerId: 'cus', tier: 'growth', ...terms }, envelope('start')),
    () => change(one, 'starter', 'down'),
    () => change(side.open(), 'growth', 'stay'),
    () => change(side.open(), 'enterprise', 'up'),
  ];
  for (const [index, first] of [started, scheduled, cancelled, upgraded].entries()) {
    expect(first).toMatchObject({ replayed: false });
    expect(await again[index]?.()).toEqual({ ...first, replayed: true });
  }
  const { state } = await one.pipeline.state(subscriptions, 'cus', 'fresh');
  expect(state).toMatchObject({ tier: 'enterprise', scheduled: null });
});
