import { z } from 'zod';

const posting = z.strictObject({
  account: z.string(),
  side: z.enum(['Dr', 'Cr']),
  amount: z.string(),
  customerId: z.string().optional(),
  revenueStream: z.int().optional(),
  meter: z.string().optional(),
  partnerId: z.string().optional(),
  loanId: z.string().optional(),
  servicePeriod: z.string().optional(),
});

/** The journal entry as it travels with its event. Balanced per currency; see ledger/journal-entry.ts. */
export const entrySchema = z.strictObject({
  /** Template and version of the rule that built it: `SUB-1@1`. */
  template: z.string(),
  currency: z.string(),
  effectiveAt: z.string(),
  description: z.string(),
  postings: z.array(posting).min(2),
});

/** What every event carries beside its data. No personal data: actors and customers are opaque ids. */
export const metadataSchema = z.strictObject({
  commandId: z.string(),
  commandType: z.string(),
  correlationId: z.string(),
  causationId: z.string(),
  /** Principal that asked: `key:<id>`, `scheduler`, `reactor:<name>`. */
  actor: z.string(),
  /** SHA-256 (hex) over operation and canonical validated body. */
  requestHash: z.string(),
  /** Business clock: when we knew. */
  recordedAt: z.string(),
  /** Which period it belongs to. */
  effectiveAt: z.string(),
  customerId: z.string().optional(),
  entry: entrySchema.optional(),
});

export type EventMetadata = z.infer<typeof metadataSchema>;
export type EntryData = z.infer<typeof entrySchema>;
export type PostingData = z.infer<typeof posting>;
