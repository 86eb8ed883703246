import { describe, expect, test } from 'vitest';
import { clientAddress } from '../../api/limits/client-address.ts';

const from = (remoteAddress: string, forwarded?: string) => ({
  remoteAddress,
  header: (name: string) => (name === 'x-forwarded-for' ? forwarded : undefined),
});

describe('where a request comes from', () => {
  test.each([
    ['its connection', '192.0.2.7', undefined, 0, '192.0.2.7'],
    ['IPv4 in IPv6', '::ffff:192.0.2.7', undefined, 0, '192.0.2.7'],
    ['the network of an IPv6 address', '2001:db8:1:2:3:4:5:6', undefined, 0, '2001:db8:1:2::/64'],
    ['the same network written otherwise', '2001:0DB8:1:02::9%eth0', undefined, 0, '2001:db8:1:2::/64'],
    ['loopback', '::1', undefined, 0, '0:0:0:0::/64'],
    ['not what the caller claims', '192.0.2.7', '203.0.113.9', 0, '192.0.2.7'],
    ['what our proxy saw', '192.0.2.7', '198.51.100.1, 203.0.113.9', 1, '203.0.113.9'],
    [
      'what the outer of two proxies saw',
      '192.0.2.7',
      '1.1.1.1, 198.51.100.1, 203.0.113.9',
      2,
      '198.51.100.1',
    ],
    ['the connection, where a proxy was passed by', '192.0.2.7', undefined, 1, '192.0.2.7'],
    ['the connection, where the header makes no sense', '192.0.2.7', 'unknown', 1, '192.0.2.7'],
  ])('%s', (_what, remote, forwarded, proxies, expected) => {
    expect(clientAddress(from(remote, forwarded), proxies)).toBe(expected);
  });
});
