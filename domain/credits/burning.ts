import { centsString, decimal } from '../kernel/money.ts';
import type { Instant } from '../kernel/time.ts';

/** A top-up or a grant. Amounts in cents. */
export interface Block {
  readonly id: string;
  readonly amount: string;
  readonly left: string;
  readonly priority: number;
  /** Not to be used from here on; null: never expires. */
  readonly expiresAt: Instant | null;
}

/** An amount of one block. */
export interface Part {
  readonly id: string;
  readonly amount: string;
}

/** Order of burning, and of breakage: priority (low first), expiry (earliest first, none last), id. */
export function burningOrder(a: Block, b: Block): number {
  if (a.priority !== b.priority) return a.priority - b.priority;
  if (a.expiresAt !== b.expiresAt) {
    if (a.expiresAt === null) return 1;
    if (b.expiresAt === null) return -1;
    return a.expiresAt < b.expiresAt ? -1 : 1;
  }
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** True once a block may not be used any more, whether its end is recorded or not. */
export function isExpired({ expiresAt }: Block, at: Instant): boolean {
  return expiresAt !== null && expiresAt <= at;
}

/** What blocks give towards an amount at an instant, in order of burning; less than it where they do not reach. */
export function burn(blocks: readonly Block[], wanted: string, at: Instant): Part[] {
  let open = decimal(wanted);
  const parts: Part[] = [];
  for (const block of blocks.filter((one) => !isExpired(one, at)).sort(burningOrder)) {
    const left = decimal(block.left);
    const amount = left.lt(open) ? left : open;
    if (amount.lte(0)) continue;
    open = open.minus(amount);
    parts.push({ id: block.id, amount: centsString(amount) });
  }
  return parts;
}

/** Of what was burnt, the parts that come back for an amount: what was burnt last comes back first. */
export function unburn(parts: readonly Part[], wanted: string): Part[] {
  let open = decimal(wanted);
  const back = parts.toReversed().flatMap(({ id, amount: burnt }) => {
    const amount = open.lt(burnt) ? open : decimal(burnt);
    if (amount.lte(0)) return [];
    open = open.minus(amount);
    return [{ id, amount: centsString(amount) }];
  });
  if (open.gt(0)) throw new RangeError(`${wanted} is more than was set aside`);
  return back;
}

/** The sum of amounts, in cents. */
export function sumOf(parts: readonly { readonly amount: string }[]): string {
  return centsString(parts.reduce((sum, { amount }) => sum.plus(amount), decimal(0)));
}
