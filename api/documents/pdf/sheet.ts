import type { TextStyle, Typesetter } from './typesetter.ts';

export const PAPERS = { A4: [595.28, 841.89], letter: [612, 792] } as const;
export type Paper = keyof typeof PAPERS;

export const MARGIN = 50;
const FOOT = 56;
const HEAD = 64;

type Tag = 'Caption' | 'H1' | 'H2' | 'P' | 'LI' | 'LBody' | 'TD' | 'TH' | 'Span' | 'Lbl';
type Group = 'Sect' | 'Table' | 'THead' | 'TBody' | 'TFoot' | 'TR' | 'L' | 'LI' | 'Div';

interface TagOptions {
  readonly scope?: 'Column' | 'Row';
}

/**
 * The pages of a tagged document, filled from top to bottom. `y` is where the next thing goes. All that is not
 * content (rules, boxes, repeated heads) is an artifact, which assistive software skips.
 */
export class Sheet {
  readonly document: PDFKit.PDFDocument;
  readonly type: Typesetter;
  readonly left = MARGIN;
  readonly width: number;
  readonly bottom: number;
  y: number = MARGIN;
  readonly #open: PDFKit.PDFStructureElement[] = [];

  constructor(document: PDFKit.PDFDocument, type: Typesetter) {
    this.document = document;
    this.type = type;
    this.width = document.page.width - 2 * MARGIN;
    this.bottom = document.page.height - FOOT;
    const root = document.struct('Document');
    document.addStructure(root);
    this.#open.push(root);
  }

  /** Starts a new page unless there is room for `height` points. True if it did. */
  room(height: number): boolean {
    if (this.y + height <= this.bottom) return false;
    this.document.addPage();
    this.y = HEAD;
    return true;
  }

  /** Everything that `content` sets, as one element of the document's structure. */
  group(tag: Group, content: () => void): void {
    const element = this.document.struct(tag);
    this.#parent.add(element);
    this.#open.push(element);
    content();
    this.#open.pop();
    element.end();
  }

  /** One text, tagged. Answers its height; `y` stays. */
  text(
    tag: Tag,
    text: string,
    style: TextStyle,
    place: { readonly x: number; readonly y: number; readonly width: number },
    options: TagOptions = {},
  ): number {
    let height = 0;
    this.tagged(tag, options, () => {
      height = this.type.set(text, style, place.x, place.y, place.width);
    });
    return height;
  }

  /** Whatever `draw` sets, on one page, as one tagged piece of content. */
  tagged(tag: Tag, options: TagOptions, draw: () => void): void {
    this.#parent.add(this.document.struct(tag, options as PDFKit.Mixins.StructureElementOptions, [draw]));
  }

  rule(x: number, y: number, width: number, color: string, thickness: number): void {
    this.artifact('Layout', () => {
      this.document.lineWidth(thickness).strokeColor(color);
      this.document
        .moveTo(x, y)
        .lineTo(x + width, y)
        .stroke();
    });
  }

  box(place: Place, color: string, radius: number): void {
    this.artifact('Layout', () => {
      this.document.roundedRect(place.x, place.y, place.width, place.height, radius).fill(color);
    });
  }

  artifact(type: 'Layout' | 'Pagination', draw: () => void): void {
    this.document.markContent('Artifact', { type });
    draw();
    this.document.endMarkedContent();
  }

  /** Ends the structure; nothing but artifacts may follow. */
  close(): void {
    this.#parent.end();
  }

  get #parent(): PDFKit.PDFStructureElement {
    const parent = this.#open.at(-1);
    if (parent === undefined) throw new Error('the document has no structure');
    return parent;
  }
}

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
