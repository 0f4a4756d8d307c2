import { ChunkReader } from './chunks.ts';
import { type Head, hasNoBody, parseStatusLine } from './head.ts';
import { knownHead, learnHead } from './known-heads.ts';
import { ProtocolError } from './lines.ts';
import { Pending } from './pending.ts';

/**
 * An incremental HTTP/1.1 response parser (RFC 9112) for one connection with one request outstanding.
 *
 * The common case, a whole response in one read with a Content-Length, is a comparison with a head seen before and
 * one string for the body. Bytes are only copied when a response arrives in pieces, because the read buffer is
 * shared by all connections.
 */
const LF = 10;
const CR = 13;

/** Go's limit. No server sends heads this long. */
const MAX_HEAD_BYTES = 10 * 1024 * 1024;

type State = 'head' | 'length' | 'chunked' | 'close' | 'done';

const nothing: readonly Buffer[] = [];
const noHead: Head = {
  status: 0,
  text: '',
  size: 0,
  framing: 'close',
  length: 0,
  keepAlive: true,
  encoded: false,
  setsCookies: false,
};

export class ResponseParser {
  /** The body in pieces, as received, still content-encoded. Empty when `text` holds it. */
  pieces: readonly Buffer[] = nothing;
  /** The body as text, when it came whole in one read and is not content-encoded. */
  text: string | undefined;
  /** The connection may carry another request. */
  keepAlive = true;

  #head = noHead;
  #state: State = 'done';
  #bodiless = false;
  #wanted = true;
  /** Bytes of a body of known length that are still to come. */
  #remaining = 0;
  /** The beginning of a head whose end has not come. */
  #pending: Pending | undefined;
  #chunks: ChunkReader | undefined;

  /** Makes ready for the response to the next request. `wanted` is false when nobody will read the body. */
  expect(bodiless: boolean, wanted: boolean): void {
    this.#state = 'head';
    this.#bodiless = bodiless;
    this.#wanted = wanted;
    this.#head = noHead;
    this.keepAlive = true;
    this.text = undefined;
    this.pieces = nothing;
    this.#pending = undefined;
    this.#chunks = undefined;
  }

  get status(): number {
    return this.#head.status;
  }

  /** Status line and header lines, latin1. */
  get head(): string {
    return this.#head.text;
  }

  get encoded(): boolean {
    return this.#head.encoded;
  }

  get setsCookies(): boolean {
    return this.#head.setsCookies;
  }

  /** Takes the next bytes; true once the response is complete. Throws a ProtocolError for what is not HTTP. */
  read(bytes: Buffer, length: number): boolean {
    let at = 0;
    while (this.#state === 'head' && at < length) at = this.#readHead(bytes, at, length);
    if (this.#state !== 'done' && at < length) at = this.#readBody(bytes, at, length);
    if (this.#state !== 'done') return false;
    // Bytes after the end belong to no request of ours: the connection cannot be trusted with another.
    if (at < length) this.keepAlive = false;
    return true;
  }

  /** The server closed the connection: true when that completes the response. */
  end(): boolean {
    if (this.#state === 'close') this.#state = 'done';
    this.keepAlive = false;
    return this.#state === 'done';
  }

  /** Gives where the body begins, or `end` when more of the head must come. */
  #readHead(bytes: Buffer, at: number, end: number): number {
    if (this.#pending !== undefined) return this.#readOn(this.#pending, bytes, at, end);
    const known = knownHead(bytes, at, end);
    if (known !== undefined) return this.#start(known, bytes, at + known.size, end);
    const bodyAt = headEnd(bytes, at, end);
    if (bodyAt < 0) {
      this.#pending = new Pending();
      return this.#readOn(this.#pending, bytes, at, end);
    }
    return this.#start(learnHead(bytes, at, bodyAt, end), bytes, bodyAt, end);
  }

  /** Goes on with a head that comes in pieces. */
  #readOn(pending: Pending, bytes: Buffer, at: number, end: number): number {
    const before = pending.size;
    pending.add(bytes, at, end);
    const bodyAt = headEnd(pending.bytes, Math.max(0, before - 2), pending.size);
    if ((bodyAt < 0 ? pending.size : bodyAt) > MAX_HEAD_BYTES)
      throw new ProtocolError(`net/http: server response headers exceeded ${MAX_HEAD_BYTES} bytes; aborted`);
    if (bodyAt < 0) {
      checkBeginning(pending, before);
      return end;
    }
    this.#pending = undefined;
    const head = learnHead(pending.bytes, 0, bodyAt, bodyAt);
    return this.#start(head, bytes, at + bodyAt - before, end);
  }

  #start(head: Head, bytes: Buffer, bodyAt: number, end: number): number {
    const { status } = head;
    // An interim response; after 101 the connection speaks another protocol.
    if (status >= 100 && status < 200 && status !== 101) return bodyAt;
    this.#head = head;
    this.keepAlive = head.keepAlive && status !== 101;
    if (this.#bodiless || hasNoBody(status)) return this.#whole('', bodyAt);
    this.#state = head.framing;
    if (head.framing === 'close') this.keepAlive = false;
    else if (head.framing === 'chunked') this.#chunks = new ChunkReader();
    else {
      this.#remaining = head.length;
      const bodyEnd = bodyAt + head.length;
      if (head.length === 0) return this.#whole('', bodyAt);
      if (bodyEnd <= end && !head.encoded)
        return this.#whole(this.#wanted ? bytes.toString('utf8', bodyAt, bodyEnd) : '', bodyEnd);
    }
    return bodyAt;
  }

  #whole(text: string, at: number): number {
    this.text = text;
    this.#state = 'done';
    return at;
  }

  #readBody(bytes: Buffer, at: number, end: number): number {
    if (this.#chunks !== undefined) {
      const stopped = this.#chunks.read(bytes, at, end, (from, to) => this.#keep(bytes, from, to));
      if (this.#chunks.done) this.#state = 'done';
      return stopped;
    }
    if (this.#state === 'close') {
      this.#keep(bytes, at, end);
      return end;
    }
    const to = Math.min(end, at + this.#remaining);
    this.#keep(bytes, at, to);
    this.#remaining -= to - at;
    if (this.#remaining === 0) this.#state = 'done';
    return to;
  }

  #keep(bytes: Buffer, from: number, to: number): void {
    if (!this.#wanted) return;
    const piece = Buffer.from(bytes.subarray(from, to));
    if (this.pieces === nothing) this.pieces = [piece];
    else (this.pieces as Buffer[]).push(piece);
  }
}

/** Where a head ends, its empty line included, or -1; the search begins at `from`. */
function headEnd(bytes: Buffer, from: number, end: number): number {
  for (let i = from; i < end; i++) {
    if (bytes[i] !== LF) continue;
    // An empty first line is left to the status line's reader.
    const after = bytes[i + 1] === CR ? i + 2 : i + 1;
    if (after < end && bytes[after] === LF) return after + 1;
  }
  return -1;
}

/** What is no status line is refused before its empty line comes, which it may never. New bytes begin at `from`. */
function checkBeginning(pending: Pending, from: number): void {
  if (pending.checked) return;
  const first = pending.bytes.indexOf(LF, from);
  if (first < 0 || first >= pending.size) return;
  parseStatusLine(pending.bytes.toString('latin1', 0, first + 1));
  pending.checked = true;
}
