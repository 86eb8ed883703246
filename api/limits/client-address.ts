import { isIP } from 'node:net';
import type { WireRequest } from '../http/types.ts';

/**
 * Where a request comes from, as one bucket: an IPv4 address, or the /64 that an IPv6 subscriber has for itself.
 * @param trustedProxies proxies of ours in front, each of which adds to X-Forwarded-For; what stands further left
 * was written by the caller and says nothing
 */
export function clientAddress(
  request: Pick<WireRequest, 'remoteAddress' | 'header'>,
  trustedProxies: number,
): string {
  const forwarded = (request.header('x-forwarded-for') ?? '').split(',').map((part) => part.trim());
  const named = trustedProxies === 0 ? undefined : forwarded.at(-trustedProxies);
  return network(named !== undefined && isIP(named) > 0 ? named : request.remoteAddress);
}

function network(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = (address.split('%')[0] ?? '').toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - groups.length - after.length;
  const all = [...groups, ...Array.from({ length: zeros }, () => '0'), ...after];
  return `${all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
