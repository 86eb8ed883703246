import { z } from 'zod';

const ADMIN_KEY_MIN_CHARS = 24;

const milliseconds = (max = 3_600_000) => z.coerce.number().int().min(0).max(max);
const count = (max: number) => z.coerce.number().int().min(1).max(max);
const url = (protocols: RegExp, example: string) =>
  z.url({ protocol: protocols, hostname: /.*/, error: `must be a URL such as ${example}` });

const ROLE_NAMES = 'owner|admin|finance|auditor|ingest|customer';
const perMinute = (what: string, byDefault: string) =>
  z
    .string()
    .regex(
      new RegExp(`^\\d{1,9}(,(${ROLE_NAMES})=\\d{1,9})*$`),
      'must be requests a minute, with exceptions by role, such as 12000,customer=1200,owner=0',
    )
    .default(byDefault)
    .describe(`${what} a minute for each key, with exceptions by role; 0 is no limit.`);

/**
 * Every setting, from the environment and nowhere else. An empty value counts as not set.
 * `.env.example` is made from this.
 */
export const configSchema = z.object({
  NODE_ENV: z
    .enum(['development', 'test', 'production'])
    .default('development')
    .describe('In development and test, answers are checked against their schemas.'),
  ROLE: z
    .enum(['api', 'projector', 'worker', 'all'])
    .default('all')
    .describe('What this process does; one process does everything unless told otherwise.'),
  HOST: z.string().min(1).default('127.0.0.1').describe('Address to listen on.'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(8080).describe('Port to listen on; 0 picks one.'),
  DATA_DIR: z
    .string()
    .min(1)
    .default('.data/')
    .describe('Folder of the embedded database. Not used with DATABASE_URL.'),
  DATABASE_URL: url(/^postgres(ql)?$/, 'postgres://user:password@host:5432/database')
    .optional()
    .describe('Postgres of your own. Not set: an embedded Postgres in DATA_DIR.'),
  EVENTSTORE_URL: url(/^(esdb|kurrentdb|kdb)(\+discover)?$/, 'esdb://host:2113?tls=true')
    .optional()
    .describe('EventStoreDB as the event log. Not set: the log is in Postgres.'),
  CATALOGUE_FILE: z
    .string()
    .min(1)
    .optional()
    .describe(
      'JSON file of the catalogue versions that follow the built-in 2026-01 (docs/catalogue.md). The same for every process. Not set: 2026-01 alone.',
    ),
  ADMIN_API_KEY: z
    .string()
    .min(ADMIN_KEY_MIN_CHARS)
    .max(200)
    .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
    .optional()
    .describe(
      `First API key, the owner's, at least ${ADMIN_KEY_MIN_CHARS} characters. Not set: made at first start, stored hashed, printed once.`,
    ),
  CLOCK: z
    .string()
    .regex(
      /^(system|manual:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z)$/,
      'must be system or manual:<instant>, such as manual:2026-01-01T00:00:00Z',
    )
    .default('system')
    .describe('Business time: system, or manual:<instant>, which stands still until advanceClock moves it.'),
  ACCRUAL_CADENCE: z
    .enum(['monthly', 'daily'])
    .default('monthly')
    .describe('How often usage accruals and revenue releases are posted.'),
  PROVISION: z
    .enum(['off', 'monthly'])
    .default('off')
    .describe(
      'Whether expected loss on receivables is posted at the end of each month. Switched on later, it is posted for the months before, too, as they stood at their end.',
    ),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('Least severe lines that are logged.'),
  MAX_QUEUED_EVENTS: count(1_000_000)
    .default(20_000)
    .describe('Events that may wait for the log; beyond it callers get 503 and Retry-After.'),
  MAX_REQUESTS_IN_FLIGHT: count(100_000)
    .default(1_000)
    .describe('Requests handled at a time; beyond it callers get 503 and Retry-After.'),
  RATE_LIMIT_INGEST: perMinute('Requests that record usage', '1200000,customer=120000,owner=0'),
  RATE_LIMIT_HOT_READS: perMinute('Reads that are answered from memory', '1200000,customer=120000,owner=0'),
  RATE_LIMIT_QUERIES: perMinute('Other queries', '30000,customer=6000,owner=0'),
  RATE_LIMIT_COMMANDS: perMinute('Commands', '30000,customer=3000,owner=0'),
  RATE_LIMIT_FAILED_AUTHENTICATIONS: z.coerce
    .number()
    .int()
    .min(0)
    .max(1_000_000)
    .default(60)
    .describe('Wrong keys that one address may send in a minute; 0 is no limit.'),
  TRUSTED_PROXIES: z.coerce
    .number()
    .int()
    .min(0)
    .max(10)
    .default(0)
    .describe('Proxies of your own in front of the service, each of which adds to X-Forwarded-For.'),
  ACCESS_MEMORY_CUSTOMERS: count(10_000_000)
    .default(100_000)
    .describe('Customers whose entitlements are kept in memory for access checks, in each process.'),
  READ_WAIT_MS: milliseconds(60_000)
    .default(2_000)
    .describe('How long a query waits for minPosition, in milliseconds, unless Prefer: wait says otherwise.'),
  READY_MAX_LAG_EVENTS: count(100_000_000)
    .default(10_000)
    .describe('Events that projections may be behind while /readyz still says ready.'),
  REQUEST_TIMEOUT_MS: count(600_000)
    .default(30_000)
    .describe('Longest time to receive a request, in milliseconds.'),
  SHUTDOWN_DELAY_MS: milliseconds(60_000)
    .default(0)
    .describe('Between not ready and not accepting, in milliseconds: lets a load balancer notice.'),
  SHUTDOWN_GRACE_MS: milliseconds(600_000)
    .default(10_000)
    .describe('Longest time for requests in flight to finish at shutdown, in milliseconds.'),
  PROBLEM_BASE_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Page that problem types point into (`<base>#code`). Not set: /docs/errors of this service.'),
  METRICS_ACCESS: z
    .enum(['auto', 'open', 'key'])
    .default('auto')
    .describe('Who may read /metrics: auto is open on a loopback HOST, and asks for a key elsewhere.'),
  SELLER_NAME: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .optional()
    .describe('Name of the legal entity on invoices. Not set: a placeholder.'),
  SELLER_ADDRESS: z
    .string()
    .trim()
    .min(1)
    .max(1_000)
    .optional()
    .describe('Postal address on invoices, lines apart by \\n. Not set: a placeholder.'),
  SELLER_TAX_ID: z.string().trim().min(1).max(100).optional().describe('Tax or VAT number on invoices.'),
  SELLER_EMAIL: z.email().max(254).optional().describe('Where customers ask about their invoices.'),
  PAYMENT_INSTRUCTIONS: z
    .string()
    .trim()
    .max(2_000)
    .optional()
    .describe('How to pay, on invoices with something due; lines apart by \\n.'),
  INVOICE_FOOTER: z
    .string()
    .trim()
    .max(1_000)
    .optional()
    .describe('Small print of every document; lines apart by \\n.'),
  DOCUMENT_FONTS: z
    .string()
    .trim()
    .min(1)
    .max(4_000)
    .optional()
    .describe(
      'Font files (TrueType or OpenType) for PDF documents, apart by commas: for writing systems beyond Latin, Greek and Cyrillic.',
    ),
});

export type Config = Readonly<z.output<typeof configSchema>>;

/** All that is wrong with the environment, one line per variable. Values are not quoted. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** @throws ConfigError naming every variable that cannot be used */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(
    Object.keys(configSchema.shape).flatMap((name) => (env[name] ? [[name, env[name]]] : [])),
  );
  const result = configSchema.safeParse(given);
  if (result.success) return Object.freeze(result.data);
  throw new ConfigError(result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
}

/** Resolves METRICS_ACCESS=auto: open only where nobody but this machine can ask. */
export function metricsAccess(config: Pick<Config, 'METRICS_ACCESS' | 'HOST'>): 'open' | 'key' {
  if (config.METRICS_ACCESS !== 'auto') return config.METRICS_ACCESS;
  return /^(127\.\d+\.\d+\.\d+|::1|localhost)$/.test(config.HOST) ? 'open' : 'key';
}
