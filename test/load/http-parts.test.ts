import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compress, decompress } from '../../src/load/http/bodies/compression.ts';
import { cookieHeader, Jar } from '../../src/load/http/cookies/cookie-jar.ts';
import { parseSetCookie, type SetCookie } from '../../src/load/http/cookies/set-cookie.ts';
import { answerDigest } from '../../src/load/http/digest.ts';
import { explainJson } from '../../src/load/http/json/error.ts';
import { selectJson } from '../../src/load/http/json/path.ts';
import { resolveReference } from '../../src/load/http/resolve.ts';
import { parseTarget } from '../../src/load/http/target.ts';

describe('resolveReference', () => {
  // RFC 3986, 5.4.1 and 5.4.2, except for references of another scheme without an authority.
  it.each([
    ['g', 'http://a/b/c/g'],
    ['./g', 'http://a/b/c/g'],
    ['g/', 'http://a/b/c/g/'],
    ['/g', 'http://a/g'],
    ['//g', 'http://g'],
    ['?y', 'http://a/b/c/d;p?y'],
    ['g?y', 'http://a/b/c/g?y'],
    ['#s', 'http://a/b/c/d;p?q#s'],
    ['g#s', 'http://a/b/c/g#s'],
    ['g?y#s', 'http://a/b/c/g?y#s'],
    [';x', 'http://a/b/c/;x'],
    ['g;x', 'http://a/b/c/g;x'],
    ['', 'http://a/b/c/d;p?q'],
    ['.', 'http://a/b/c/'],
    ['./', 'http://a/b/c/'],
    ['..', 'http://a/b/'],
    ['../', 'http://a/b/'],
    ['../g', 'http://a/b/g'],
    ['../..', 'http://a/'],
    ['../../', 'http://a/'],
    ['../../g', 'http://a/g'],
    ['../../../g', 'http://a/g'],
    ['/./g', 'http://a/g'],
    ['/../g', 'http://a/g'],
    ['g.', 'http://a/b/c/g.'],
    ['..g', 'http://a/b/c/..g'],
    ['./../g', 'http://a/b/g'],
    ['./g/.', 'http://a/b/c/g/'],
    ['g/./h', 'http://a/b/c/g/h'],
    ['g/../h', 'http://a/b/c/h'],
    ['g?y/./x', 'http://a/b/c/g?y/./x'],
    ['http://h/x/../y', 'http://h/y'],
  ])('takes %j for %s', (reference, url) => {
    expect(resolveReference('http://a/b/c/d;p?q', reference)).toBe(url);
  });
});

describe('answerDigest', () => {
  const rfc7616 = (algorithm: string) =>
    `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`;
  const cnonce = 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ';

  // RFC 7616, 3.9.1; RFC 2617, 3.5.
  it.each([
    [rfc7616('MD5'), 'Circle of Life', cnonce, '8ca523f5e9506fed4657c9700eebdbec'],
    [
      rfc7616('SHA-256'),
      'Circle of Life',
      cnonce,
      '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
    ],
    [
      'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
      'Circle Of Life',
      '0a4f113b',
      '6629fae49393a05397450978507c4ef1',
    ],
  ])('answers %s', (challenge, password, nonce, response) => {
    const answer = answerDigest(
      challenge,
      'GET',
      '/dir/index.html',
      { username: 'Mufasa', password },
      () => nonce,
    );
    expect(answer).toContain(`response="${response}"`);
    expect(answer).toContain(`qop=auth, nc=00000001, cnonce="${nonce}"`);
  });

  it('does not answer an algorithm that it does not know', () => {
    const credentials = { username: 'a', password: 'b' };
    expect(answerDigest('Digest realm="r", algorithm=FOO', 'GET', '/', credentials)).toBeUndefined();
  });
});

describe('compression', () => {
  it.each(['gzip', 'deflate', 'br', 'zstd'] as const)('%s comes back as it went', (name) => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 5000 }), (bytes) => {
        const there = compress(Buffer.from(bytes), [name]);
        expect(decompress(there, name).equals(Buffer.from(bytes))).toBe(true);
      }),
      { seed: 1, numRuns: 30 },
    );
  });

  it('writes zstd frames of several blocks', () => {
    const bytes = Buffer.alloc(300_000, 'abc');
    expect(decompress(compress(bytes, ['zstd']), 'zstd').equals(bytes)).toBe(true);
  });
});

