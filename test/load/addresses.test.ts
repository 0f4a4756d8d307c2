import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressOf,
  BlockedAddresses,
  BlockedNames,
  HostMap,
  isLoopback,
  LocalAddresses,
  numberOf,
} from '../../src/load/http/dial/addresses.ts';

describe('hosts', () => {
  const hosts = new HostMap({
    'a.test': '127.0.0.1',
    'b.test:9440': '127.0.0.1:9441',
    '*.w.test': '127.0.0.1:9440',
    '*.deep.w.test': '127.0.0.2',
    'x.w.test': '127.0.0.3',
    'v6.test': '::1',
    'v6p.test': '[::1]:9440',
    'Upper.Test': '127.0.0.4',
  });

  it.each([
    ['a.test', 80, '127.0.0.1', 80],
    ['b.test', 9440, '127.0.0.1', 9441],
    ['q.w.test', 1234, '127.0.0.1', 9440],
    ['q.r.w.test', 80, '127.0.0.1', 9440],
    ['q.deep.w.test', 80, '127.0.0.2', 80],
    ['x.w.test', 80, '127.0.0.3', 80],
    ['v6.test', 443, '::1', 443],
    ['v6p.test', 80, '::1', 9440],
    ['upper.test', 80, '127.0.0.4', 80],
  ])('sends %s:%i to %s:%i', (host, port, address, to) => {
    expect(hosts.find(host, port)).toEqual({ address, port: to });
  });

  it.each([
    ['b.test', 9442],
    ['w.test', 80],
    ['other.test', 80],
  ])('leaves %s:%i alone', (host, port) => {
    expect(hosts.find(host, port)).toBeUndefined();
  });

  it('takes every name for a star alone', () => {
    expect(new HostMap({ '*': '127.0.0.1:1' }).find('any.where', 80)).toEqual({
      address: '127.0.0.1',
      port: 1,
    });
  });
});

it('names the pattern that blocks a host', () => {
  const blocked = new BlockedNames(['*.bad.test', 'worse.test']);
  expect(
    ['x.bad.test', 'x.y.bad.test', 'worse.test', 'bad.test', 'a.worse.test'].map((name) =>
      blocked.find(name),
    ),
  ).toEqual(['*.bad.test', '*.bad.test', 'worse.test', undefined, undefined]);
});

it('names the block that an address is in', () => {
  const blocked = new BlockedAddresses(['10.0.0.0/8', '192.168.1.0/24', 'fd00::/8']);
  expect(
    ['10.1.2.3', '11.0.0.1', '192.168.1.255', '192.168.2.0', 'fd12::1', 'fe80::1'].map((ip) =>
      blocked.find(ip),
    ),
  ).toEqual(['10.0.0.0/8', undefined, '192.168.1.0/24', undefined, 'fd00::/8', undefined]);
});

it.each([
  ['127.0.0.1', true],
  ['127.255.0.9', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['128.0.0.1', false],
  ['1270.0.0.1', false],
  ['::2', false],
  ['localhost', false],
])('takes %s for loopback: %s', (address, is) => {
  expect(isLoopback(address)).toBe(is);
});

describe('localIPs', () => {
  // What k6 v2.0.0 dialled from for setup and for VUs 1 to 5.
  it.each([
    ['127.0.0.2-127.0.0.4', [2, 2, 3, 4, 2, 3]],
    ['127.0.0.8/30', [9, 9, 10, 9, 10, 9]],
    ['127.0.0.9/31', [8, 8, 9, 8, 9, 8]],
    ['127.0.0.8/32', [8, 8, 8, 8, 8, 8]],
    ['127.0.0.5,127.0.0.9-127.0.0.10', [5, 5, 9, 10, 5, 9]],
  ])('deals out %s as k6 does', (text, lastBytes) => {
    const local = new LocalAddresses(text);
    expect([0, 1, 2, 3, 4, 5].map((id) => local.of(id))).toEqual(lastBytes.map((byte) => `127.0.0.${byte}`));
  });

  it('leaves the choice to the system without any', () => {
    expect(new LocalAddresses('').of(1)).toBeUndefined();
  });

  it('carries over bytes and knows IPv6', () => {
    const local = new LocalAddresses('10.0.0.255-10.0.1.1,fd00::fffe/127');
    expect([1, 2, 3, 4, 5, 6].map((id) => local.of(id))).toEqual([
      '10.0.0.255',
      '10.0.1.0',
      '10.0.1.1',
      'fd00::fffe',
      'fd00::ffff',
      '10.0.0.255',
    ]);
  });

  it('reads back every address it writes', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }),
        (bits) => numberOf(addressOf(bits, 4)) === bits,
      ),
      { seed: 1 },
    );
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }),
        (bits) => numberOf(addressOf(bits, 6)) === bits,
      ),
      { seed: 2 },
    );
    fc.assert(
      fc.property(fc.ipV4(), (address) => addressOf(numberOf(address), 4) === address),
      { seed: 3 },
    );
  });
});
