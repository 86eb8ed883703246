import { randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { base32 } from '../../platform/base32.ts';
import { sha256Hex } from '../../platform/canonical-json.ts';

const PREFIX = 'rk_live_';
const SHAPE = /^rk_live_([0-9a-z]{16,40})_([0-9a-z]{52})([0-9a-f]{8})$/;
const SECRET_BYTES = 32;

/**
 * A new API key, `rk_live_<keyid>_<secret><crc>`: 256 random bits that nobody guesses, and a checksum by which
 * scanners find leaked keys and we refuse mistyped ones without a look-up.
 */
export function generateKey(keyId: string): string {
  const head = `${PREFIX}${keyId}_${base32(randomBytes(SECRET_BYTES))}`;
  return head + checksum(head);
}

/** The key id in a well-formed key; undefined for anything else. */
export function keyIdOf(key: string): string | undefined {
  const [, keyId, , crc] = SHAPE.exec(key) ?? [];
  return crc !== undefined && checksum(key.slice(0, -crc.length)) === crc ? keyId : undefined;
}

/** What is stored of a key: its SHA-256, hex. Fast is right here: the secret has 256 bits. */
export function hashKey(key: string): string {
  return sha256Hex(key);
}

/** Compares two hashes in constant time. */
export function hashesEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a, 'hex'), Buffer.from(b, 'hex')];
  return left.length === right.length && timingSafeEqual(left, right);
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
