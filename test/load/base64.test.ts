import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeBase64, encodeBase64 } from '../../src/load/modules/base64.ts';
import { encodingModule } from '../../src/load/modules/encoding.ts';

/** Text, variant, and the bytes that k6 decodes it to or the place of the byte that it names. */
const recorded: [string, string, number[] | number][] = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '../fixtures/k6/modules/base64.json'), 'utf8'),
);
const encoding = encodingModule() as { b64decode(text: string, variant: string): ArrayBuffer };

it.each(recorded)('decodes %j (%s) as k6 does', (text, variant, result) => {
  const decode = () => [...new Uint8Array(encoding.b64decode(text, variant))];
  if (typeof result === 'number') expect(decode).toThrow(`illegal base64 data at input byte ${result}`);
  else expect(decode()).toEqual(result);
});

it('decodes what it encoded', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.boolean(), fc.boolean(), (bytes, url, padded) => {
      const text = encodeBase64(bytes, { url, padded });
      expect(Uint8Array.from(decodeBase64(text, { url, padded }))).toEqual(bytes);
      expect(text).toMatch(url ? /^[\w=-]*$/ : /^[A-Za-z0-9+/=]*$/);
      expect(text.length % 4 === 0 || !padded).toBe(true);
    }),
    { seed: 1 },
  );
});
