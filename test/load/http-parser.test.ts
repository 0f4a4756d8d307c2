import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../src/load/http/lines.ts';
import { ResponseParser } from '../../src/load/http/parser.ts';

type Read = { status: number; body: string; keepAlive: boolean; done: boolean };

/** What the parser makes of `wire` when it arrives cut at `cuts`. */
function read(wire: string, cuts: number[] = [], bodiless = false): Read {
  const bytes = Buffer.from(wire, 'latin1');
  const parser = new ResponseParser();
  parser.expect(bodiless, true);
  const edges = [
    0,
    ...[...new Set(cuts)].filter((cut) => cut > 0 && cut < bytes.length).sort((a, b) => a - b),
    bytes.length,
  ];
  let done = false;
  for (let i = 1; i < edges.length && !done; i++) {
    const piece = Buffer.alloc(65536, 'x');
    const length = bytes.copy(piece, 0, edges[i - 1], edges[i]);
    done = parser.read(piece, length);
  }
  const body = parser.text ?? Buffer.concat(parser.pieces).toString('utf8');
  return { status: parser.status, body, keepAlive: parser.keepAlive, done };
}

const cases: [name: string, wire: string, expected: Read][] = [
  [
    'a body of known length',
    'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello',
    { status: 200, body: 'hello', keepAlive: true, done: true },
  ],
  [
    'a header name in any case, with blanks',
    'HTTP/1.1 201 Created\r\ncONTENT-lENGTH:   2 \r\n\r\nok',
    { status: 201, body: 'ok', keepAlive: true, done: true },
  ],
  [
    'chunks with an extension and a trailer',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;x=1\r\nWiki\r\n5\r\npedia\r\n0\r\nExpires: never\r\n\r\n',
    { status: 200, body: 'Wikipedia', keepAlive: true, done: true },
  ],
  [
    'a length that chunking overrules',
    'HTTP/1.1 200 OK\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n',
    { status: 200, body: 'a', keepAlive: true, done: true },
  ],
  [
    'no body by status',
    'HTTP/1.1 204 No Content\r\nContent-Length: 10\r\n\r\n',
    { status: 204, body: '', keepAlive: true, done: true },
  ],
  [
    'an empty body',
    'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    { status: 200, body: '', keepAlive: true, done: true },
  ],
  [
    'a server that will close',
    'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx',
    { status: 200, body: 'x', keepAlive: false, done: true },
  ],
  [
    'HTTP/1.0, which closes unless it says otherwise',
    'HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx',
    { status: 200, body: 'x', keepAlive: false, done: true },
  ],
  [
    'an interim response before the real one',
    'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\nn',
    { status: 404, body: 'n', keepAlive: true, done: true },
  ],
  [
    'bytes that nobody asked for after the end',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1',
    { status: 200, body: 'x', keepAlive: false, done: true },
  ],
  [
    'lines that end in a line feed alone',
    'HTTP/1.1 200 OK\nContent-Length: 2\n\nok',
    { status: 200, body: 'ok', keepAlive: true, done: true },
  ],
];

describe('the response parser', () => {
  it.each(cases)('reads %s', (_, wire, expected) => {
    expect(read(wire)).toEqual(expected);
  });

  it('reads the same however the bytes are cut', () => {
    const sample = fc.constantFrom(...cases.filter(([name]) => !name.startsWith('bytes')));
    fc.assert(
      fc.property(sample, fc.array(fc.nat(250), { maxLength: 12 }), ([, wire, expected], cuts) => {
        expect(read(wire, cuts)).toEqual(expected);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('takes a body without a length up to the end of the connection', () => {
    const parser = new ResponseParser();
    parser.expect(false, true);
    const bytes = Buffer.from('HTTP/1.1 200 OK\r\n\r\npart one, part two');
    expect(parser.read(bytes, bytes.length)).toBe(false);
    expect(parser.end()).toBe(true);
    expect(Buffer.concat(parser.pieces).toString()).toBe('part one, part two');
    expect(parser.keepAlive).toBe(false);
  });

  it('does not take the end of the connection for the end of a longer body', () => {
    const parser = new ResponseParser();
    parser.expect(false, true);
    const bytes = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort');
    expect(parser.read(bytes, bytes.length)).toBe(false);
    expect(parser.end()).toBe(false);
  });

  it('answers HEAD without a body', () => {
    const wire = 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n';
    expect(read(wire, [], true)).toEqual({ status: 200, body: '', keepAlive: true, done: true });
  });

  it.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    ['a status that is no number', 'HTTP/1.1 abc OK\r\n\r\n'],
    ['a length that is no number', 'HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n'],
    ['a chunk size that is none', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n'],
  ])('refuses %s', (_, wire) => {
    expect(() => read(wire)).toThrow(ProtocolError);
  });
});
