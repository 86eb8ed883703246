import { escapeHtml, renderPage } from '../http/page.ts';
import { problemCatalogue } from './catalogue.ts';
import type { ProblemEntry } from './entry.ts';

const INTRODUCTION =
  'Every failure is answered with application/problem+json (RFC 9457). Codes are stable; statuses and texts can gain precision. Nothing was written unless the code says that the outcome is unknown.';

function entries(): [string, ProblemEntry][] {
  return Object.entries(problemCatalogue).sort(
    ([a, first], [b, second]) => first.status - second.status || (a < b ? -1 : 1),
  );
}

/** Text of docs/errors.md. */
export function renderErrorsMarkdown(): string {
  const sections = entries().map(
    ([code, { status, title, remedy }]) => `## ${code}\n\n**${status}** ${title}.\n\n${remedy}\n`,
  );
  return `# Errors\n\n${INTRODUCTION}\n\nMade from \`api/problems/\` by \`npm run docs:generate\`.\n\n${sections.join('\n')}`;
}

/** The same as a page, at /docs/errors. */
export function renderErrorsPage(): string {
  const sections = entries().map(
    ([code, { status, title, remedy }]) =>
      `<h3 id="${escapeHtml(code)}">${escapeHtml(code)}</h3>\n<p><b>${status}</b> ${escapeHtml(title)}.</p>\n<p>${escapeHtml(remedy)}</p>`,
  );
  return renderPage(
    'Aura Ledger: errors',
    `<h1>Errors</h1>\n<p>${escapeHtml(INTRODUCTION)}</p>\n<p><a href="/docs">Reference</a></p>\n${sections.join('\n')}`,
  );
}
