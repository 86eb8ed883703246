import type { Scenarios } from './scenario.ts';

/** Refusals about documents, by code. */
export const documentScenarios = {
  'credit-note-not-found': ({ call }) => call('getCreditNoteDocument', { creditNoteId: 'cn_none' }),
} satisfies Scenarios;
