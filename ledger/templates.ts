import { type AccountCode, isAccountCode, type Side } from './chart-of-accounts.ts';
import type { LineDefinition, TemplateDefinition } from './templates/definition.ts';
import { lendingTemplates } from './templates/lending.ts';
import { marketplaceTemplates } from './templates/marketplace.ts';
import { partnersTemplates } from './templates/partners.ts';
import { processingTemplates } from './templates/processing.ts';
import { productsTemplates } from './templates/products.ts';
import { receivablesTemplates } from './templates/receivables.ts';
import { subscriptionsTemplates } from './templates/subscriptions.ts';
import { usageTemplates } from './templates/usage.ts';

const definitions = {
  ...subscriptionsTemplates,
  ...usageTemplates,
  ...receivablesTemplates,
  ...marketplaceTemplates,
  ...partnersTemplates,
  ...productsTemplates,
  ...lendingTemplates,
  ...processingTemplates,
};

export type TemplateCode = keyof typeof definitions;

/** One line of a worked example; `amount` is a decimal string in USD. */
export interface TemplateLine {
  readonly side: Side;
  readonly account: AccountCode;
  readonly amount: string;
}

/**
 * What a revenue action posts, with worked amounts. The amounts are an example, the sides and accounts the
 * rule; `lines` is empty where the action posts nothing.
 */
export interface Template {
  readonly code: TemplateCode;
  readonly title: string;
  /** The event or job that makes the entry. */
  readonly trigger: string;
  readonly lines: readonly TemplateLine[];
  /** Policy note; empty if there is none. */
  readonly note: string;
}

function parseLine(definition: LineDefinition): TemplateLine {
  const [side, account, amount] = definition.split(' ');
  if ((side !== 'Dr' && side !== 'Cr') || amount === undefined) {
    throw new RangeError(`not a template line: ${definition}`);
  }
  if (account === undefined || !isAccountCode(account))
    throw new RangeError(`no such account: ${definition}`);
  return Object.freeze({ side, account, amount });
}

function read(code: TemplateCode): Template {
  const { title, trigger, lines, note = '' }: TemplateDefinition = definitions[code];
  return Object.freeze({ code, title, trigger, lines: Object.freeze(lines.map(parseLine)), note });
}

/** All 113 journal templates. */
export const templates: readonly Template[] = Object.freeze(
  (Object.keys(definitions) as TemplateCode[]).map(read),
);

const byCode: ReadonlyMap<string, Template> = new Map(templates.map((entry) => [entry.code, entry]));

export function isTemplateCode(code: string): code is TemplateCode {
  return byCode.has(code);
}

/** Throws RangeError on a code that does not exist; what comes from outside is checked first. */
export function template(code: TemplateCode): Template {
  const found = byCode.get(code);
  if (found === undefined) throw new RangeError(`no such template: ${String(code).slice(0, 20)}`);
  return found;
}
