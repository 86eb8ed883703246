import { type Measurement, ratioOf } from './measure.ts';

const HEADER = ['work', 'rate', 'reference', 'its rate', 'ratio', 'expected', 'p50', 'p99', 'correctness'];

/** The measurements as an aligned table. */
export function asTable(measurements: readonly Measurement[]): string {
  const rows = [HEADER, ...measurements.map(row)];
  const widths = HEADER.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const lines = rows.map((cells) =>
    cells
      .map((cell, column) =>
        isNumeric(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  lines.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '));
  const faults = measurements.flatMap(({ work, faults: found }) =>
    found.map((text) => `WRONG ${work}: ${text}`),
  );
  return [...lines, ...faults].join('\n');
}

export function asJson(measurements: readonly Measurement[]): string {
  return JSON.stringify(
    measurements.map((measurement) => ({
      ...measurement,
      ratio: ratioOf(measurement) ?? null,
      correct: measurement.faults.length === 0,
    })),
    undefined,
    2,
  );
}

function isNumeric(column: number): boolean {
  return column === 1 || (column >= 3 && column <= 7);
}

function row(measurement: Measurement): string[] {
  const { work, rate, unit, reference, expectedRatio, latency, faults } = measurement;
  return [
    work,
    `${thousands(rate)} ${unit}/s`,
    reference?.name ?? '–',
    reference === undefined ? '–' : thousands(reference.rate),
    percent(ratioOf(measurement)),
    expectedRatio === undefined ? '–' : `≥ ${percent(expectedRatio)}`,
    milliseconds(latency?.p50),
    milliseconds(latency?.p99),
    faults.length === 0 ? 'ok' : 'WRONG',
  ];
}

function thousands(rate: number): string {
  return Math.round(rate).toLocaleString('en-US');
}

function percent(ratio: number | undefined): string {
  if (ratio === undefined) return '–';
  return `${ratio < 0.1 ? (ratio * 100).toFixed(1) : Math.round(ratio * 100)} %`;
}

function milliseconds(value: number | undefined): string {
  if (value === undefined) return '–';
  return value < 0.1 ? `${(value * 1_000).toFixed(1)} µs` : `${value.toFixed(1)} ms`;
}
