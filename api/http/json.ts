import { ProblemError, pointer } from '../problems/problem.ts';

const MAX_JSON_DEPTH = 32;

/** Names that reach an object's prototype. zod drops an own `__proto__` in silence, so they are refused here. */
const FORBIDDEN_MEMBERS = new Set(['__proto__', 'constructor', 'prototype']);

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/**
 * Parses a body strictly: UTF-8, no repeated members, at most MAX_JSON_DEPTH levels, no names that reach a
 * prototype, no numbers that JavaScript would round, no text that Postgres cannot store.
 * @throws ProblemError `invalid-json`
 */
export function parseJson(bytes: Uint8Array): unknown {
  const members = scanStructure(bytes);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    // The parser's message quotes the body, which may hold what must not be repeated.
    throw new ProblemError('invalid-json', 'The body is not well-formed JSON in UTF-8.', { cause: error });
  }
  if (checkValue(value, []) !== members) {
    throw new ProblemError('invalid-json', 'The body has an object with the same member twice.');
  }
  return value;
}

/** Counts members (colons outside strings) and limits depth, before anything is built from the text. */
function scanStructure(bytes: Uint8Array): number {
  let members = 0;
  let depth = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) at = endOfString(bytes, at);
    else if (byte === COLON) members += 1;
    // `[` 0x5b and `{` 0x7b, `]` 0x5d and `}` 0x7d: they differ in one bit.
    else if ((byte & 0xdf) === 0x5b) depth = deeper(depth);
    else if ((byte & 0xdf) === 0x5d) depth -= 1;
  }
  return members;
}

function endOfString(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.length; at += 1) {
    if (bytes[at] === BACKSLASH) at += 1;
    else if (bytes[at] === QUOTE) return at;
  }
  return bytes.length;
}

function deeper(depth: number): number {
  if (depth >= MAX_JSON_DEPTH) {
    throw new ProblemError('invalid-json', `The body is nested more than ${MAX_JSON_DEPTH} levels deep.`);
  }
  return depth + 1;
}

/**
 * @param path where the value stands; the walk pushes and pops, so that nothing is copied on the way
 * @returns how many members the value has in all, counted as objects hold them: each name once
 */
function checkValue(value: unknown, path: PropertyKey[]): number {
  if (typeof value === 'string') checkText(value, path);
  else if (typeof value === 'number') checkNumber(value, path);
  if (typeof value !== 'object' || value === null) return 0;
  let members = 0;
  for (const [name, member] of Object.entries(value)) {
    path.push(name);
    if (!Array.isArray(value)) {
      checkName(name, path);
      members += 1;
    }
    members += checkValue(member, path);
    path.pop();
  }
  return members;
}

function checkName(name: string, path: readonly PropertyKey[]): void {
  if (FORBIDDEN_MEMBERS.has(name)) refuseAt(path, `The member ${name} is not accepted.`);
  checkText(name, path);
}

function checkNumber(value: number, path: readonly PropertyKey[]): void {
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
    refuseAt(path, 'The number is too large to be kept exactly; amounts are decimal strings.');
  }
}

/** @throws ProblemError for text that cannot be stored: U+0000 and lone surrogates */
function checkText(value: string, path: readonly PropertyKey[]): void {
  if (value.includes('\u0000') || !value.isWellFormed()) {
    refuseAt(path, 'The text has a character that cannot be stored.');
  }
}

function refuseAt(path: readonly PropertyKey[], detail: string): never {
  throw new ProblemError('invalid-json', detail, {
    errors: [{ pointer: pointer(path), in: 'body', detail }],
  });
}
