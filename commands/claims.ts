/** What became of a claim on a usage fact's id. */
export type FactClaim =
  /** Never seen: append it. */
  | 'new'
  /** Claimed before, but whether it reached the log is not known: append it again. */
  | 'unconfirmed'
  /** In the log with the same content. */
  | 'duplicate'
  /** Claimed with other content. */
  | 'conflict';

/**
 * Claims that make ids unique where the log itself does not know all ids (EventStoreDB). A claim is durable
 * before the append that it is for; after a crash the stream has the last word.
 */
export interface KeyClaims {
  /**
   * Claims a command id for one stream and one request.
   * @throws IdempotencyKeyReusedError when it is claimed for another
   */
  claim(commandId: string, stream: string, requestHash: string): Promise<void>;
  /** What a command id is claimed for; undefined if it is not. */
  find(commandId: string): Promise<{ readonly stream: string; readonly requestHash: string } | undefined>;
  /** Runs work on usage facts while no other call in this process works on any of them. */
  withFacts<T>(ids: readonly string[], work: () => Promise<T>): Promise<T>;
  /** Claims usage facts by id, in order, each with the hash of its content. */
  claimFacts(facts: readonly { readonly id: string; readonly hash: string }[]): Promise<readonly FactClaim[]>;
  /** The facts are in the log. */
  confirmFacts(ids: readonly string[]): Promise<void>;
}
