import { type Cents, smaller } from './arithmetic.ts';
import type { Time } from './calendar.ts';
import type { NaiveInvoice } from './naive-invoice.ts';

export interface Block {
  left: Cents;
  readonly priority: number;
  readonly expiresAt: Time | null;
}

export interface CreditRefund {
  readonly amount: Cents;
  status: 'requested' | 'settled' | 'failed';
}

type Post = (account: string, amount: Cents) => void;

/** What is held for a customer: credit balance, prepaid wallet, promotional credit. */
export class NaiveFunds {
  credit: Cents = 0n;
  readonly topUps: Block[] = [];
  readonly grants: Block[] = [];
  readonly refunds: CreditRefund[] = [];
  readonly #post: Post;
  readonly #promotions = new Map<NaiveInvoice, readonly Cents[]>();
  #burnt: readonly Cents[] = [];

  constructor(post: Post) {
    this.#post = post;
  }

  topUp(account: string, block: Block): void {
    this.topUps.push(block);
    this.#post(account, block.left);
    this.#post('2210', -block.left);
  }

  /** A final invoice takes the wallet for its usage, then the credit balance for what is left. */
  settle(invoice: NaiveInvoice, now: Time): void {
    if (invoice.due <= 0n) return;
    const wallet = burn(this.topUps, smaller(invoice.usagePart, invoice.due), now);
    const credit = smaller(this.credit, invoice.due - wallet);
    this.credit -= credit;
    invoice.paid += wallet + credit;
    this.#post('2210', wallet);
    this.#post('2200', credit);
    this.#post('1200', -wallet - credit);
  }

  /** Promotional credit lowers usage before tax. */
  promote(usage: Cents, now: Time): Cents {
    const before = this.grants.map(({ left }) => left);
    const used = usage > 0n ? burn(this.grants, usage, now) : 0n;
    this.#burnt = this.grants.map(({ left }, index) => (before[index] ?? 0n) - left);
    this.#post('4910', used);
    this.#post('1210', -used);
    return used;
  }

  /** The invoice that the latest promotion is on. */
  promoted(invoice: NaiveInvoice): void {
    if (invoice.lines.some(({ kind }) => kind === 'promotion')) this.#promotions.set(invoice, this.#burnt);
  }

  /** The invoice is void: its promotion can be used again, if it has not ended. */
  unpromote(invoice: NaiveInvoice, now: Time): void {
    const burnt = this.#promotions.get(invoice) ?? [];
    burnt.forEach((part, index) => {
      const grant = this.grants[index];
      if (grant !== undefined && !isOver(grant, now)) grant.left += part;
      // The line on the invoice took the asset that the promotion gave: both go back.
      this.#post('4910', -part);
    });
  }

  expire(now: Time): void {
    for (const block of this.topUps.filter((one) => isOver(one, now))) {
      this.#post('2210', block.left);
      this.#post('4025', -block.left);
      block.left = 0n;
    }
    for (const block of this.grants.filter((one) => isOver(one, now))) block.left = 0n;
  }

  refund(amount: Cents): string {
    if (amount <= 0n) return 'invalid-amount';
    if (amount > this.credit) return 'insufficient-credit';
    this.credit -= amount;
    this.refunds.push({ amount, status: 'requested' });
    this.#post('2200', amount);
    this.#post('2220', -amount);
    return 'ok';
  }

  settleRefund(outcome: 'settled' | 'failed'): string {
    const refund = this.refunds.at(-1);
    if (refund === undefined) return 'refund-not-found';
    if (outcome === 'settled' && refund.status === 'settled') return 'refund-settled';
    const left = outcome === 'settled' ? refund.amount : refund.status === 'settled' ? -refund.amount : 0n;
    this.#post('2220', left);
    this.#post('1100', -left);
    refund.status = outcome;
    return 'ok';
  }
}

function isOver({ expiresAt }: Block, now: Time): boolean {
  return expiresAt !== null && expiresAt <= now;
}

/** Lowest priority first, of those the one that ends first. */
function burn(blocks: readonly Block[], wanted: Cents, now: Time): Cents {
  const usable = blocks
    .filter((block) => !isOver(block, now))
    .sort((a, b) => a.priority - b.priority || (a.expiresAt ?? Infinity) - (b.expiresAt ?? Infinity) || 0);
  let open = wanted;
  for (const block of usable) {
    const part = smaller(block.left, open);
    block.left -= part;
    open -= part;
  }
  return wanted - open;
}
