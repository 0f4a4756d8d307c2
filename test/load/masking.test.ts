import fc from 'fast-check';
import { expect, it } from 'vitest';
import { maskSecrets } from '../../src/load/masking.ts';

it.each([
  ['postgres://fx:s3cr3t@db:5432/fx', 'postgres://fx:***@db:5432/fx'],
  ['Get "http://user:s3cr3t@127.0.0.1:9/a": refused', 'Get "http://user:***@127.0.0.1:9/a": refused'],
  ['redis://:s3cr3t@cache:6379', 'redis://:***@cache:6379'],
  ['http://****:****@h/a', 'http://****:****@h/a'],
  [
    'GET / HTTP/1.1\nHost: h\nAuthorization: Basic dXNlcjpzM2NyM3Q=\nX-A: 1',
    'GET / HTTP/1.1\nHost: h\nAuthorization: ***\nX-A: 1',
  ],
  ['{"authorization":"Bearer abc.def.ghi","x":1}', '{"authorization":"***","x":1}'],
  ['{ Authorization: ["Bearer abc.def.ghi"] }', '{ Authorization: ["***"] }'],
  ['x-api-key: 123456', 'x-api-key: ***'],
  ['sent Bearer abcdefgh.ijkl', 'sent Bearer ***'],
  ['http://h/a?token=abc&x=1', 'http://h/a?token=***&x=1'],
  ['/a?x=1&access_token=abc#f', '/a?x=1&access_token=***#f'],
  ['POST /login?user=a;password=b c', 'POST /login?user=a;password=*** c'],
])('%s', (text, masked) => {
  expect(maskSecrets(text)).toBe(masked);
});

it.each([
  'http://127.0.0.1:3000/a?x=1:2@3',
  'status was 200: ok',
  'the bearer of this',
  'p(95)<500',
  'http_reqs{name:http://h/:id}',
  'tokens=5 and ?page=2',
  'Basic plan',
])('leaves alone: %s', (text) => {
  expect(maskSecrets(text)).toBe(text);
});

it('masks whatever the password of a URL is, and nothing a second time', () => {
  const word = fc.stringMatching(/^[\w$!~.-]{4,20}$/);
  fc.assert(
    fc.property(word, word, (user, password) => {
      const masked = maskSecrets(`see http://${user}:${password}@host/path`);
      expect(masked).toBe(`see http://${user}:***@host/path`);
      expect(maskSecrets(masked)).toBe(masked);
    }),
    { seed: 1 },
  );
});

it('takes time in proportion to the length of the text', () => {
  const text = 'http://a:b'.repeat(20_000);
  const started = performance.now();
  maskSecrets(text);
  expect(performance.now() - started).toBeLessThan(2000);
});
