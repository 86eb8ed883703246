import { type Credentials, eventTypeFilter, START } from '@eventstore/db-client';
import type { Connection } from './connection.ts';
import { failureType } from './failures.ts';
import { discard } from './log-client.ts';

const DEFAULT_LOGINS: readonly Credentials[] = [
  { username: 'admin', password: 'changeit' },
  { username: 'ops', password: 'changeit' },
];

const LIMITS = ['$maxCount', '$maxAge', '$tb'] as const;
const METADATA_SCAN_MS = 5_000;
/** gRPC: no such login. A login that may not do something gets PERMISSION_DENIED. */
const UNAUTHENTICATED = 16;
const LOOPBACK = /^(localhost|127\.|\[?::1)/;

/** Server options that lose or expose what was acknowledged, and the value that does. */
const UNSAFE_OPTIONS: Readonly<Record<string, string>> = {
  MemDb: 'the log is kept in memory only: a restart loses it',
  UnsafeDisableFlushToDisk: 'acknowledged events are not flushed: a power cut loses them',
  UnsafeIgnoreHardDelete: 'deleted streams come back',
  UnsafeAllowSurplusNodes: 'a surplus node may become leader without the data',
  AllowAnonymousStreamAccess: 'streams are open without a login',
};

/**
 * Dangerous settings of the server, as sentences for an operator. What the login may not look at is said too.
 * Errors are those of the client when the server does not answer.
 */
export async function inspectServer(connection: Connection): Promise<string[]> {
  const secure = !/[?&]tls=false\b/i.test(connection.url);
  const findings = await Promise.all([
    secure ? inspectLogins(connection) : inspectExposure(connection),
    inspectOptions(connection),
    inspectDefaultAcl(connection),
    inspectMetadata(connection),
  ]);
  return findings.flat();
}

function inspectExposure({ server }: Connection): string[] {
  const reach = LOOPBACK.test(server) ? 'every program on this machine' : `whoever reaches ${server}`;
  return [`EventStoreDB runs without TLS and logins: ${reach} can read, delete and truncate the log`];
}

async function inspectLogins({ client, reader, url }: Connection): Promise<string[]> {
  const findings: string[] = [];
  if (!/\/\/[^/]*@/.test(url)) findings.push('the connection string carries no login');
  for (const credentials of DEFAULT_LOGINS) {
    const denial = await denialOf(client.readStream('$settings', { credentials, maxCount: 1 }));
    if (denial === UNAUTHENTICATED) continue;
    findings.push(`the default login ${credentials.username}/changeit still works`);
  }
  const administers = (await denialOf(reader.systemStream('$users'))) === undefined;
  if (administers) findings.push('our own login is an administrator: no access rule binds it');
  return findings;
}

async function inspectOptions({ client }: Connection): Promise<string[]> {
  try {
    const options = await client.serverOptions();
    return Object.entries(UNSAFE_OPTIONS)
      .filter(([name]) => options.get(name)?.toLowerCase() === 'true')
      .map(([name, consequence]) => `the server runs with ${name}: ${consequence}`);
  } catch {
    return ['the options of the server cannot be read (/info/options): MemDb and flushing are unchecked'];
  }
}

/** Unless changed in `$settings`, whoever is logged in may delete streams and write their metadata. */
async function inspectDefaultAcl({ reader }: Connection): Promise<string[]> {
  try {
    for await (const { data } of reader.systemStream('$settings')) {
      const acl = memberOf(data, '$userStreamAcl');
      const open = ['$d', '$mw'].filter((right) =>
        JSON.stringify(memberOf(acl, right) ?? '$all').includes('$all'),
      );
      return open.length === 0 ? [] : [defaultAclFinding(open)];
    }
    return [defaultAclFinding(['$d', '$mw'])];
  } catch (error) {
    if (failureType(error) !== 'access-denied') throw error;
    return ['the default access rules ($settings) cannot be read with this login'];
  }
}

function defaultAclFinding(open: readonly string[]): string {
  return `the default access rules grant ${open.join(' and ')} to $all: any login can erase ledger streams`;
}

/** Follows every change of stream metadata from the beginning; the last one of each stream counts. */
async function inspectMetadata({ client }: Connection): Promise<string[]> {
  const limited = new Map<string, string>();
  const filter = eventTypeFilter({ prefixes: ['$metadata'] });
  const subscription = client.subscribeToAll({ fromPosition: START, filter });
  const finished = await new Promise<boolean>((resolve, reject) => {
    setTimeout(() => resolve(false), METADATA_SCAN_MS).unref();
    subscription.on('error', reject);
    subscription.on('data', ({ event }) => {
      if (event !== undefined) noteLimits(limited, event.streamId.slice(2), event.data);
    });
    subscription.on('caughtUp', () => resolve(true));
  }).finally(() => {
    subscription.on('error', () => undefined);
    discard(subscription);
  });
  const findings = [...limited].map(([stream, keys]) => `${stream} is truncated by its metadata (${keys})`);
  if (!finished) findings.push(`not all stream metadata could be checked within ${METADATA_SCAN_MS} ms`);
  return findings;
}

function noteLimits(limited: Map<string, string>, stream: string, metadata: unknown): void {
  const keys = LIMITS.filter((key) => memberOf(metadata, key) !== undefined);
  const isSystem = stream.startsWith('$') && stream !== '$all';
  if (keys.length === 0 || isSystem) limited.delete(stream);
  else limited.set(stream, keys.join(', '));
}

/** The gRPC status with which a read is denied; undefined when it is allowed. Other failures are thrown. */
async function denialOf(read: AsyncIterable<unknown>): Promise<number | undefined> {
  try {
    for await (const _ of read) break;
    return undefined;
  } catch (error) {
    const type = failureType(error);
    if (type === 'stream-not-found') return undefined;
    if (type !== 'access-denied' || !(error instanceof Error) || !('code' in error)) throw error;
    return Number(error.code);
  }
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([k]) => k === key)?.[1]
    : undefined;
}
