/** A piece of text on a page: where its baseline starts, in points from the lower left corner. */
export interface Piece {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  /** Page furniture: not part of the document's structure. */
  readonly artifact: boolean;
}

export interface ReadPdf {
  /** Pieces of each page in the order in which they are drawn. */
  readonly pages: readonly (readonly Piece[])[];
  /** Types of the structure elements below the document, as a nested list. */
  readonly structure: Structure;
  /** The catalogue's dictionary, as it is written. */
  readonly catalogue: string;
}

export interface Structure {
  readonly type: string;
  readonly scope: string | undefined;
  readonly children: readonly Structure[];
}

type Objects = ReadonlyMap<number, string>;

/** Reads an uncompressed PDF as any reader would: by its objects, its pages and its fonts' Unicode maps. */
export function readPdf(bytes: Uint8Array): ReadPdf {
  const objects = objectsOf(Buffer.from(bytes).toString('latin1'));
  const catalogue = found([...objects.values()].find((object) => /\/Type \/Catalog\b/.test(object)));
  const pages = references(dictionary(objects, catalogue, 'Pages'), 'Kids');
  return {
    pages: pages.map((page) => piecesOf(objects, at(objects, page))),
    structure: structureOf(objects, dictionary(objects, catalogue, 'StructTreeRoot')),
    catalogue,
  };
}

function objectsOf(file: string): Objects {
  const objects = new Map<number, string>();
  for (const [, offset] of file.matchAll(/^(\d{10}) \d{5} n/gm)) {
    const [, number, content] = /^(\d+) 0 obj\n([\s\S]*?)\nendobj/.exec(file.slice(Number(offset))) ?? [];
    if (number !== undefined && content !== undefined) objects.set(Number(number), content);
  }
  return objects;
}

function piecesOf(objects: Objects, page: string): Piece[] {
  const fonts = fontsOf(objects, dictionary(objects, page, 'Resources'));
  const [contents = 0] = references(page, 'Contents');
  const stream = streamOf(at(objects, contents));
  const pieces: Piece[] = [];
  const marks: string[] = [];
  let [x, y, font, text] = [0, 0, '', ''];
  for (const line of stream.split('\n')) {
    const mark = /^\/(\w+) (<<|BMC$)/.exec(line);
    const place = /^1 0 0 1 (\S+) (\S+) Tm$/.exec(line);
    const set = /^\/(\w+) \S+ Tf$/.exec(line);
    if (mark !== null) marks.push(mark[1] ?? '');
    else if (line === 'EMC') marks.pop();
    else if (line === 'BT') text = '';
    else if (place !== null && text === '') [x, y] = [Number(place[1]), Number(place[2])];
    else if (set !== null) font = set[1] ?? '';
    else if (line.endsWith(' TJ')) text += shown(line, found(fonts.get(font)));
    else if (line === 'ET') pieces.push({ text, x, y, artifact: marks.includes('Artifact') });
  }
  return pieces;
}

function shown(operation: string, font: ReadonlyMap<number, string>): string {
  return [...operation.matchAll(/<([0-9a-f]*)>/g)]
    .flatMap(([, hex = '']) => hex.match(/.{4}/g) ?? [])
    .map((glyph) => found(font.get(Number.parseInt(glyph, 16))))
    .join('');
}

function fontsOf(objects: Objects, resources: string): ReadonlyMap<string, ReadonlyMap<number, string>> {
  const [, named = ''] = /\/Font <<([\s\S]*?)>>/.exec(resources) ?? [];
  return new Map(
    [...named.matchAll(/\/(\w+) (\d+) 0 R/g)].map(([, name = '', number]) => [
      name,
      unicodeMap(streamOf(dictionary(objects, at(objects, Number(number)), 'ToUnicode'))),
    ]),
  );
}

function unicodeMap(cmap: string): ReadonlyMap<number, string> {
  const map = new Map<number, string>();
  for (const [, start = '', list = ''] of cmap.matchAll(/^<(\w+)> <\w+> \[(.*)\]$/gm)) {
    for (const [index, [, hex = '']] of [...list.matchAll(/<([^>]*)>/g)].entries()) {
      const units = hex.split(' ').map((unit) => Number.parseInt(unit, 16));
      map.set(Number.parseInt(start, 16) + index, String.fromCharCode(...units));
    }
  }
  return map;
}

function structureOf(objects: Objects, element: string): Structure {
  const [, type = 'Root'] = /\/S \/(\w+)/.exec(element) ?? [];
  const [, scope] = /\/Scope \/?\(?(\w+)/.exec(element) ?? [];
  return {
    type,
    scope,
    children: references(element, 'K').map((child) => structureOf(objects, at(objects, child))),
  };
}

/** The object that an entry of a dictionary refers to. */
function dictionary(objects: Objects, object: string, entry: string): string {
  const [reference] = references(object, entry);
  return at(objects, found(reference));
}

function references(object: string, entry: string): number[] {
  const [, value = ''] = new RegExp(`/${entry} (\\[[^\\]]*\\]|\\d+ 0 R)`).exec(object) ?? [];
  return [...value.matchAll(/(\d+) 0 R/g)].map(([, number]) => Number(number));
}

function streamOf(object: string): string {
  const [, content] = /stream\n([\s\S]*)\nendstream/.exec(object) ?? [];
  return found(content);
}

function at(objects: Objects, number: number): string {
  return found(objects.get(number));
}

function found<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('the PDF lacks something that it refers to');
  return value;
}
