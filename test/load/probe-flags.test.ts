import { describe, expect, it } from 'vitest';
import {
  parseHeader,
  parseLevels,
  parseMethod,
  parseProbeTimeout,
  parseSeconds,
  requestOf,
} from '../../src/load/probe-flags.ts';
import { checkTarget } from '../../src/load/target.ts';

it.each([
  ['levels', parseLevels('8, 1,2,8,64'), [1, 2, 8, 64]],
  ['a single level', parseLevels('20000'), [20_000]],
  ['a time', parseSeconds('1500ms'), 1.5],
  ['a timeout', parseProbeTimeout('1s'), 1],
  ['a method', parseMethod('post'), 'POST'],
  ['a header', parseHeader('Accept: text/plain'), ['Accept', 'text/plain']],
  ['a header with colons', parseHeader('x-at:12:30:00 '), ['x-at', '12:30:00']],
  ['a header without a value', parseHeader('x-empty:'), ['x-empty', '']],
])('reads %s', (_, read, expected) => {
  expect(read).toEqual(expected);
});

it.each([
  ['none', () => parseLevels(''), /whole number|above zero|count/],
  ['no number', () => parseLevels('1,two'), /"two"/],
  ['zero', () => parseLevels('0,1'), /"0"/],
  ['too many connections', () => parseLevels('20001'), 'one machine can open 20000 at most'],
  [
    'no time at all',
    () => parseSeconds('0s'),
    '"0s" is not a time to measure: it must be above zero, for example 5s',
  ],
  ['a short timeout', () => parseProbeTimeout('999ms'), '"999ms" is not a timeout: write 1s or more'],
  [
    'HEAD',
    () => parseMethod('HEAD'),
    '"HEAD" is not a method: write one of GET, POST, PUT, PATCH, DELETE, OPTIONS',
  ],
  [
    'no name',
    () => parseHeader(': x'),
    "the header is not one: write for example 'accept: application/json'",
  ],
  [
    'no colon',
    () => parseHeader('secret'),
    "the header is not one: write for example 'accept: application/json'",
  ],
  ['a name with a space', () => parseHeader('a b: secret'), 'the header "a b" is not one: write for example'],
  ['a second line', () => parseHeader('a: secret\r\nb: c'), 'the header "a" is not one: write for example'],
])('refuses %s', (_, parse, message) => {
  expect(parse).toThrow(message);
  expect(parse).toThrow(expect.objectContaining({ code: 'USAGE' }));
  expect(parse).not.toThrow('secret');
});

it('makes a POST of a body, and sends nothing after a #', () => {
  const url = 'http://127.0.0.1/a?b=1#c';
  expect(requestOf(url, { header: [] })).toEqual({
    url: 'http://127.0.0.1/a?b=1',
    method: 'GET',
    headers: {},
  });
  expect(requestOf(url, { body: '', header: [['a', 'b']] })).toMatchObject({
    method: 'POST',
    headers: { a: 'b' },
    body: '',
  });
  expect(requestOf(url, { body: 'x', method: 'PUT', header: [] })).toMatchObject({
    method: 'PUT',
    body: 'x',
  });
});

describe('where load may go', () => {
  it.each([
    'http://127.0.0.1:1/',
    'https://127.9.9.9/',
    'http://localhost:1',
    'http://[::1]:8080/x',
    'http://0x7f.1/',
  ])('to %s', async (url) => {
    await expect(checkTarget(url, new Set())).resolves.toBeUndefined();
  });

  it('to a host that is allowed, by its name or its address', async () => {
    await expect(checkTarget('http://192.0.2.1:80/', new Set(['192.0.2.1']))).resolves.toBeUndefined();
    await expect(checkTarget('http://[2001:db8::1]/', new Set(['2001:db8::1']))).resolves.toBeUndefined();
    await expect(checkTarget('http://load.invalid/', new Set(['load.invalid']))).resolves.toBeUndefined();
  });

  it.each([
    [
      'http://192.0.2.1:80/',
      'USAGE',
      '192.0.2.1 is not this machine: if you may load it, add --allow-host 192.0.2.1',
    ],
    [
      'http://[2001:db8::1]/',
      'USAGE',
      '2001:db8::1 is not this machine: if you may load it, add --allow-host 2001:db8::1',
    ],
    ['http://0.0.0.0.example.invalid/', 'UNREACHABLE', 'has no address'],
    [
      'ftp://127.0.0.1/',
      'USAGE',
      'ftp://127.0.0.1/ is not a URL to load: write for example http://127.0.0.1:3000/',
    ],
    ['127.0.0.1:3000', 'USAGE', '127.0.0.1:3000 is not a URL to load'],
    ['http://user:secret@', 'USAGE', 'http://user:***@ is not a URL to load'],
  ])('not to %s', async (url, code, message) => {
    await expect(checkTarget(url, new Set(['192.0.2.9']))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });
});
