import { expect, test } from 'vitest';
import { usagePart } from '../../domain/credits/usage-part.ts';

const line = (kind: string, amount: string, tax: string) => ({ kind, amount, tax });

test('the usage part is usage less promotions, with their tax', () => {
  const lines = [
    line('subscription', '299.00', '23.92'),
    line('usage', '30.00', '2.40'),
    line('usage', '10.00', '0.80'),
    line('promotion', '-10.00', '-0.80'),
    line('credit', '-50.00', '-4.00'),
  ];
  expect(usagePart(lines)).toBe('32.40');
});

test('it is never below zero', () => {
  expect(usagePart([line('promotion', '-10.00', '-0.80')])).toBe('0.00');
  expect(usagePart([])).toBe('0.00');
});
