import type { ProblemEntry } from './entry.ts';

/** Problems that the HTTP layer itself finds, before or after the domain was asked. */
export const apiProblems = {
  'invalid-json': {
    status: 400,
    title: 'The body is not acceptable JSON',
    remedy: 'Send well-formed UTF-8 JSON without repeated members, at most 32 levels deep.',
  },
  'validation-failed': {
    status: 400,
    title: 'The input does not have the shape that this operation takes',
    remedy: 'See errors: each has a JSON Pointer to the input at fault.',
  },
  'invalid-header': {
    status: 400,
    title: 'A header cannot be understood',
    remedy: 'See detail, which names the header and the form it takes.',
  },
  'invalid-cursor': {
    status: 400,
    title: 'The cursor does not come from this list',
    remedy: 'Use nextCursor of the page before, unchanged.',
  },
  'idempotency-key-missing': {
    status: 400,
    title: 'An Idempotency-Key is needed',
    remedy: 'Send a fresh unique Idempotency-Key with each new command, and the same one with its retries.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'The Idempotency-Key was used for another request',
    remedy: 'Use a new key for a new request; a retry repeats the first request exactly.',
  },
  unauthenticated: {
    status: 401,
    title: 'A valid API key is needed',
    remedy: 'Send Authorization: Bearer <key> with a key that is neither expired nor revoked.',
  },
  forbidden: {
    status: 403,
    title: 'The role of this key does not allow the operation',
    remedy: 'Use a key with one of the roles that detail names.',
  },
  'not-found': {
    status: 404,
    title: 'There is nothing here',
    remedy: 'Check the path against /openapi.json, and the id in it.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'This path does not take the method',
    remedy: 'Use one of the methods in Allow.',
  },
  'precondition-failed': {
    status: 412,
    title: 'The resource is not at the revision that If-Match names',
    remedy: 'Read it again, decide again, and send the new ETag; or leave If-Match out.',
  },
  'body-too-large': {
    status: 413,
    title: 'The body is too large',
    remedy: 'Commands take 100 kB, ingestion 1 MiB or 1,000 items: send several requests.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The body has a media type that this operation does not take',
    remedy: 'Send one that Accept names, usually application/json, in UTF-8 and without Content-Encoding.',
  },
  'rate-limited': {
    status: 429,
    title: 'Too many requests in this minute',
    remedy:
      'Wait as long as Retry-After says, then retry with the same Idempotency-Key; RateLimit and RateLimit-Policy tell how much is left.',
  },
  'precondition-required': {
    status: 428,
    title: 'This operation needs If-Match',
    remedy: 'Read the resource and send its ETag in If-Match.',
  },
  'api-key-not-found': {
    status: 404,
    title: 'There is no such API key',
    remedy: 'listApiKeys shows those that exist.',
  },
  'api-key-revoked': {
    status: 409,
    title: 'The API key is revoked or expired',
    remedy: 'Create a new key instead.',
  },
  'api-key-replaced': {
    status: 409,
    title: 'The API key has a successor already',
    remedy: 'Rotate the successor, which detail names; or revoke this one.',
  },
  'last-owner-key': {
    status: 409,
    title: 'The last key with the role owner cannot be revoked',
    remedy: 'Create another owner key first.',
  },
  'account-not-found': {
    status: 404,
    title: 'There is no such account',
    remedy: 'Use a code of the chart of accounts, such as 1200; getTrialBalance shows those with postings.',
  },
  'journal-entry-not-found': {
    status: 404,
    title: 'There is no such journal entry',
    remedy: 'Memo events carry none. A new event needs a moment, or minPosition.',
  },
  'credit-note-not-found': {
    status: 404,
    title: 'There is no such credit note',
    remedy: 'Check the creditNoteId; getInvoice shows the credit notes of an invoice.',
  },
  'event-not-found': {
    status: 404,
    title: 'There is no such event',
    remedy: 'listEvents shows those that exist.',
  },
  'internal-error': {
    status: 500,
    title: 'Something went wrong on our side',
    remedy: 'Retry with the same Idempotency-Key; if it stays, report the requestId.',
  },
  'outcome-unknown': {
    status: 503,
    title: 'It is not known whether the command was recorded',
    remedy: 'Retry with the same Idempotency-Key: it is recorded once, whatever happened.',
  },
  'log-unavailable': {
    status: 503,
    title: 'The event log cannot be reached',
    remedy: 'Nothing was recorded. Retry with the same Idempotency-Key.',
  },
  overloaded: {
    status: 503,
    title: 'The service is at its limit',
    remedy: 'Nothing was recorded. Retry after Retry-After seconds with the same Idempotency-Key.',
  },
  'read-models-unavailable': {
    status: 503,
    title: 'The read models cannot be reached',
    remedy: 'Retry later.',
  },
  'read-model-behind': {
    status: 504,
    title: 'The read model has not reached minPosition yet',
    remedy: 'Retry after Retry-After seconds, or wait longer with Prefer: wait=<seconds>.',
  },
} satisfies Record<string, ProblemEntry>;
