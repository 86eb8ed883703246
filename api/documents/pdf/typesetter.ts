import { type DocumentFonts, forgetGlyphs, type OpenFont, type Weight } from './fonts.ts';

export interface TextStyle {
  /** Points. */
  readonly size: number;
  readonly weight: Weight;
  readonly color: string;
  readonly align?: 'start' | 'end';
  /** Digits of equal width, so that figures stand under each other. */
  readonly tabular?: boolean;
}

interface Face {
  readonly name: string;
  readonly font: OpenFont;
}

interface Run {
  readonly face: string;
  readonly text: string;
}

interface Line {
  readonly runs: readonly Run[];
  readonly width: number;
}

/** Stands for a character that no font has. */
export const MISSING = '\u25a1';

/** Contextual alternates are off: they cost most of the time of shaping and change nothing here. */
const FEATURES = { calt: false, tnum: false };
const FIGURES = { calt: false, tnum: true };

const LEADING = 1.36;
/** Where the baseline is, from the top of a line, as a share of the size. */
const BASELINE = 1.02;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Breaks texts into lines and sets them, each character in the first font that has it. */
export class Typesetter {
  readonly #document: PDFKit.PDFDocument;
  readonly #faces: Readonly<Record<Weight, readonly Face[]>>;
  readonly #covered = new Map<string, boolean>();
  readonly #measured = new Map<string, number>();
  readonly #broken = new Map<string, readonly Line[]>();
  /** Characters that were replaced by a box. */
  readonly missing = new Set<string>();

  constructor(document: PDFKit.PDFDocument, fonts: DocumentFonts) {
    this.#document = document;
    const register = (weight: Weight) =>
      fonts[weight].map((font, index) => {
        const name = `${weight}-${index}`;
        forgetGlyphs(font);
        document.registerFont(name, font as unknown as PDFKit.Mixins.PDFFontSource);
        return { name, font };
      });
    this.#faces = { regular: register('regular'), strong: register('strong') };
  }

  /** Height of a text that is broken to a width, in points. */
  height(text: string, style: TextStyle, width: number): number {
    return this.#lines(text, style, width).length * lineHeight(style);
  }

  /** Width of a text on one line, in points. */
  width(text: string, style: TextStyle): number {
    return this.#sum(this.#runs(text, style), style);
  }

  /** Sets a text below `y`. Answers its height. */
  set(text: string, style: TextStyle, x: number, y: number, width: number): number {
    const lines = this.#lines(text, style, width);
    for (const [index, line] of lines.entries()) {
      const top = y + index * lineHeight(style);
      this.#setLine(line, style, style.align === 'end' ? x + width - line.width : x, top);
    }
    return lines.length * lineHeight(style);
  }

  #setLine({ runs }: Line, style: TextStyle, x: number, top: number): void {
    let at = x;
    for (const run of runs) {
      const width = this.#width(run, style);
      const options = {
        lineBreak: false,
        baseline: 'alphabetic',
        textWidth: width,
        ...shaping(style),
      } as const;
      this.#document.font(run.face).fontSize(style.size).fillColor(style.color);
      this.#document.text(run.text, at, top + style.size * BASELINE, options);
      at += width;
    }
  }

  #lines(text: string, style: TextStyle, width: number): readonly Line[] {
    const { size, weight, tabular = false } = style;
    return remembered(this.#broken, JSON.stringify([text, size, weight, tabular, width]), () =>
      this.#break(text, style, width).map((line) => {
        const runs = this.#runs(line, style);
        return { runs, width: this.#sum(runs, style) };
      }),
    );
  }

  /** Breaks at spaces; a word that is too long for a line is broken where it must be. */
  #break(text: string, style: TextStyle, limit: number): readonly string[] {
    const lines: string[] = [];
    const space = this.width(' ', style);
    let current = '';
    let used = 0;
    const add = (piece: string, width: number, gap: string) => {
      const after = used + (gap === '' ? 0 : space) + width;
      if (current !== '' && after > limit) {
        lines.push(current);
        [current, used] = [piece, width];
      } else [current, used] = [current + gap + piece, after];
    };
    for (const word of text.split(' ')) {
      const width = this.width(word, style);
      const gap = current === '' ? '' : ' ';
      if (width <= limit) add(word, width, gap);
      else {
        let between = gap;
        for (const { segment } of graphemes.segment(word)) {
          add(segment, this.width(segment, style), between);
          between = '';
        }
      }
    }
    return [...lines, current];
  }

  #runs(text: string, { weight }: TextStyle): readonly Run[] {
    const runs: { face: string; text: string }[] = [];
    const faces = this.#faces[weight];
    for (const { segment } of graphemes.segment(text.normalize('NFC'))) {
      const found = faces.find(({ name, font }) => this.#covers(name, font, segment));
      if (found === undefined) this.missing.add(segment);
      const face = (found ?? faces[0])?.name ?? '';
      const shown = found === undefined ? MISSING : segment;
      const last = runs.at(-1);
      if (last?.face === face) last.text += shown;
      else runs.push({ face, text: shown });
    }
    return runs;
  }

  #sum(runs: readonly Run[], style: TextStyle): number {
    return runs.reduce((sum, run) => sum + this.#width(run, style), 0);
  }

  #width({ face, text }: Run, style: TextStyle): number {
    const unit = remembered(this.#measured, `${face} ${style.tabular ?? false} ${text}`, () => {
      this.#document.font(face).fontSize(1);
      return this.#document.widthOfString(text, shaping(style));
    });
    return unit * style.size;
  }

  #covers(face: string, font: OpenFont, segment: string): boolean {
    return remembered(this.#covered, `${face} ${segment}`, () =>
      [...segment].every((character) => font.hasGlyphForCodePoint(character.codePointAt(0) ?? 0)),
    );
  }
}

export function lineHeight({ size }: TextStyle): number {
  return size * LEADING;
}

/** fontkit takes the features to switch off as well; the types of pdfkit know only a list of those to switch on. */
function shaping({ tabular }: TextStyle): PDFKit.Mixins.TextOptions {
  return { features: tabular === true ? FIGURES : FEATURES } as unknown as PDFKit.Mixins.TextOptions;
}

function remembered<Value>(known: Map<string, Value>, key: string, find: () => Value): Value {
  const before = known.get(key);
  if (before !== undefined) return before;
  const found = find();
  known.set(key, found);
  return found;
}
