import type { Config } from '../../platform/config.ts';
import type { HeldSubject } from '../../platform/vault.ts';
import type { Party } from './model.ts';

/** Who issues the documents of this deployment. */
export interface Seller {
  readonly party: Party;
  /** How to pay, one a line. */
  readonly instructions: readonly string[];
  readonly footer: readonly string[];
}

type SellerSettings = Pick<
  Config,
  | 'SELLER_NAME'
  | 'SELLER_ADDRESS'
  | 'SELLER_TAX_ID'
  | 'SELLER_EMAIL'
  | 'PAYMENT_INSTRUCTIONS'
  | 'INVOICE_FOOTER'
>;

const UNSEEN = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** What an invoice is not accepted without. */
const NEEDED = ['SELLER_NAME', 'SELLER_ADDRESS'] as const;

/** The settings without which documents show a placeholder instead of their issuer. */
export function missingSellerSettings(config: SellerSettings): readonly string[] {
  return NEEDED.filter((name) => config[name] === undefined);
}

export function sellerFrom(config: SellerSettings): Seller {
  const address = config.SELLER_ADDRESS;
  return {
    party: {
      name: config.SELLER_NAME ?? '[Name of your company: SELLER_NAME]',
      lines: [
        ...(address === undefined ? ['[Your postal address: SELLER_ADDRESS]'] : linesOf(address)),
        ...(config.SELLER_TAX_ID === undefined ? [] : [`Tax ID ${config.SELLER_TAX_ID}`]),
        ...(config.SELLER_EMAIL === undefined ? [] : [config.SELLER_EMAIL]),
      ],
    },
    instructions: linesOf(config.PAYMENT_INSTRUCTIONS ?? ''),
    footer: linesOf(config.INVOICE_FOOTER ?? ''),
  };
}

/** An erased customer's documents stay valid: the id still says whose they are. */
export function billToParty(customerId: string, held: HeldSubject | undefined): Party {
  const byId = `Customer ${customerId}`;
  if (held?.erased === true)
    return { name: byId, lines: ['Name and e-mail address were erased on request.'] };
  const email = held?.email ?? null;
  const lines = email === null ? [] : [visible(email)];
  const name = visible(held?.name ?? '');
  return name === '' ? { name: byId, lines } : { name, lines: [...lines, byId] };
}

/** Without control characters, and without those that turn the direction of the text after them. */
function visible(text: string): string {
  return text.replace(UNSEEN, '').trim();
}

/** Lines of a setting: line breaks as they are, or written as `\n` where a file has one line a setting. */
function linesOf(text: string): string[] {
  return text
    .split(/\r?\n|\\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
