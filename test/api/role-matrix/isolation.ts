import type { Route } from '../../../api/http/route.ts';
import { problemCodesOf } from '../../../api/openapi/parts.ts';
import { namesIn, type Probe, probeOf, type Seen, type Send } from './probe.ts';
import { type Ids, MISSING, type World } from './world.ts';

/** Differ from answer to answer, whoever asks for what. */
const VOLATILE = /^(date|request-id|ratelimit|content-length|revenue-position|keep-alive|connection)$/;

/**
 * What a customer's key can learn of another customer, or do to it, through an operation that is open to customers.
 * @param head position of the log's head: a request for another's thing writes nothing
 * @returns what is wrong; empty for an operation that holds
 */
export async function isolationFaults<Services>(
  route: Route<Services>,
  { own, foreign }: World,
  send: Send,
  head: () => Promise<number>,
): Promise<string[]> {
  const names = namesIn(route, own.ids);
  const faults: string[] = [];
  const check = (holds: boolean, fault: string) => {
    if (!holds) faults.push(fault);
  };
  const leak = ({ text }: Seen, asked: Ids) =>
    foreign.secrets.find((secret) => without(text, asked).includes(secret));

  const forMissing = new Set<string | undefined>(['customer-not-found']);
  const before = await head();
  for (const wrong of [...names.map((name) => [name]), ...(names.length > 1 ? [names] : [])]) {
    const named = (ids: Ids) => ({
      ...own.ids,
      ...Object.fromEntries(wrong.map((name) => [name, ids[name] ?? ''])),
    });
    const theirs = await send(own.key, probeOf(route, named(foreign.ids), true));
    const none = await send(own.key, probeOf(route, named(MISSING), true));
    if (none.code !== undefined) forMissing.add(none.code);
    const what = `another customer’s ${wrong.join(' and ')}`;
    check(leak(theirs, foreign.ids) === undefined, `${what}: the answer has ${leak(theirs, foreign.ids)}`);
    check(
      isDeclared(route, none),
      `a missing ${wrong.join(' and ')}: ${none.code} is not among the route’s errors`,
    );
    check(theirs.status < 500, `${what}: status ${theirs.status} ${theirs.text}`);
    check(
      comparable(theirs, foreign.ids) === comparable(none, MISSING),
      `${what} can be told from none: ${comparable(theirs, foreign.ids)} and ${comparable(none, MISSING)}`,
    );
    if (wrong.includes('customerId') || route.kind !== 'query') {
      check(theirs.status >= 400, `${what}: status ${theirs.status}`);
    }
  }
  check((await head()) === before, 'a request for another customer’s thing was written to the log');

  const requests: (readonly [string, Probe])[] = [
    ['its own', probeOf(route, own.ids, true)],
    ['its own, required inputs alone', probeOf(route, own.ids, false)],
  ];
  for (const [what, probe] of requests) {
    const mine = await send(own.key, probe);
    const problem = `${mine.status} ${mine.code ?? ''}`;
    check(
      mine.status !== 401 && mine.status !== 403 && mine.status < 500,
      `${what}: ${problem} ${mine.text}`,
    );
    check(!forMissing.has(mine.code), `${what}: ${problem}, as for a thing that does not exist`);
    check(leak(mine, {}) === undefined, `${what}: the answer has another customer’s ${leak(mine, {})}`);
    check(!isEmptyList(route, mine), `${what}: the list is empty, so it could not have shown another’s`);
  }
  return faults;
}

function isEmptyList<Services>({ query }: Route<Services>, { text }: Seen): boolean {
  if (!('startingAfter' in query.shape)) return false;
  const { data, lines } = JSON.parse(text);
  return (data ?? lines)?.length === 0;
}

function isDeclared<Services>(route: Route<Services>, { code }: Seen): boolean {
  return code === undefined || problemCodesOf(route).some((declared) => declared === code);
}

/** An answer without what differs anyway and without the ids that were asked for. */
function comparable({ status, headers, text }: Seen, asked: Ids): string {
  const kept = [...headers]
    .filter(([name]) => !VOLATILE.test(name))
    .map(([name, value]) => `${name}: ${value}`);
  const body = without(text, asked).replaceAll(/"requestId":"[^"]*"/g, '"requestId":""');
  return [status, without(kept.sort().join(', '), asked), body].join(' | ');
}

function without(text: string, ids: Ids): string {
  return Object.entries(ids)
    .toSorted(([, a], [, b]) => b.length - a.length)
    .reduce((left, [name, id]) => left.replaceAll(id, `<${name}>`), text);
}
