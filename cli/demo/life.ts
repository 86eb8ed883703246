import type { BillingCycle, MeterId, Tier } from '../../domain/catalogue/types.ts';
import type { Contract } from '../../domain/subscriptions/events.ts';
import type { Payer } from './payers.ts';
import type { Move, Stray } from './wishes.ts';

/** What a customer is and asks for, from its sign-up on. */
export interface Life {
  readonly tier: Tier;
  readonly billingCycle: BillingCycle;
  readonly trialDays: number;
  readonly contract: Contract | null;
  readonly taxRate: string;
  readonly taxInclusive: boolean;
  readonly paymentMethod: boolean;
  /** Index of the working day on which it signs up. */
  readonly joinsOn: number;
  readonly payer: Payer;
  /** Its use of an allowance in a usual month: 1 is all of it. */
  readonly appetite: number;
  /** What it uses at all. */
  readonly meters: readonly [MeterId, ...MeterId[]];
  readonly moves: readonly Move[];
  readonly strays: readonly Stray[];
}
