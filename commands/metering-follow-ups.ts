import type { FollowUps } from './follow-ups.ts';
import { ratingFollowUps } from './rating.ts';
import { correctionFollowUps } from './usage-corrections.ts';
import { quarantineFollowUps } from './usage-quarantine.ts';
import { usageTermsFollowUps } from './usage-terms.ts';

/** What follows from what was counted, agreed and accrued. Reservations belong to their invoices. */
export const meteringFollowUps: FollowUps = {
  ...ratingFollowUps,
  ...correctionFollowUps,
  ...quarantineFollowUps,
  ...usageTermsFollowUps,
};
