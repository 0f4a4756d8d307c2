import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cryptoModule } from '../../src/load/modules/crypto.ts';
import { md4 } from '../../src/load/modules/md4.ts';

type Hash = { update(data: unknown): void; digest(encoding: string): string };
const crypto = cryptoModule() as Record<string, (...args: unknown[]) => string> & {
  createHash(name: string): Hash;
  createHMAC(name: string, key: unknown): Hash;
};
const alphabet = 'abcdefghijklmnopqrstuvwxyz';
const digits = '1234567890'.repeat(8);

describe('hashes of the published test suites', () => {
  it.each([
    ['', '31d6cfe0d16ae931b73c59d7e0c089c0'],
    ['a', 'bde52cb31de33e46245e05fbdbd6fb24'],
    ['abc', 'a448017aaf21d8525fc10ae87aa6729d'],
    ['message digest', 'd9130a8164549fe818874806e1c7014b'],
    [alphabet, 'd79e1c308aa5bbcdeea8ed63df412da9'],
    [`${alphabet.toUpperCase()}${alphabet}0123456789`, '043f8582f241db351ce627e153e7f0e4'],
    [digits, 'e33b4ddc9c38f2199c3e7b164fcc0536'],
  ])('md4 of %j (RFC 1320, A.5)', (text, hex) => {
    expect(Buffer.from(md4(Buffer.from(text))).toString('hex')).toBe(hex);
  });

  it.each([
    ['md5', 'abc', '900150983cd24fb0d6963f7d28e17f72'],
    ['sha1', 'abc', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
    ['sha256', 'abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    ['sha512_224', 'abc', '4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa'],
    ['sha512_256', 'abc', '53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23'],
    ['ripemd160', 'abc', '8eb208f7e05d987a9b044a8e98c6b087f15a0bfc'],
    ['ripemd160', digits, '9b752e45573d4b39f4dbd3323cab82bf63326bfb'],
  ])('%s of %j', (name, text, hex) => {
    expect(crypto[name]?.(text, 'hex')).toBe(hex);
  });

  it.each([
    ['md5', '750c783e6ab0b503eaa86e310a5db738'],
    ['sha1', 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79'],
    ['sha256', '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'],
  ])('hmac %s of test case 2 of RFC 2202 and RFC 4231', (name, hex) => {
    expect(crypto.hmac?.(name, 'Jefe', 'what do ya want for nothing?', 'hex')).toBe(hex);
  });
});

describe('hashing in parts', () => {
  it('gives what hashing all at once does, whenever it is asked', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('md4', 'sha384'),
        fc.array(fc.uint8Array({ maxLength: 200 })),
        (name, parts) => {
          const hash = crypto.createHash(name);
          for (const part of parts) {
            hash.update(part);
            hash.digest('hex');
          }
          const whole = Buffer.concat(parts);
          const expected =
            name === 'md4'
              ? Buffer.from(md4(whole)).toString('base64')
              : createHash('sha384').update(whole).digest('base64');
          expect(hash.digest('base64')).toBe(expected);
        },
      ),
      { seed: 1 },
    );
  });

  it('does not see what is later written to the bytes it was given', () => {
    const bytes = new Uint8Array([1, 2, 3]);
    const hash = crypto.createHMAC('sha256', 'key');
    hash.update(bytes);
    const before = hash.digest('hex');
    bytes.fill(0);
    expect(hash.digest('hex')).toBe(before);
  });
});
