import type { Cell, Column, DocumentModel, DocumentTable, Fact, Party, TotalRow } from '../model.ts';
import { html, Markup, when } from './markup.ts';
import { DOCUMENT_STYLE } from './style.ts';

/** A document as one HTML page that stands by itself: no script, nothing from elsewhere. */
export function renderHtml(model: DocumentModel): string {
  const { status, number } = model;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
<title>${model.title}</title>
<style>${new Markup(DOCUMENT_STYLE)}</style>
</head>
<body>
<div class="sheet">
<header class="head">
<address class="seller" aria-label="Seller">${party(model.seller)}</address>
<div class="title">
<h1>${model.heading}</h1>
${when(number !== null, () => html`<p class="number">${number ?? ''}</p>\n`)}<p class="stamp ${status.tone}"><span class="hidden">Status: </span>${status.label}</p>
</div>
</header>
<main>
${when(model.notice !== null, () => html`<p class="notice ${status.tone}" role="note">${model.notice ?? ''}</p>\n`)}<div class="summary">
<section class="party" aria-labelledby="bill-to">
<h2 id="bill-to">Bill to</h2>
${party(model.billTo)}
</section>
<section aria-label="Details">
<dl class="facts">
${model.facts.map(fact)}</dl>
</section>
<section class="headline" aria-label="${model.headline.label}">
<p><span class="label">${model.headline.label}</span>
<strong class="amount">${model.headline.amount}</strong>
${when(model.headline.detail !== null, () => html`<span class="detail">${model.headline.detail ?? ''}</span>`)}</p>
</section>
</div>
${model.tables.map(table)}${when(model.totals.length > 0, () => totals(model.totals))}${model.settlements.map(table)}${model.instructions === null ? [] : passage(model.instructions)}</main>
<footer>
<ul class="notes" aria-label="Notes">
${model.notes.map((note) => html`<li>${note}</li>\n`)}</ul>
${when(model.footer.length > 0, () => html`<p class="fine">${spans(model.footer)}</p>\n`)}</footer>
</div>
</body>
</html>
`.text;
}

function party({ name, lines }: Party): Markup {
  return html`<strong dir="auto">${name}</strong>\n${spans(lines)}`;
}

function spans(lines: readonly string[]): Markup {
  return html`${lines.map((line) => html`<span dir="auto">${line}</span>\n`)}`;
}

function fact({ label, value, at }: Fact): Markup {
  const text = at === null ? html`${value.text}` : html`<time datetime="${at}">${value.text}</time>`;
  const utc = value.utc === null ? [] : html` <span class="utc">${value.utc}</span>`;
  return html`<dt>${label}</dt><dd>${text}${utc}</dd>\n`;
}

function table({ heading, layout, columns, rows, sum }: DocumentTable): Markup {
  return html`<div class="scroll">
<table class="${layout}">
<caption>${heading}</caption>
<thead>
<tr>${columns.map(columnHead)}</tr>
</thead>
<tbody>
${rows.map((cells) => html`<tr>${cells.map((content, index) => bodyCell(content, index, columns))}</tr>\n`)}</tbody>
${
  sum === null
    ? []
    : html`<tfoot>
<tr><th scope="row" colspan="${String(columns.length - 1)}">${sum.label}</th><td class="end">${sum.amount}</td></tr>
</tfoot>
`
}</table>
</div>
`;
}

function columnHead({ label, align }: Column): Markup {
  return align === 'end'
    ? html`<th scope="col" class="end">${label}</th>`
    : html`<th scope="col">${label}</th>`;
}

function bodyCell({ text, details }: Cell, index: number, columns: readonly Column[]): Markup {
  const content = html`${text}${details.map((detail) => html` <span class="detail">${detail}</span>`)}`;
  if (index === 0) return html`<th scope="row">${content}</th>`;
  return columns[index]?.align === 'end' ? html`<td class="end">${content}</td>` : html`<td>${content}</td>`;
}

function totals(rows: readonly TotalRow[]): Markup {
  return html`<section class="totals" aria-label="Totals">
<table>
<caption class="hidden">Totals</caption>
<tbody>
${rows.map(total)}</tbody>
</table>
</section>
`;
}

function total({ label, amount, weight }: TotalRow): Markup {
  return html`<tr class="${weight}"><th scope="row">${label}</th><td class="end">${amount}</td></tr>\n`;
}

function passage({ heading, lines }: NonNullable<DocumentModel['instructions']>): Markup {
  return html`<section class="passage lines" aria-labelledby="passage">
<h2 id="passage">${heading}</h2>
${spans(lines)}</section>
`;
}
