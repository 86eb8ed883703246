import { type SharedCounter, WINDOW_SECONDS } from './shared-counter.ts';

/** A process takes a quota in at most this many pieces, so a window costs each bucket that many trips at most. */
const PIECES = 50;
const AHEAD_FROM = 4;
const MAX_LEASES = 20_000;

export interface Verdict {
  readonly admitted: boolean;
  /** Points left in the window, as far as this process knows. */
  readonly remaining: number;
  /** Until the window ends, in whole seconds, at least 1. */
  readonly resetSeconds: number;
}

/** Points of a bucket's window that this process holds. */
interface Lease {
  /** Taken from the shared counter and not used yet. */
  left: number;
  /** Not taken by anybody when this process last asked. */
  elsewhere: number;
  /** End of the window, in milliseconds since the epoch. 0: none is known. */
  until: number;
  /** The quota is used up until then. */
  spent: boolean;
  asking: Promise<void> | undefined;
}

/**
 * Quotas per window of a minute, shared by all processes. Points are taken from the shared counter in leases and
 * handed out from memory: never more than the quota in a window, and a database round trip only for each lease.
 */
export class Quotas {
  readonly #counter: SharedCounter;
  readonly #now: () => number;
  readonly #leases = new Map<string, Lease>();

  /** @param now milliseconds since the epoch, real time */
  constructor(counter: SharedCounter, now: () => number = Date.now) {
    this.#counter = counter;
    this.#now = now;
  }

  /**
   * Takes one point of a bucket.
   * @param quota points in a window
   */
  take(bucket: string, quota: number): Verdict | Promise<Verdict> {
    const lease = this.#leaseOf(bucket);
    return this.#fromMemory(lease, bucket, quota) ?? this.#afterAsking(lease, bucket, quota);
  }

  /** The refusal that a bucket would get; undefined while it has, or may have, something left. */
  refusal(bucket: string): Verdict | undefined {
    const lease = this.#leases.get(bucket);
    return lease?.spent === true && lease.left === 0 && lease.until > this.#now()
      ? this.#verdict(lease, false)
      : undefined;
  }

  async #afterAsking(lease: Lease, bucket: string, quota: number): Promise<Verdict> {
    for (;;) {
      await this.#ask(lease, bucket, quota);
      const verdict = this.#fromMemory(lease, bucket, quota);
      if (verdict !== undefined) return verdict;
    }
  }

  #fromMemory(lease: Lease, bucket: string, quota: number): Verdict | undefined {
    if (lease.until <= this.#now()) {
      lease.left = 0;
      lease.spent = false;
    }
    if (lease.left > 0) {
      lease.left -= 1;
      // Asked for ahead, so that a busy caller does not wait for it. Small pieces are not worth losing one.
      const piece = pieceOf(quota);
      if (piece >= AHEAD_FROM && lease.left * 2 < piece && lease.elsewhere > 0)
        void this.#ask(lease, bucket, quota);
      return this.#verdict(lease, true);
    }
    return lease.spent ? this.#verdict(lease, false) : undefined;
  }

  #ask(lease: Lease, bucket: string, quota: number): Promise<void> {
    lease.asking ??= this.#refill(lease, bucket, quota).finally(() => {
      lease.asking = undefined;
    });
    return lease.asking;
  }

  async #refill(lease: Lease, bucket: string, quota: number): Promise<void> {
    const wanted = pieceOf(quota);
    const { total, msUntilReset } = await this.#counter.add(bucket, wanted);
    // What was taken beyond the quota was not there to be taken.
    const granted = Math.max(0, Math.min(wanted, quota - (total - wanted)));
    const until = this.#now() + msUntilReset;
    // What is left of a window that is over does not count in the next one.
    const sameWindow = until - lease.until < (WINDOW_SECONDS * 1000) / 2;
    lease.left = (sameWindow ? lease.left : 0) + granted;
    lease.elsewhere = Math.max(0, quota - total);
    lease.until = until;
    lease.spent = granted < wanted;
  }

  #verdict(lease: Lease, admitted: boolean): Verdict {
    return {
      admitted,
      remaining: admitted ? lease.left + lease.elsewhere : 0,
      resetSeconds: Math.min(WINDOW_SECONDS, Math.max(1, Math.ceil((lease.until - this.#now()) / 1000))),
    };
  }

  #leaseOf(bucket: string): Lease {
    const known = this.#leases.get(bucket);
    if (known !== undefined) return known;
    if (this.#leases.size >= MAX_LEASES) this.#forgetOver();
    const lease: Lease = { left: 0, elsewhere: 0, until: 0, spent: false, asking: undefined };
    this.#leases.set(bucket, lease);
    return lease;
  }

  #forgetOver(): void {
    const now = this.#now();
    for (const [bucket, lease] of this.#leases) {
      if (lease.until <= now && lease.asking === undefined) this.#leases.delete(bucket);
    }
    // All of them are in use: forgetting loses leases, never counts.
    if (this.#leases.size >= MAX_LEASES) this.#leases.clear();
  }
}

function pieceOf(quota: number): number {
  return Math.ceil(quota / PIECES);
}
