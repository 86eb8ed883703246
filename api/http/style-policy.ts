import { createHash } from 'node:crypto';

/**
 * Content-Security-Policy (CSP level 3) of a page that runs nothing, loads nothing and is framed nowhere: only its own
 * style sheet, known by its SHA-256, counts.
 */
export function stylePolicy(styleSheet: string): string {
  const hash = createHash('sha256').update(styleSheet).digest('base64');
  return [
    "default-src 'none'",
    `style-src 'sha256-${hash}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
