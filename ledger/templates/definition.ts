import type { AccountCode, Side } from '../chart-of-accounts.ts';

/** `Dr 1200 322.92`: side, account and worked amount of one line. */
export type LineDefinition = `${Side} ${AccountCode} ${number}`;

/** A template as it is written down; `../templates.ts` reads it. No lines: the action posts nothing. */
export interface TemplateDefinition {
  readonly title: string;
  readonly trigger: string;
  readonly lines: readonly LineDefinition[];
  readonly note?: string;
}
