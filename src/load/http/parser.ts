/**
 * An incremental HTTP/1.1 response parser (RFC 9112) for one connection with one request outstanding.
 *
 * The common case, a whole response in one read with a Content-Length, is one pass over the bytes of the head and
 * one string for the body. Bytes are only copied when a response arrives in pieces, because the read buffer is
 * shared by all connections.
 */

const LF = 10;
const CR = 13;
const COLON = 58;
const LOWER = 0x20;

type Framing = 'length' | 'chunked' | 'close';
type State = 'head' | 'length' | 'chunked' | 'close' | 'done';

export class ProtocolError extends Error {}

/** No server sends heads this long; what does is not HTTP. */
const MAX_HEAD_BYTES = 256 * 1024;

export class ResponseParser {
  status = 0;
  /** Status line and header lines as they came, latin1. */
  head = '';
  /** The connection may carry another request. */
  keepAlive = true;
  /** The body in pieces, as received, still content-encoded. Empty when `text` holds it. */
  readonly pieces: Buffer[] = [];
  /** The body as text, when it came whole in one read and is not content-encoded. */
  text: string | undefined;
  encoded = false;
  setsCookies = false;

  #state: State = 'done';
  #framing: Framing = 'close';
  #remaining = 0;
  #pending: Buffer | undefined;
  #bodiless = false;
  #wanted = true;
  #lengthSeen = -1;

  /** Makes ready for the response to the next request. `wanted` is false when nobody will read the body. */
  expect(bodiless: boolean, wanted: boolean): void {
    this.#state = 'head';
    this.#bodiless = bodiless;
    this.#wanted = wanted;
    this.#pending = undefined;
    this.text = undefined;
    this.encoded = false;
    this.pieces.length = 0;
  }

  get done(): boolean {
    return this.#state === 'done';
  }

