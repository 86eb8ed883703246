import type { FlagId } from '../catalogue/catalogue.ts';
import type { LimitId, LimitValue, Tier } from '../catalogue/types.ts';
import type { Contract } from '../subscriptions/events.ts';
import type { EntitlementState } from './state.ts';

/** How a customer stands with its payments (catalogue, overdue states). */
export const STANDINGS = ['good', 'past_due', 'grace', 'restricted', 'suspended'] as const;
export type Standing = (typeof STANDINGS)[number];

export const STATUSES = ['none', 'trialing', 'active', 'paused', 'suspended', 'cancelled'] as const;
export type Status = (typeof STATUSES)[number];

/** What was agreed in place of the list: units a month by meter, static limits. What is not named is as in the plan. */
export type AgreedTerms = Pick<Contract, 'contractId' | 'allowances' | 'limits'>;

/** The plan as it was bought. */
export interface Plan {
  readonly tier: Tier;
  readonly catalogueVersion: string;
  readonly contract: AgreedTerms | null;
}

/** Something bought on top of a plan: an add-on, a vertical edition. It adds, it never takes away. */
export interface Extra {
  readonly id: string;
  readonly flags: readonly FlagId[];
  readonly limits: Readonly<Partial<Record<LimitId, LimitValue>>>;
}

/** Everything that decides what a customer may do. */
export interface Holding {
  readonly customerId: string;
  readonly status: Status;
  readonly standing: Standing;
  /** Null without a subscription. */
  readonly plan: Plan | null;
  readonly entitlements: EntitlementState;
  readonly addOns: readonly Extra[];
  readonly verticalEditions: readonly Extra[];
}

/** `readOnly`: what is there can be read, nothing new is made. */
export type Access = 'full' | 'readOnly' | 'none';

export type AccessReason =
  | 'ok'
  | 'payment-past-due'
  | 'payment-grace'
  | 'payment-restricted'
  | 'payment-suspended'
  | 'no-subscription'
  | 'subscription-paused'
  | 'subscription-cancelled';

/** What status and standing leave of a customer's access, before any feature is looked at. */
export function accessOf({ status, standing }: Pick<Holding, 'status' | 'standing'>): {
  readonly access: Access;
  readonly reason: AccessReason;
} {
  switch (status) {
    case 'none':
      return { access: 'none', reason: 'no-subscription' };
    case 'cancelled':
      return { access: 'none', reason: 'subscription-cancelled' };
    case 'paused':
      return { access: 'none', reason: 'subscription-paused' };
    case 'suspended':
      return { access: 'none', reason: 'payment-suspended' };
    default:
      return byStanding[standing];
  }
}

const byStanding = {
  good: { access: 'full', reason: 'ok' },
  past_due: { access: 'full', reason: 'payment-past-due' },
  grace: { access: 'full', reason: 'payment-grace' },
  restricted: { access: 'readOnly', reason: 'payment-restricted' },
  suspended: { access: 'none', reason: 'payment-suspended' },
} as const satisfies Record<Standing, { access: Access; reason: AccessReason }>;
