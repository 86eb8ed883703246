import { type Bindings, type ChildLoggerOptions, type DestinationStream, type Logger, pino } from 'pino';

export type { Logger } from 'pino';

export interface LoggerOptions {
  readonly level?: string;
  /** Where lines go; standard output unless given. */
  readonly destination?: DestinationStream;
  /** On every line: `{ role: 'api' }`. */
  readonly base?: Readonly<Record<string, string>>;
}

const REDACTED = '[redacted]';
const MAX_DEPTH = 6;

/** Members whose value is never logged, wherever they stand. Compared without case, hyphens, underscores. */
const SECRET_MEMBERS = new Set(
  [
    'authorization cookie setCookie password secret token accessToken refreshToken clientSecret apiKey',
    'adminApiKey key keys idempotencyKey signature name firstName lastName fullName email phone address',
    'taxId databaseUrl eventstoreUrl connectionString iban accountNumber cardNumber',
  ]
    .flatMap((line) => line.split(' '))
    .map(normalised),
);

/** Shapes that give a secret away in free text: keys, bearer tokens, URLs with passwords, e-mail addresses. */
const SECRET_SHAPES: readonly (readonly [RegExp, string])[] = [
  [/\brk_live_[A-Za-z0-9_]+/g, REDACTED],
  [/\b(Bearer|Basic)\s+[^\s"\\]+/gi, `$1 ${REDACTED}`],
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@"\\]*):[^\s@"\\]+@/gi, `$1:${REDACTED}@`],
  [/[\w.+-]+@[\w-]+(\.[\w-]+)+/g, REDACTED],
];

/**
 * JSON lines through pino. Two nets keep secrets and personal data out: members with telling names are
 * replaced at any depth, and the finished line is searched for what looks like a key, token or e-mail address.
 */
export function createLogger(options: LoggerOptions = {}): Logger {
  const settings = {
    level: options.level ?? 'info',
    base: options.base ?? null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (object: Record<string, unknown>) => scrubMembers(object, 0),
      bindings: (object: Record<string, unknown>) => scrubMembers(object, 0),
    },
    serializers: { err: describeError },
    hooks: { streamWrite: scrubText },
  };
  return guardChildren(
    options.destination === undefined ? pino(settings) : pino(settings, options.destination),
  );
}

/** pino does not format the bindings of child loggers, so they are scrubbed before it sees them. */
function guardChildren(logger: Logger): Logger {
  const makeChild = logger.child;
  return Object.defineProperty(logger, 'child', {
    value(this: Logger, bindings: Bindings, options?: ChildLoggerOptions): Logger {
      return Reflect.apply(makeChild, this, [scrubMembers(bindings, 0), options]) as Logger;
    },
  });
}

/** Replaces what looks like a secret or an e-mail address in a text. */
export function scrubText(text: string): string {
  return SECRET_SHAPES.reduce((line, [shape, replacement]) => line.replace(shape, replacement), text);
}

function scrubMembers(object: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(object).map(([member, value]) => [
      member,
      SECRET_MEMBERS.has(normalised(member)) ? REDACTED : scrubValue(value, depth + 1),
    ]),
  );
}

function scrubValue(value: unknown, depth: number): unknown {
  if (value instanceof Error) return depth === 1 ? value : describeError(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) return '[deep]';
  if (Array.isArray(value)) return value.map((item: unknown) => scrubValue(item, depth + 1));
  return scrubMembers(value, depth);
}

/** Only what is known to be safe: a database error's `detail` can quote the row. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : REDACTED;
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  return { type: error.name, message: error.message, ...code, stack: error.stack };
}

function normalised(member: string): string {
  return member.replaceAll(/[-_]/g, '').toLowerCase();
}
