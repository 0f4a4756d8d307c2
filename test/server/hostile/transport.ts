import { request } from './raw.ts';
import {
  forbidden,
  get,
  type Hostile,
  invalid,
  json,
  mine,
  other,
  raw,
  refused,
  trades,
  user,
} from './requests.ts';

export const paths: Hostile[] = [
  ['a way out of the tree', get('/api/trading/../../../etc/passwd'), 404, 'NOT_FOUND'],
  ['an encoded way out', get('/api/prices/..%2f..%2f..%2fetc%2fpasswd'), 404, 'UNKNOWN_SYMBOL'],
  ['a way out with backslashes', get('/api/prices/..\\..\\etc\\passwd'), 404, 'UNKNOWN_SYMBOL'],
  ['a NUL in a path', get('/api/prices/EURUSD%00'), 404, 'UNKNOWN_SYMBOL'],
  ['an escape cut off', get('/api/prices/%E0%A4%A'), ...invalid],
  ['bytes that are no UTF-8', get('/api/prices/%ff%fe'), ...invalid],
  ['a property of every object', get('/api/prices/__proto__'), 404, 'UNKNOWN_SYMBOL'],
  ['a function of every object', get('/api/prices/constructor'), 404, 'UNKNOWN_SYMBOL'],
  ['a long name', get(`/api/prices/${'x'.repeat(500)}`), ...invalid],
  ['a script for a name', get('/api/prices/%3Cscript%3E'), 404, 'UNKNOWN_SYMBOL'],
  ['a path in capitals', get('/API/TRADING/TRADES'), 404, 'NOT_FOUND'],
  ['two slashes', get(`//api/trading/positions/${other}`), 404, 'NOT_FOUND'],
  ['another user behind encoded slashes', get(`/api/trading/positions/${user}%2f..%2f${other}`), ...invalid],
  ['a method no route has', request({ method: 'DELETE', path: trades, headers: [mine] }), 404, 'NOT_FOUND'],
  ['TRACE', request({ method: 'TRACE', path: trades, headers: [mine] }), 404, 'NOT_FOUND'],
  [
    'a method in a header',
    get(`/api/trading/positions/${other}`, 'X-HTTP-Method-Override: DELETE'),
    ...forbidden,
  ],
  [
    'a path in a header',
    get(`/api/trading/positions/${other}`, `X-Original-URL: /api/trading/positions/${user}`),
    ...forbidden,
  ],
];

const head = [`GET ${trades} HTTP/1.1`, 'Host: x', 'Connection: close', mine];
export const protocol: Hostile[] = [
  [
    'two lengths',
    raw(
      `POST ${trades} HTTP/1.1`,
      'Host: x',
      mine,
      json,
      'Content-Length: 2',
      'Content-Length: 20',
      '',
      '{}',
    ),
    ...invalid,
  ],
  [
    'a length and chunks',
    raw(
      `POST ${trades} HTTP/1.1`,
      'Host: x',
      mine,
      json,
      'Content-Length: 4',
      'Transfer-Encoding: chunked',
      '',
      '0',
    ),
    ...invalid,
  ],
  [
    'chunks twice',
    raw(`POST ${trades} HTTP/1.1`, 'Host: x', mine, json, 'Transfer-Encoding: chunked, identity', '', '0'),
    ...invalid,
  ],
  [
    'a length below zero',
    raw(`POST ${trades} HTTP/1.1`, 'Host: x', mine, json, 'Content-Length: -1', '', '{}'),
    ...invalid,
  ],
  [
    'a chunk of no size',
    raw(
      `POST ${trades} HTTP/1.1`,
      'Host: x',
      'Connection: close',
      mine,
      json,
      'Transfer-Encoding: chunked',
      '',
      'zz',
      '{}',
    ),
    ...invalid,
  ],
  ['a space before a colon', raw(...head, 'X-API-Key : x'), ...invalid],
  ['a header over two lines', raw(...head, 'X-Odd: a', ' b'), ...invalid],
  ['a NUL in a header', raw(...head, 'X-Odd: a\0b'), ...invalid],
  ['lines that end in LF', Buffer.from(`GET ${trades} HTTP/1.1\nHost: x\nConnection: close\n\n`), ...invalid],
  ['no host', raw(`GET ${trades} HTTP/1.1`), 400],
  ['a version to come', raw(`GET ${trades} HTTP/3.0`, 'Host: x'), ...invalid],
  ['the beginning of HTTP/2', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), ...invalid],
  ['the beginning of TLS', Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]), ...invalid],
  ['noise', Buffer.from('\u0000\u0001\u0002\r\n\r\n'), ...invalid],
  ['an unknown method', raw(`SUDO ${trades} HTTP/1.1`, 'Host: x'), ...invalid],
  ['an expectation of its own', get(trades, 'Expect: gold'), 417],
  ['a header of 9000 bytes', get(trades, `X-Odd: ${'a'.repeat(9000)}`), 431, 'HEADERS_TOO_LARGE'],
  ['a path of 9000 bytes', get(`/${'a'.repeat(9000)}`), 431, 'HEADERS_TOO_LARGE'],
  [
    '100 headers',
    get(trades, ...Array.from({ length: 100 }, (_, i) => `X-${i}: 1`)),
    431,
    'HEADERS_TOO_LARGE',
  ],
  ['HTTP/1.0 without credentials', raw(`GET ${trades} HTTP/1.0`), ...refused],
];

const upgrade = (path: string, to: string, ...headers: string[]) =>
  raw(`GET ${path} HTTP/1.1`, 'Host: x', 'Connection: Upgrade', `Upgrade: ${to}`, ...headers);
const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
const version = 'Sec-WebSocket-Version: 13';

export const upgrades: Hostile[] = [
  ['a WebSocket for trades', upgrade(trades, 'websocket', mine, key, version), 404, 'NOT_FOUND'],
  ['a WebSocket beside the stream', upgrade('/ws/prices/../x', 'websocket', key, version), 404, 'NOT_FOUND'],
  ['a WebSocket of an odd address', upgrade('//', 'websocket', key, version), 404, 'NOT_FOUND'],
  ['a WebSocket without a key', upgrade('/ws/prices', 'websocket', version), 400],
  [
    'a WebSocket of another version',
    upgrade('/ws/prices', 'websocket', key, 'Sec-WebSocket-Version: 99'),
    400,
  ],
];
