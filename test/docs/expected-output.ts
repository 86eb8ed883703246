/** Stands in expected output for what is left out: a value, more members, more elements or more lines. */
export const ELLIPSIS = '…';

/**
 * Reduces an answer to what the expected one shows of it, so that the two can be compared as equal. An ellipsis
 * where nothing is left out does not come back, and so is a difference.
 */
export function abridge(actual: unknown, expected: unknown): unknown {
  if (expected === ELLIPSIS) return actual === undefined ? undefined : ELLIPSIS;
  if (Array.isArray(actual) && Array.isArray(expected)) return abridgeList(actual, expected);
  if (isRecord(actual) && isRecord(expected)) return abridgeRecord(actual, expected);
  return actual;
}

function abridgeList(actual: readonly unknown[], expected: readonly unknown[]): unknown[] {
  const shown = expected.at(-1) === ELLIPSIS ? expected.length - 1 : actual.length;
  const head = actual.slice(0, shown).map((item, index) => abridge(item, expected[index]));
  return actual.length > shown ? [...head, ELLIPSIS] : head;
}

function abridgeRecord(
  actual: Readonly<Record<string, unknown>>,
  expected: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const open = ELLIPSIS in expected;
  const members = Object.entries(actual);
  const shown = members.filter(([key]) => !open || key in expected);
  const abridged = Object.fromEntries(shown.map(([key, value]) => [key, abridge(value, expected[key])]));
  return shown.length < members.length ? { ...abridged, [ELLIPSIS]: ELLIPSIS } : abridged;
}

/** Lines as a pattern, where a line with an ellipsis stands for any number of lines. */
export function linesPattern(expected: string): RegExp {
  const lines = expected.trimEnd().split('\n');
  const parts = lines.map((line) =>
    line.trim() === ELLIPSIS ? '(?:.*\\n)*' : `${line.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\s*\\n`,
  );
  return new RegExp(`^${parts.join('')}$`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
