import { describe, expect, it } from 'vitest';
import { ResponseParser } from '../../src/load/http/parser.ts';
import { CaseMaker } from './parser-cases.ts';
import { compare } from './parser-differences.ts';

const CASES = 5_000;

describe('the response parser beside Node’s own', () => {
  it('reads random responses, cut anywhere, as Node does, or as Go does where that is on purpose', async () => {
    const maker = new CaseMaker(2024);
    const tally = { same: 0, 'as Go': 0 };
    for (let i = 0; i < CASES; i++) {
      const given = maker.next();
      const verdict = await compare(given);
      if (typeof verdict === 'string') tally[verdict]++;
      else expect({ case: i, ...given, ...verdict }).toBeUndefined();
    }
    // Both kinds must really occur, or the generator has become blind to one.
    expect(tally.same).toBeGreaterThan(CASES / 3);
    expect(tally['as Go']).toBeGreaterThan(CASES / 10);
  });
});

/** Feeds `beginning` and then `more`, again and again; how many bytes were taken before they were refused. */
function takenBeforeRefusal(beginning: string, more: string): { taken: number; refusal: unknown } {
  const parser = new ResponseParser();
  parser.expect(false, true);
  let taken = 0;
  const feed = (text: string) => {
    const bytes = Buffer.from(text, 'latin1');
    parser.read(bytes, bytes.length);
    taken += bytes.length;
  };
  try {
    for (feed(beginning); taken < 2 ** 25; ) feed(more);
  } catch (refusal) {
    return { taken, refusal };
  }
  return { taken, refusal: undefined };
}

const ok = 'HTTP/1.1 200 OK\r\n';
const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`;
const kib = 'x'.repeat(1024);

describe('what a response may make the parser keep', () => {
  it.each([
    ['a head of many lines', ok, `A: ${kib}\r\n`.repeat(16), 10 * 2 ** 20],
    ['a header line without an end', `${ok}A: `, kib.repeat(16), 10 * 2 ** 20],
    ['a status line without an end', 'HTTP/1.1 200 ', kib.repeat(16), 10 * 2 ** 20],
    ['the line before a chunk', `${chunked}5;`, 'x', 4096],
    ['trailers', `${chunked}0\r\n`, 'A: b\r\n', 4096],
  ])('is limited for %s', (_, beginning, more, limit) => {
    const { taken, refusal } = takenBeforeRefusal(beginning, more);
    expect(refusal).toBeInstanceOf(Error);
    expect(taken).toBeGreaterThan(limit - more.length - beginning.length - 8);
    expect(taken).toBeLessThanOrEqual(limit + beginning.length + more.length);
  });

  it('does not grow with extensions of tiny chunks: they are refused, as in Go', () => {
    const { taken, refusal } = takenBeforeRefusal(chunked, `1;${kib}\r\nx\r\n`);
    expect(String(refusal)).toContain('chunked encoding contains too much non-data');
    expect(taken).toBeLessThan(20_000);
  });

  it('is nothing of a body that nobody reads', () => {
    for (const head of [`${ok}\r\n`, `${ok}Content-Length: 99999999\r\n\r\n`, `${chunked}5f5e0ff\r\n`]) {
      const parser = new ResponseParser();
      parser.expect(false, false);
      const bytes = Buffer.from(head + kib.repeat(60), 'latin1');
      for (let i = 0; i < 20; i++)
        parser.read(i === 0 ? bytes : Buffer.from(kib), i === 0 ? bytes.length : 1024);
      expect(parser.pieces).toEqual([]);
      expect(parser.text ?? '').toBe('');
    }
  });

  it('takes a head that comes byte by byte in time linear in its length', () => {
    const parser = new ResponseParser();
    parser.expect(false, true);
    const head = Buffer.from(`${ok}${`A: ${kib}\r\n`.repeat(1000)}Content-Length: 2\r\n\r\nok`);
    let isDone = false;
    for (let at = 0; at < head.length; at++) isDone = parser.read(head.subarray(at, at + 1), 1);
    expect(isDone).toBe(true);
    expect(Buffer.concat(parser.pieces).toString()).toBe('ok');
  });
});

describe('interim responses', () => {
  const read = (wire: string) => {
    const parser = new ResponseParser();
    parser.expect(false, true);
    const bytes = Buffer.from(wire, 'latin1');
    return { isDone: parser.read(bytes, bytes.length), parser };
  };

  it('are skipped, however many: 100 Continue to a request that expects it, and hints', () => {
    const interim = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'.repeat(20);
    const { isDone, parser } = read(
      `${interim}HTTP/1.1 417 Expectation Failed\r\nContent-Length: 1\r\n\r\nn`,
    );
    expect(isDone).toBe(true);
    expect(parser.status).toBe(417);
    expect(parser.head).not.toContain('Link');
    expect(parser.keepAlive).toBe(true);
  });

  it('end with 101, after which the connection speaks another protocol', () => {
    const { isDone, parser } = read('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n\x01\x02');
    expect(isDone).toBe(true);
    expect(parser.status).toBe(101);
    expect(parser.keepAlive).toBe(false);
  });
});

describe('heads that come again', () => {
  it('are read the same the second time, and a later one with other content is not taken for them', () => {
    const seen: string[] = [];
    for (let i = 0; i < 40; i++) {
      const parser = new ResponseParser();
      parser.expect(false, true);
      const bytes = Buffer.from(`${ok}X-Turn: ${i >> 3}\r\nContent-Length: 2\r\n\r\nok`);
      expect(parser.read(bytes, bytes.length)).toBe(true);
      seen.push(/X-Turn: (\d)/.exec(parser.head)?.[1] ?? '');
    }
    expect(seen).toEqual(Array.from({ length: 40 }, (_, i) => String(i >> 3)));
  });
});
