import fc from 'fast-check';
import { expect, test } from 'vitest';
import { base32, idFromUuid, randomId } from '../../platform/base32.ts';
import { canonicalJson, sha256Hex } from '../../platform/canonical-json.ts';
import { uuidv5 } from '../../platform/uuid.ts';

test('canonicalJson gives the example of RFC 8785 §3.2', () => {
  const value = {
    numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
    string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
    literals: [null, true, false],
  };
  expect(canonicalJson(value)).toBe(
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
});

test('canonicalJson sorts by UTF-16 code units, as RFC 8785 §3.2.3 says', () => {
  const keys = ['\u20ac', '\r', '\ufb33', '1', '\u{1f600}', '\u0080', '\u00f6'];
  const value = Object.fromEntries(keys.map((key) => [key, 0]));
  const sorted = ['\\r', '1', '\u0080', '\u00f6', '\u20ac', '\u{1f600}', '\ufb33'];
  expect(canonicalJson(value)).toBe(`{${sorted.map((key) => `"${key}":0`).join(',')}}`);
});

test('canonicalJson says the same value in one way, and reads back as that value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const clean = JSON.parse(JSON.stringify(value)) as unknown;
      const text = canonicalJson(clean);
      expect(JSON.parse(text)).toEqual(clean);
      expect(canonicalJson(reversed(clean))).toBe(text);
    }),
  );
});

test.each([Number.NaN, Infinity, 1n, '\ud800', () => 0, { x: Number.NaN }])(
  'canonicalJson refuses %s',
  (value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
  },
);

test('sha256Hex gives the digest of FIPS 180-2, appendix B.1', () => {
  expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

test('uuidv5 gives the example of RFC 9562, appendix A.4', () => {
  expect(uuidv5('www.example.com', '6ba7b810-9dad-11d1-80b4-00c04fd430c8')).toBe(
    '2ed6657d-e927-568b-95e1-2665a8aea6a2',
  );
  expect(() => uuidv5('x', 'no')).toThrow(RangeError);
});

test('base32 keeps all bits', () => {
  expect(base32(Buffer.from('ffffffffff', 'hex'))).toBe('zzzzzzzz');
  expect(base32(Buffer.from('00', 'hex'))).toBe('00');
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      const bits = [...base32(bytes)]
        .map((c) => '0123456789abcdefghjkmnpqrstvwxyz'.indexOf(c).toString(2).padStart(5, '0'))
        .join('');
      expect(bits.slice(0, 128)).toBe([...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join(''));
    }),
  );
  expect(idFromUuid('inv', '2ed6657d-e927-568b-95e1-2665a8aea6a2')).toMatch(/^inv_[0-9a-z]{26}$/);
  expect(randomId('req')).not.toBe(randomId('req'));
});

/** The same value with the members of every object in reverse. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  );
}
