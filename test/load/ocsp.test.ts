import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { noStaple, parseOcsp } from '../../src/load/http/dial/ocsp.ts';

/** Responses made with OpenSSL 3.0; what k6 v2.0.0 showed of them stands beside. */
const fixture = (name: string) => readFileSync(new URL(`../fixtures/load/${name}`, import.meta.url));

it('reads a good status as k6 does', () => {
  expect(parseOcsp(fixture('ocsp-good.der'))).toEqual({
    produced_at: 1795375993,
    this_update: 1795375993,
    next_update: 1795980793,
    revoked_at: -62135596800,
    revocation_reason: 'unspecified',
    status: 'good',
  });
});

it('reads a revoked status as k6 does', () => {
  expect(parseOcsp(fixture('ocsp-revoked.der'))).toEqual({
    produced_at: 1795375993,
    this_update: 1795375993,
    next_update: 1795376593,
    revoked_at: 1793491200,
    revocation_reason: 'key_compromise',
    status: 'revoked',
  });
});

it('makes nothing of a response that says nothing', () => {
  // responseStatus tryLater (3), and no response.
  expect(parseOcsp(Buffer.from([0x30, 0x03, 0x0a, 0x01, 0x03]))).toEqual(noStaple);
});

it('survives any bytes', () => {
  const good = fixture('ocsp-good.der');
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, byte, length) => {
      const bytes = Buffer.from(good.subarray(0, length));
      if (at < length) bytes[at] = byte;
      expect(typeof parseOcsp(bytes).status).toBe('string');
    }),
    { seed: 1 },
  );
});
