import { expect } from 'vitest';
import type { History } from './history.ts';
import type { Difference } from './service-run.ts';

/** Fails with the story that led to a difference, if there is one. */
export function expectSame(difference: Difference | undefined, title = ''): void {
  if (difference === undefined) return;
  const { history, at, actual, expected } = difference;
  const message = `${title}at ${at} the service differs from the model after\n${storyOf(history, at)}`;
  expect(actual, message).toEqual(expected);
}

function storyOf(history: History, until: string): string {
  const told = history.filter(({ at }) => at <= until);
  return told.map(({ at, command }) => `  ${at} ${JSON.stringify(command)}`).join('\n');
}
