import { type MetricDefinition, metricDefinitions } from './definitions.ts';

const INTRODUCTION = `Every figure says what it is: a _balance_ holds at an instant and does not sum over time, an
_activity_ is a sum over its period, a _rate_ is one over the other. All boundaries are UTC: a change at
2026-02-01T00:00:00Z belongs to February, whatever the reader's time zone. A rate carries its numerator and denominator;
where it is undefined its value is null, with the reason, and never 0 or infinite.

Every figure carries a \`drillDown\`: an operation and its parameters, whose items add up to the figure. \`sum\` names the
member of the items that is summed, with a minus sign where the sum is reversed. Items name the event that caused them, and
\`getEvent\` shows it.`;

/** Text of docs/metrics.md. */
export function renderMetricsMarkdown(): string {
  const sections = Object.values<MetricDefinition>(metricDefinitions).map(
    ({ name, kind, definition, policy }) =>
      `## ${name}\n\n_${kind}_\n\n${definition}\n${policy === undefined ? '' : `\n${policy}\n`}`,
  );
  return `# Metrics\n\n${INTRODUCTION}\n\nMade from \`api/metrics/definitions.ts\` by \`npm run docs:generate\`.\n\n${sections.join('\n')}`;
}
