import { stylePolicy } from './style-policy.ts';
import type { WireResponse } from './types.ts';

/** Looks of our own pages: no script, no font, nothing from elsewhere. */
const PAGE_STYLE = `
:root{color-scheme:light dark;--line:#8884;--soft:#8882;--accent:#0a6cc9}
@media(prefers-color-scheme:dark){:root{--accent:#6db3f2}}
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:62rem;padding:1.5rem}
h1{margin:0 0 .25rem}h2{border-bottom:1px solid var(--line);margin-top:3rem;padding-bottom:.25rem}
h3{margin:2rem 0 .25rem;overflow-wrap:anywhere}h4{margin:1rem 0 .25rem}
a{color:var(--accent)}nav ul{columns:16rem;list-style:none;padding:0}
code,pre{font-family:ui-monospace,monospace;font-size:.875em}
pre{background:var(--soft);border-radius:6px;overflow-x:auto;padding:.75rem}
table{border-collapse:collapse;display:block;overflow-x:auto}
td,th{border-bottom:1px solid var(--line);padding:.25rem .75rem .25rem 0;text-align:left;vertical-align:top}
.method{background:var(--accent);border-radius:4px;color:Canvas;font-size:.75em;font-weight:700;padding:.1em .5em}
.path{font-family:ui-monospace,monospace}.muted{opacity:.7}
`;

const POLICY = stylePolicy(PAGE_STYLE);

/** A whole page; `body` is HTML whose texts are escaped already. */
export function renderPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(title)}</title><style>${PAGE_STYLE}</style></head>
<body>
${body}
</body>
</html>
`;
}

/** A page under a policy that lets nothing run and nothing load but its own style. */
export function pageResponse(html: string): WireResponse {
  return {
    status: 200,
    headers: { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': POLICY },
    body: html,
  };
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
]);

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES.get(character) ?? '');
}
