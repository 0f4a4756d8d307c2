import { describe, expect, it } from 'vitest';
import { RequestFailure } from '../../src/load/http/failure.ts';
import { parseTarget } from '../../src/load/http/target.ts';

/** What k6 v2.0.0 made of each URL: the request line's path, `response.url`, and the `url` tag. */
const recorded: [url: string, path: string, shown?: string, tag?: string][] = [
  [
    'http://us%40er:p:w@127.0.0.1:9440/a/../b/./c?x=1#frag',
    '/a/../b/./c?x=1',
    'http://us%40er:p%3Aw@127.0.0.1:9440/a/../b/./c?x=1#frag',
    'http://****:****@127.0.0.1:9440/a/../b/./c?x=1#frag',
  ],
  ['http://user@127.0.0.1:9440/u', '/u', 'http://user@127.0.0.1:9440/u', 'http://****@127.0.0.1:9440/u'],
  ['http://127.0.0.1:9440', '/'],
  ['http://127.0.0.1:9440?x', '/?x'],
  ['http://127.0.0.1:9440/b//c/%7e?q=a b', '/b//c/%7e?q=a b'],
  ['HTTP://127.0.0.1:9440/up', '/up', 'http://127.0.0.1:9440/up'],
  [
    'http://127.0.0.1:9440/{a}|"<>^`',
    '/%7Ba%7D%7C%22%3C%3E%5E%60',
    'http://127.0.0.1:9440/%7Ba%7D%7C%22%3C%3E%5E%60',
  ],
  ['http://127.0.0.1:9440/a\\b', '/a%5Cb', 'http://127.0.0.1:9440/a%5Cb'],
  ['http://127.0.0.1:9440/caf%C3%A9/é', '/caf%C3%A9/%C3%A9', 'http://127.0.0.1:9440/caf%C3%A9/%C3%A9'],
];

it.each(recorded)('reads %s as k6 does', (url, path, shown = url, tag = shown) => {
  for (const time of ['first', 'second']) {
    const target = parseTarget(url);
    expect({ time, path: target.path, href: target.href, url: target.url }).toEqual({
      time,
      path,
      href: shown,
      url: tag,
    });
  }
});

it('keeps what the credentials say', () => {
  expect(parseTarget('http://us%40er:p:w@h/').credentials).toEqual({ username: 'us@er', password: 'p:w' });
  expect(parseTarget('http://user@h/').credentials).toEqual({ username: 'user', password: '' });
  expect(parseTarget('http://h/').credentials).toBeUndefined();
});

it.each([
  ['http://LOCALHOST:9440/', 'localhost', 9440, 'LOCALHOST:9440', false],
  ['https://a.test/', 'a.test', 443, 'a.test', true],
  ['http://a.test:80/', 'a.test', 80, 'a.test:80', false],
  ['http://a.test:/', 'a.test', 80, 'a.test', false],
  ['http://[::1]:9440/', '::1', 9440, '[::1]:9440', false],
  ['http://é.test/', 'xn--9ca.test', 80, 'xn--9ca.test', false],
])('finds where %s goes', (url, host, port, authority, secure) => {
  expect(parseTarget(url).origin).toEqual({ host, port, authority, secure });
});

it('has one origin for all URLs of a server', () => {
  expect(parseTarget('http://one.test/a').origin).toBe(parseTarget('http://u:p@one.test/b?c').origin);
  expect(parseTarget('http://one.test/a').origin).not.toBe(parseTarget('https://one.test/a').origin);
});

describe('refuses as k6 does', () => {
  it.each([
    ['ftp://x/', 1000, 'unsupported protocol scheme "ftp"'],
    ['//127.0.0.1:9440/', 1000, 'unsupported protocol scheme ""'],
    ['', 1000, 'unsupported protocol scheme ""'],
    ['http:/127.0.0.1/', 1000, 'http: no Host in request URL'],
    ['http://', 1000, 'http: no Host in request URL'],
    ['http:///x', 1000, 'http: no Host in request URL'],
    ['http://a b/', 1020, 'invalid URL: parse "http://a b/": invalid character " " in host name'],
    ['http://[::1/', 1020, `invalid URL: parse "http://[::1/": missing ']' in host`],
    ['http://127.0.0.1:x/', 1020, 'invalid URL: parse "http://127.0.0.1:x/": invalid port ":x" after host'],
    [
      '127.0.0.1:9440/',
      1020,
      'invalid URL: parse "127.0.0.1:9440/": first path segment in URL cannot contain colon',
    ],
    [' http://h/', 1020, 'invalid URL: parse " http://h/": first path segment in URL cannot contain colon'],
    ['http://h/%zz', 1020, 'invalid URL: parse "http://h/%zz": invalid URL escape "%zz"'],
  ])('%s: %i', (url, code, message) => {
    let thrown: unknown;
    try {
      parseTarget(url);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(RequestFailure);
    expect(thrown).toMatchObject({ code, message });
  });
});
