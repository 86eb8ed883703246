/** Opaque text for the place after which a page begins; stable while rows are added. */
export function encodeCursor(parts: readonly string[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** Throws RangeError on text that `encodeCursor` has not made. */
export function decodeCursor(cursor: string, length: number): string[] {
  const parts = parsed(Buffer.from(cursor, 'base64url').toString());
  if (!Array.isArray(parts) || parts.length !== length || parts.some((part) => typeof part !== 'string')) {
    throw new RangeError('not a cursor');
  }
  return parts.map(String);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
