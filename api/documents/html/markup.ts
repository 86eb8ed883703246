/** HTML that is safe to send: made by `html` alone, which escapes whatever it is given. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Content = string | Markup | readonly (string | Markup)[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** HTML with texts in it: `html\`<p>${name}</p>\``. Every text is escaped, in elements as in attributes. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  const texts = parts.map((part, index) => {
    const value = values[index];
    return value === undefined ? part : part + written(value);
  });
  return new Markup(texts.join(''));
}

/** The markup, or nothing where the condition does not hold. */
export function when(condition: boolean, content: () => Markup): Markup {
  return condition ? content() : new Markup('');
}

function written(value: Content): string {
  if (value instanceof Markup) return value.text;
  if (typeof value === 'string') return escaped(value);
  return value.map(written).join('');
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
