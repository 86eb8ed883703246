import type { Cell, DocumentModel, DocumentTable, Party } from '../../api/documents/model.ts';

/** Every text of a document in the order in which it is read. */
export function textsOf(model: DocumentModel): string[] {
  const { headline, settlements, instructions } = model;
  return [
    ...partyTexts(model.seller),
    model.heading,
    ...given(model.number),
    model.status.label,
    ...given(model.notice),
    'Bill to',
    ...partyTexts(model.billTo),
    ...model.facts.flatMap(({ label, value }) => [label, value.text, ...given(value.utc)]),
    headline.label,
    headline.amount,
    ...given(headline.detail),
    ...model.tables.flatMap(tableTexts),
    ...model.totals.flatMap(({ label, amount }) => [label, amount]),
    ...settlements.flatMap(tableTexts),
    ...(instructions === null ? [] : [instructions.heading, ...instructions.lines]),
    ...model.notes,
    ...model.footer,
  ];
}

/** Texts without the spaces at which a renderer may break lines. */
export function packed(texts: readonly string[]): string {
  return texts.join('').replace(/\s/g, '');
}

/** What a reader of the page sees: hidden words for screen readers are left out. */
export function visibleText(html: string): string {
  const [, body = ''] = /<body>([\s\S]*)<\/body>/.exec(html) ?? [];
  return body
    .replace(/<(span|caption) class="hidden">[^<]*<\/\1>/g, '')
    .replace(/<[^>]*>/g, '')
    .replace(/&(amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? '');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

function partyTexts({ name, lines }: Party): string[] {
  return [name, ...lines];
}

function tableTexts({ heading, columns, rows, sum }: DocumentTable): string[] {
  return [
    heading,
    ...columns.map(({ label }) => label),
    ...rows.flatMap((row) => row.flatMap(({ text, details }: Cell) => [text, ...details])),
    ...(sum === null ? [] : [sum.label, sum.amount]),
  ];
}

function given(text: string | null): string[] {
  return text === null ? [] : [text];
}
