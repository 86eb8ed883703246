/** One value a line, for `string_to_array`: cheaper than an array literal. The values have no line breaks. */
export function lines<T>(rows: readonly T[], value: (row: T) => string): string {
  return rows.map(value).join('\n');
}

/** A PostgreSQL array of numbers, ready made: the driver would quote each of them. */
export function numbers<T>(rows: readonly T[], value: (row: T) => bigint | number): string {
  return `{${rows.map(value).join()}}`;
}
