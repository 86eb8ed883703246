import type { Tone } from '../model.ts';
import type { TextStyle } from './typesetter.ts';

export const INK = '#16201e';
const SOFT = '#55625f';
export const LINE = '#dfe5e3';
export const ACCENT = '#0f5c55';
export const WASH = '#f3f7f6';

export const TONES: Readonly<Record<Tone, { readonly ink: string; readonly wash: string }>> = {
  neutral: { ink: '#26507d', wash: '#e7f0f9' },
  good: { ink: '#0b6340', wash: '#e3f4ea' },
  warning: { ink: '#7f4700', wash: '#fdf0da' },
  bad: { ink: '#9c1c1c', wash: '#fce9e8' },
};

const style = (size: number, weight: TextStyle['weight'], color: string): TextStyle => ({
  size,
  weight,
  color,
});

export const STYLES = {
  title: style(23, 'strong', INK),
  number: style(10.5, 'regular', SOFT),
  seller: style(12, 'strong', INK),
  party: style(10, 'strong', INK),
  label: style(8.5, 'strong', SOFT),
  soft: style(9, 'regular', SOFT),
  body: style(9.5, 'regular', INK),
  item: style(9.5, 'strong', INK),
  detail: style(8, 'regular', SOFT),
  heading: style(11, 'strong', INK),
  headline: style(19, 'strong', INK),
  strong: style(10, 'strong', INK),
  final: style(12.5, 'strong', INK),
  fine: style(8, 'regular', SOFT),
} as const;

export function atEnd(text: TextStyle): TextStyle {
  return { ...text, align: 'end' };
}

/** Figures in a column. */
export function figures(text: TextStyle): TextStyle {
  return { ...text, align: 'end', tabular: true };
}
