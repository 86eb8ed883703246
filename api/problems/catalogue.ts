import type { RefusalCode } from '../../domain/kernel/decider.ts';
import { apiProblems } from './api-codes.ts';
import type { ProblemEntry } from './entry.ts';
import { refusalProblems } from './refusal-codes.ts';

export type ApiCode = keyof typeof apiProblems;
export type ProblemCode = ApiCode | RefusalCode;

/** Every code that an answer can carry. Codes are stable: one is never renamed or given another meaning. */
export const problemCatalogue: Readonly<Record<ProblemCode, ProblemEntry>> = {
  ...apiProblems,
  ...refusalProblems,
};