  /** Takes the next bytes; true once the response is complete. Throws a ProtocolError for what is not HTTP. */
  read(chunk: Buffer, length: number): boolean {
    let bytes = chunk;
    let end = length;
    if (this.#pending !== undefined) {
      bytes = Buffer.concat([this.#pending, chunk.subarray(0, length)]);
      end = bytes.length;
      this.#pending = undefined;
    }
    let at = 0;
    while (at < end || this.#state === 'done') {
      const before = at;
      at = this.#step(bytes, at, end);
      if (this.#state === 'done') {
        // Bytes after the end belong to no request of ours: the connection cannot be trusted with another.
        if (at < end) this.keepAlive = false;
        return true;
      }
      if (at === before) break;
    }
    if (at < end) {
      if (end - at > MAX_HEAD_BYTES) throw new ProtocolError('the head of the response is too long');
      this.#pending = Buffer.from(bytes.subarray(at, end));
    }
    return false;
  }

  /** The server closed the connection: true when that completes the response. */
  end(): boolean {
    if (this.#state === 'close') this.#state = 'done';
    this.keepAlive = false;
    return this.#state === 'done';
  }

  #step(bytes: Buffer, at: number, end: number): number {
    if (this.#state === 'head') return this.#readHead(bytes, at, end);
    if (this.#state === 'chunked') return this.#readChunk(bytes, at, end);
    const take = this.#state === 'length' ? Math.min(this.#remaining, end - at) : end - at;
    this.#keep(bytes, at, at + take);
    this.#remaining -= take;
    if (this.#state === 'length' && this.#remaining === 0) this.#state = 'done';
    return at + take;
  }

  #readHead(bytes: Buffer, at: number, end: number): number {
    const bodyAt = this.#scan(bytes, at, end);
    if (bodyAt < 0) return at;
    this.head = bytes.toString('latin1', at, bodyAt);
    if (!this.head.startsWith('HTTP/1.')) throw new ProtocolError('malformed HTTP response');
    this.status = digits(bytes, at + 9, at + 12);
    if (!(this.status >= 100)) throw new ProtocolError('malformed HTTP status code');
    if (this.status < 200) return bodyAt;
    if (this.head.charCodeAt(7) === 48 && !/\nconnection: *keep-alive/i.test(this.head))
      this.keepAlive = false;
    if (this.#bodiless || this.status === 204 || this.status === 304) {
      this.text = '';
      this.#state = 'done';
      return bodyAt;
    }
    this.#state = this.#framing;
    if (this.#framing === 'length') return this.#startLength(bytes, bodyAt, end);
    return bodyAt;
  }

  #startLength(bytes: Buffer, bodyAt: number, end: number): number {
    if (end - bodyAt < this.#remaining) return bodyAt;
    const bodyEnd = bodyAt + this.#remaining;
    if (!this.#wanted || this.#remaining === 0) this.text = '';
    else if (this.encoded) this.#keep(bytes, bodyAt, bodyEnd);
    else this.text = bytes.toString('utf8', bodyAt, bodyEnd);
    this.#state = 'done';
    return bodyEnd;
  }

  /** Finds the end of the head and how the body is framed; -1 when the head is not complete. */
  #scan(bytes: Buffer, start: number, end: number): number {
    this.#framing = 'close';
    this.#lengthSeen = -1;
    this.keepAlive = true;
    this.encoded = false;
    this.setsCookies = false;
    let line = start;
    for (let i = start; i < end; i++) {
      if (bytes[i] !== LF) continue;
      const lineEnd = bytes[i - 1] === CR ? i - 1 : i;
      if (lineEnd <= line) return this.#framed(i + 1);
      const first = (bytes[line] as number) | LOWER;
      // Only headers that begin with c, s or t say anything that must be known before the script asks.
      if (first === 99 || first === 116 || first === 115) this.#readHeader(bytes, line, lineEnd);
      line = i + 1;
    }
    return -1;
  }

  #framed(bodyAt: number): number {
    if (this.#framing !== 'chunked' && this.#lengthSeen >= 0) {
      this.#framing = 'length';
      this.#remaining = this.#lengthSeen;
    }
    if (this.#framing === 'close') this.keepAlive = false;
    if (this.#framing === 'chunked') this.#remaining = -1;
    return bodyAt;
  }

  #readHeader(bytes: Buffer, from: number, to: number): void {
    let colon = from;
    while (colon < to && bytes[colon] !== COLON) colon++;
    const size = colon - from;
    if (size !== 14 && size !== 10 && size !== 16 && size !== 17) return;
    const name = bytes.toString('latin1', from, colon).toLowerCase();
    if (name === 'content-length') {
      let at = colon + 1;
      while (at < to && bytes[at] === 32) at++;
      this.#lengthSeen = digits(bytes, at, to);
      if (Number.isNaN(this.#lengthSeen)) throw new ProtocolError('bad Content-Length');
      return;
    }
    const value = bytes
      .toString('latin1', colon + 1, to)
      .trim()
      .toLowerCase();
    if (name === 'connection' && value.includes('close')) this.keepAlive = false;
    else if (name === 'transfer-encoding' && value.endsWith('chunked')) this.#framing = 'chunked';
    else if (name === 'set-cookie') this.setsCookies = true;
    else if (name === 'content-encoding' && value !== 'identity') this.encoded = true;
  }

  /** `#remaining`: -1 before a chunk's size line, -2 in the trailers, else the bytes left of the chunk and its CRLF. */
  #readChunk(bytes: Buffer, at: number, end: number): number {
    if (this.#remaining >= 0) return this.#readChunkData(bytes, at, end);
    const lf = bytes.indexOf(LF, at);
    if (lf < 0 || lf >= end) return at;
    const line = bytes.toString('latin1', at, lf).trim();
    if (this.#remaining === -2) {
      if (line === '') this.#state = 'done';
      return lf + 1;
    }
    const size = /^[0-9a-f]+/i.exec(line);
    if (size === null) throw new ProtocolError('malformed chunked encoding');
    const length = Number.parseInt(size[0], 16);
    this.#remaining = length === 0 ? -2 : length + 2;
    return lf + 1;
  }

  #readChunkData(bytes: Buffer, at: number, end: number): number {
    const take = Math.min(this.#remaining, end - at);
    const data = Math.min(take, Math.max(0, this.#remaining - 2));
    this.#keep(bytes, at, at + data);
    this.#remaining = this.#remaining === take ? -1 : this.#remaining - take;
    return at + take;
  }

  #keep(bytes: Buffer, from: number, to: number): void {
    if (this.#wanted && to > from) this.pieces.push(Buffer.from(bytes.subarray(from, to)));
  }
}

/** The number that ASCII digits spell, or NaN. */
function digits(bytes: Buffer, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = (bytes[i] as number) - 48;
    if (digit < 0 || digit > 9) {
      if (i > from && (bytes[i] as number) === 32) break;
      return Number.NaN;
    }
    value = value * 10 + digit;
  }
  return to > from ? value : Number.NaN;
}
