import { z } from 'zod';

/** What an operation can answer with. */
export type ProducedMediaType = 'application/json' | 'text/html' | 'text/csv' | 'application/pdf';

/** Response schema of an operation that answers something else than JSON: text (sent as UTF-8) or bytes. */
export const rawBody = z.custom<string | Uint8Array>(
  (value) => typeof value === 'string' || value instanceof Uint8Array,
  'must be text or bytes',
);

/** Value of Content-Type. */
export function contentType(mediaType: ProducedMediaType): string {
  return mediaType === 'application/pdf' ? mediaType : `${mediaType}; charset=utf-8`;
}

/** Bytes have no schema in OpenAPI 3.1, and text is a string. */
export function rawSchema(mediaType: ProducedMediaType): { readonly schema?: { readonly type: 'string' } } {
  return mediaType.startsWith('text/') ? { schema: { type: 'string' } } : {};
}
