import type { CustomerState } from '../domain/customers/decider.ts';
import { type Refusal, refuse } from '../domain/kernel/decider.ts';
import { customers } from './aggregate.ts';
import type { CommandContext } from './context.ts';

type Registered = Extract<CustomerState, { registered: true }>;

/** The customer if it is registered, also when another process has just done so. */
export async function registeredCustomer(
  context: Pick<CommandContext, 'pipeline'>,
  customerId: string,
): Promise<Registered | undefined> {
  const cached = (await context.pipeline.state(customers, customerId)).state;
  if (cached.registered) return cached;
  const { state } = await context.pipeline.state(customers, customerId, 'fresh');
  return state.registered ? state : undefined;
}

export function customerNotFound(customerId: string): Refusal {
  return refuse('customer-not-found', `there is no customer ${customerId}`, 'customerId');
}
