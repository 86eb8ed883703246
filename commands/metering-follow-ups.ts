import { combineFollowUps } from './follow-ups.ts';
import { ratingFollowUps } from './rating.ts';
import { correctionFollowUps } from './usage-corrections.ts';
import { usageInvoiceFollowUps } from './usage-invoice.ts';
import { quarantineFollowUps } from './usage-quarantine.ts';
import { usageTermsFollowUps } from './usage-terms.ts';

/** What follows from what was counted, agreed accrued and reserved. */
export const meteringFollowUps = combineFollowUps(
  ratingFollowUps,
  correctionFollowUps,
  quarantineFollowUps,
  usageTermsFollowUps,
  usageInvoiceFollowUps,
);
