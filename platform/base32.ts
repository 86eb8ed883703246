import { randomUUID } from 'node:crypto';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** Crockford's base32, lower case, without padding: 5 bits a character, most significant first. */
export function base32(bytes: Uint8Array): string {
  let text = '';
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET.charAt((buffer >> bits) & 31);
    }
  }
  return bits === 0 ? text : text + ALPHABET.charAt((buffer << (5 - bits)) & 31);
}

/** `req_` and 26 characters, 122 bits of them random: for ids of things that no retry must find again. */
export function randomId(prefix: string): string {
  return idFromUuid(prefix, randomUUID());
}

/** A typed id that derives from a UUID, so that a retry of the same command makes no second thing. */
export function idFromUuid(prefix: string, uuid: string): string {
  return `${prefix}_${base32(Buffer.from(uuid.replaceAll('-', ''), 'hex'))}`;
}
