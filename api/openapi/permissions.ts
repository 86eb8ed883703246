import type { Route } from '../http/route.ts';
import { ROLES } from '../http/types.ts';
import { classOf } from '../limits/policy.ts';

const INTRODUCTION = [
  'Who may call what. `yes`: any customer’s. `own`: a customer’s key, held to its customer; anything of another customer',
  'is answered like a thing that does not exist. Empty: 403 `forbidden`. Without a key every operation answers 401.',
  'The last column names the rate limit that counts the calls.',
].join('\n');

/** Text of docs/permissions.md: operations by roles, from the route table. */
export function renderPermissions(routes: readonly Route<never>[]): string {
  const byTag = [...Map.groupBy(routes, ({ tags }) => tags[0] ?? '')].sort(([a], [b]) => (a < b ? -1 : 1));
  const sections = byTag.map(([tag, of]) => `## ${tag}\n\n${table(of)}\n`);
  return `# Permissions\n\n${INTRODUCTION}\n\nMade from the route table by \`npm run docs:generate\`.\n\n${sections.join('\n')}`;
}

function table(routes: readonly Route<never>[]): string {
  const head = ['operation', ...ROLES, 'limit'];
  const rows = [...routes]
    .sort((a, b) => (a.operationId < b.operationId ? -1 : 1))
    .map((route) => [
      `\`${route.operationId}\``,
      ...ROLES.map((role) => (!route.roles.includes(role) ? '' : role === 'customer' ? 'own' : 'yes')),
      classOf(route),
    ]);
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((cells) => cells[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[], fill: string) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0, fill)).join(' | ')} |`;
  return [
    line(head, ' '),
    line(
      head.map(() => ''),
      '-',
    ),
    ...rows.map((cells) => line(cells, ' ')),
  ].join('\n');
}
