import { describe, expect, it } from 'vitest';
import { Resolver } from '../../src/load/http/dial/resolver.ts';
import type { DnsOptions } from '../../src/load/options/network.ts';

const both = ['10.0.0.1', 'fd00::1', '10.0.0.2', 'fd00::2'];

/** A resolver whose system knows `answers`, with a clock in seconds to set and the names that were asked for. */
function newResolver(
  dns: Partial<DnsOptions>,
  answers: Record<string, readonly string[]> = { both },
  random = 0,
) {
  const asked: string[] = [];
  const clock = { seconds: 0 };
  const lookup = async (host: string) => {
    asked.push(host);
    const found = answers[host];
    if (found === undefined) throw Object.assign(new Error('no'), { code: 'ENOTFOUND' });
    return found;
  };
  const options: DnsOptions = { ttl: 300, select: 'first', policy: 'preferIPv4', ...dns };
  const resolver = new Resolver(
    options,
    lookup,
    () => clock.seconds * 1000,
    () => random,
  );
  const address = async (host: string) => (await resolver.resolve(host)).address;
  return { resolver, address, asked, clock };
}

describe('policy', () => {
  it.each([
    ['preferIPv4', '10.0.0.1'],
    ['preferIPv6', 'fd00::1'],
    ['onlyIPv4', '10.0.0.1'],
    ['onlyIPv6', 'fd00::1'],
    ['any', '10.0.0.1'],
  ] as const)('%s gives %s', async (policy, address) => {
    expect(await newResolver({ policy }).address('both')).toBe(address);
  });

  it('falls back to the other kind where it only prefers', async () => {
    const { address } = newResolver({ policy: 'preferIPv4' }, { six: ['fd00::1'] });
    expect(await address('six')).toBe('fd00::1');
  });

  it('finds no address of a kind that the name has not', async () => {
    const { resolver } = newResolver({ policy: 'onlyIPv6' }, { localhost: ['127.0.0.1'] });
    await expect(resolver.resolve('localhost')).rejects.toMatchObject({
      message: 'lookup localhost: no such host',
      code: 1000,
    });
  });
});

describe('select', () => {
  it('goes round', async () => {
    const { address } = newResolver({ select: 'roundRobin' });
    expect([await address('both'), await address('both'), await address('both')]).toEqual([
      '10.0.0.1',
      '10.0.0.2',
      '10.0.0.1',
    ]);
  });

  it('draws at random', async () => {
    expect(await newResolver({ select: 'random' }, { both }, 0.99).address('both')).toBe('10.0.0.2');
    expect(await newResolver({ select: 'random' }, { both }, 0.49).address('both')).toBe('10.0.0.1');
  });
});

describe('ttl', () => {
  it('asks again when an answer is too old', async () => {
    const { address, asked, clock } = newResolver({ ttl: 5 });
    await address('both');
    clock.seconds = 4.9;
    await address('both');
    expect(asked).toHaveLength(1);
    clock.seconds = 5;
    await address('both');
    expect(asked).toHaveLength(2);
  });

  it('keeps answers for ever, or not at all', async () => {
    const forEver = newResolver({ ttl: Number.POSITIVE_INFINITY });
    await forEver.address('both');
    forEver.clock.seconds = 1e9;
    await forEver.address('both');
    expect(forEver.asked).toHaveLength(1);
    const never = newResolver({ ttl: 0 });
    await never.address('both');
    await never.address('both');
    expect(never.asked).toHaveLength(2);
  });
});

it('asks once for all who want a name at the same time', async () => {
  const { address, asked } = newResolver({ ttl: 0 });
  await Promise.all([address('both'), address('both'), address('both')]);
  expect(asked).toEqual(['both']);
});

it('tells all addresses of a name', async () => {
  expect((await newResolver({}).resolver.resolve('both')).all).toEqual(both);
});

it('gives an address back at once', () => {
  const { resolver, asked } = newResolver({});
  expect(resolver.resolve('fd00::9')).toEqual({ address: 'fd00::9', all: ['fd00::9'] });
  expect(asked).toEqual([]);
});

it('fails as k6 does for a name that is not there, and asks again', async () => {
  const { resolver, asked } = newResolver({});
  for (const _ of [1, 2]) {
    await expect(resolver.resolve('nosuch.invalid')).rejects.toMatchObject({
      message: 'lookup: no such host',
      code: 1101,
    });
  }
  expect(asked).toHaveLength(2);
});

it.each(['127.1', '0x7f000001', '2130706433'])('does not read %s as an address', async (host) => {
  const { resolver, asked } = newResolver({});
  await expect(resolver.resolve(host)).rejects.toMatchObject({
    code: 1101,
    detail: `lookup ${host}: no such host`,
  });
  expect(asked).toEqual([]);
});
