import type { Instant } from '../domain/kernel/time.ts';

/** Something of a customer or of an invoice that falls due. */
export interface Due {
  readonly subject: string;
  readonly at: Instant;
}

export interface DueQuery {
  /** Due at or before. */
  readonly until: Instant;
  readonly limit?: number | undefined;
  /** Only those that come after this one in order of (at, subject). */
  readonly after?: Due | undefined;
}
