/** The outcome of one check. */
export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  /** What is wrong, with examples; or what was found, where that says something. */
  readonly detail: string;
  /** How many things were checked. */
  readonly count: number;
}

export interface VerifyReport {
  readonly ok: boolean;
  /** Log position up to which was verified. */
  readonly position: number;
  readonly events: number;
  readonly checks: readonly Finding[];
}

/** The report as a table in plain text. */
export function formatReport(report: VerifyReport): string {
  const width = Math.max(...report.checks.map(({ name }) => name.length));
  const counts = Math.max(...report.checks.map(({ count }) => String(count).length));
  const lines = report.checks.map(({ name, ok, detail, count }) =>
    `${ok ? 'ok   ' : 'WRONG'}  ${name.padEnd(width)}  ${String(count).padStart(counts)}  ${detail}`.trimEnd(),
  );
  const wrong = report.checks.filter(({ ok }) => !ok).length;
  const outcome = report.ok
    ? `verified: ${report.events} events up to position ${report.position}`
    : `NOT VERIFIED: ${wrong} of ${report.checks.length} checks failed`;
  return [...lines, outcome].join('\n');
}
