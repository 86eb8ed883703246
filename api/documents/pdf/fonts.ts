import { readFile } from 'node:fs/promises';
import PDFDocument from 'pdfkit';

export type Weight = 'regular' | 'strong';

/** What is used of a font of fontkit. It is read once and serves every document: what it has parsed stays parsed. */
export interface OpenFont {
  /** Glyphs by id, each with the characters that it was first asked for. */
  _glyphs: Record<string, unknown>;
  hasGlyphForCodePoint(codePoint: number): boolean;
}

/** Fonts for each weight, in the order in which they are asked for a character. */
export type DocumentFonts = Readonly<Record<Weight, readonly OpenFont[]>>;

const BUILT_IN: Readonly<Record<Weight, string>> = {
  regular: '../fonts/Inter-Regular.ttf',
  strong: '../fonts/Inter-SemiBold.ttf',
};

/**
 * Inter, which has Latin, Greek and Cyrillic, and behind it the given font files.
 * @param paths comma separated; each serves both weights
 * @throws Error naming the file that cannot be used
 */
export async function loadFonts(paths = ''): Promise<DocumentFonts> {
  const named = paths.split(',').flatMap((path) => (path.trim() === '' ? [] : [path.trim()]));
  const others = await Promise.all(named.map(openNamed));
  const [regular, strong] = await Promise.all([openBuiltIn('regular'), openBuiltIn('strong')]);
  return { regular: [regular, ...others], strong: [strong, ...others] };
}

/**
 * Makes a font ready for another document. It keeps with each glyph the characters that it was first asked for,
 * which are none where it was a part of another glyph; a document must not depend on those before it.
 */
export function forgetGlyphs(font: OpenFont): void {
  font._glyphs = {};
}

async function openBuiltIn(weight: Weight): Promise<OpenFont> {
  return opened(await readFile(new URL(BUILT_IN[weight], import.meta.url)));
}

async function openNamed(path: string): Promise<OpenFont> {
  try {
    return opened(await readFile(path));
  } catch (cause) {
    throw new Error(`DOCUMENT_FONTS: ${path} is no font that can be used`, { cause });
  }
}

/** pdfkit opens fonts with fontkit, and takes one that is open already. */
function opened(bytes: Buffer): OpenFont {
  const document = new PDFDocument({ autoFirstPage: false }).font(bytes);
  const { font } = (document as unknown as { readonly _font: { readonly font: OpenFont | undefined } })._font;
  // A collection of fonts opens, and is none.
  if (typeof font?.hasGlyphForCodePoint !== 'function') throw new Error('not a TrueType or OpenType font');
  return font;
}