describe('the cookie jar', () => {
  const cookie = (line: string) => parseSetCookie(line) as SetCookie;
  const at = (url: string) => parseTarget(url);
  const names = (jar: Jar, url: string) => jar.cookiesFor(at(url)).map(({ name }) => name);

  it('forgets cookies when their time has come', () => {
    let now = Date.UTC(2026, 0, 1);
    const jar = new Jar(() => now);
    jar.set(at('http://h/'), [
      cookie('a=1; Max-Age=10'),
      cookie('b=1; Expires=Thu, 01 Jan 2026 00:01:00 GMT'),
      cookie('c=1'),
    ]);
    expect(names(jar, 'http://h/')).toEqual(['a', 'b', 'c']);
    now += 10_000;
    expect(names(jar, 'http://h/')).toEqual(['b', 'c']);
    now += 50_000;
    expect(names(jar, 'http://h/')).toEqual(['c']);
  });

  // RFC 6265, 5.1.3, 5.1.4 and 5.4.
  it.each([
    ['http://a.example.com/', 'x=1', 'http://a.example.com/', true],
    ['http://a.example.com/', 'x=1', 'http://b.a.example.com/', false],
    ['http://a.example.com/', 'x=1; Domain=example.com', 'http://b.example.com/', true],
    ['http://a.example.com/', 'x=1; Domain=.example.com', 'http://example.com/', true],
    ['http://a.example.com/', 'x=1; Domain=other.com', 'http://other.com/', false],
    ['http://example.com/', 'x=1; Domain=a.example.com', 'http://a.example.com/', false],
    ['http://h/a/b', 'x=1', 'http://h/a/c', true],
    ['http://h/a/b', 'x=1', 'http://h/', false],
    ['http://h/', 'x=1; Path=/a', 'http://h/a/b', true],
    ['http://h/', 'x=1; Path=/a', 'http://h/ab', false],
    ['https://h/', 'x=1; Secure', 'http://h/', false],
    ['https://h/', 'x=1; Secure', 'https://h/', true],
  ])('from %s, %s goes to %s: %s', (from, line, to, goes) => {
    const jar = new Jar();
    jar.set(at(from), [cookie(line)]);
    expect(names(jar, to)).toEqual(goes ? ['x'] : []);
  });

  it('keeps the place of a cookie that is set again', () => {
    const jar = new Jar();
    jar.set(at('http://h/'), [cookie('a=1'), cookie('b=1'), cookie('a=2'), cookie('b=0; Max-Age=0')]);
    expect(cookieHeader(undefined, jar.cookiesFor(at('http://h/')))).toBe('a=2');
  });
});

describe('explainJson', () => {
  const document = fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.jsonValue()));

  it('finds the end of what was cut off', () => {
    fc.assert(
      fc.property(document, fc.nat(), (value, cut) => {
        const bytes = Buffer.from(JSON.stringify(value), 'utf8');
        const length = cut % bytes.length;
        const text = bytes.toString('latin1', 0, length);
        fc.pre(/^[\x20-\x7e]*$/.test(text));
        const [, character, why = ''] =
          /line 1, character (\d+) , error: (.*)$/.exec(explainJson(text)) ?? [];
        expect(Number(character)).toBe(length);
        expect(why).toMatch(/^unexpected end of JSON input$|^invalid character ' ' /);
      }),
      { seed: 2 },
    );
  });

  it('finds a character that does not belong there', () => {
    fc.assert(
      fc.property(document, (value) => {
        const text = JSON.stringify(value);
        fc.pre(/^[\x20-\x7e]*$/.test(text));
        expect(explainJson(`${text}!`)).toContain(
          `character ${text.length + 1} , error: invalid character '!' after top-level value`,
        );
      }),
      { seed: 3 },
    );
  });
});

describe('selectJson', () => {
  const key = fc.string({ minLength: 1 });
  const escaped = (name: string) => name.replace(/[\\.|*?#@!{}[\]]/g, '\\$&');

  it('finds every member by its escaped key', () => {
    fc.assert(
      fc.property(fc.dictionary(key, fc.jsonValue()), key, fc.jsonValue(), (object, name, value) => {
        const inner = { ...object, [name]: value };
        fc.pre(Object.hasOwn(inner, name) && name !== '__proto__');
        expect(selectJson({ a: [inner] }, `a.0.${escaped(name)}`)).toEqual(value);
      }),
      { seed: 4 },
    );
  });

  it('takes of each element what it takes of one', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ n: fc.integer(), s: fc.string() })), fc.integer(), (list, limit) => {
        expect(selectJson(list, '#.n')).toEqual(list.map(({ n }) => n));
        expect(selectJson(list, `#(n>${limit})#.s`)).toEqual(
          list.filter(({ n }) => n > limit).map(({ s }) => s),
        );
        expect(selectJson(list, `#(n>${limit}).s`)).toEqual(list.find(({ n }) => n > limit)?.s);
        expect(selectJson(list, '@reverse.#.n')).toEqual(list.map(({ n }) => n).toReversed());
        expect(selectJson(list, '#')).toBe(list.length);
      }),
      { seed: 5 },
    );
  });
});
