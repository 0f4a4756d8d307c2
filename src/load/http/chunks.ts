import { firstFold, lineEnd, ProtocolError, trimmedEnd, unfolded } from './lines.ts';

const LF = 10;
const CR = 13;
/** Go's limit for the line before a chunk, and for all trailers. */
const MAX_LINE_BYTES = 4096;
/** Go's limit for what is not data: 16 bytes and twice the data are free for each chunk. */
const MAX_EXCESS_BYTES = 16 * 1024;

type State = 'size' | 'data' | 'cr' | 'lf' | 'trailers' | 'done';

/** Reads a body in chunks (RFC 9112, 7.1) and drops its trailers, which k6 does not show. */
export class ChunkReader {
  #state: State = 'size';
  /** The part of a line, or of the trailers, that has come. */
  #line = '';
  /** Bytes of the chunk that are still to come. */
  #remaining = 0;
  #excess = 0;

  get done(): boolean {
    return this.#state === 'done';
  }

  /**
   * Takes the bytes from `at` to `end` and gives where it stopped: at `end`, or after the body. `keep` is called
   * with each run of data. Throws a ProtocolError.
   */
  read(bytes: Buffer, start: number, end: number, keep: (from: number, to: number) => void): number {
    let at = start;
    while (at < end && this.#state !== 'done') {
      if (this.#state === 'data') {
        const to = Math.min(end, at + this.#remaining);
        keep(at, to);
        this.#remaining -= to - at;
        at = to;
        if (this.#remaining === 0) this.#state = 'cr';
      } else if (this.#state === 'cr' || this.#state === 'lf') this.#expectLineEnd(bytes[at++] as number);
      else at = this.#readLine(bytes, at, end);
    }
    return at;
  }

  #expectLineEnd(byte: number): void {
    if (byte !== (this.#state === 'cr' ? CR : LF)) throw new ProtocolError('malformed chunked encoding');
    this.#state = this.#state === 'cr' ? 'lf' : 'size';
  }

  #readLine(bytes: Buffer, at: number, end: number): number {
    const found = bytes.indexOf(LF, at);
    const isWhole = found >= 0 && found < end;
    const to = isWhole ? found + 1 : end;
    this.#line += bytes.toString('latin1', at, to);
    const inTrailers = this.#state === 'trailers';
    if (this.#line.length > MAX_LINE_BYTES) {
      throw new ProtocolError(
        inTrailers ? 'http: suspiciously long trailer after chunked body' : 'header line too long',
      );
    }
    if (!isWhole) return to;
    if (inTrailers) this.#readTrailers();
    else this.#startChunk();
    return to;
  }

  #startChunk(): void {
    const line = this.#line;
    this.#line = '';
    this.#remaining = sizeIn(line);
    this.#excess = Math.max(0, this.#excess + line.length - 16 - 2 * this.#remaining);
    if (this.#excess > MAX_EXCESS_BYTES)
      throw new ProtocolError('chunked encoding contains too much non-data');
    this.#state = this.#remaining === 0 ? 'trailers' : 'data';
  }

  #readTrailers(): void {
    const lines = this.#line;
    if (lines !== '\r\n') {
      if (!lines.endsWith('\r\n\r\n')) return;
      const whole = firstFold(lines, 0) < 0 ? lines : unfolded(lines);
      for (let next = lineEnd(whole, 0); next > 0; ) next = lineEnd(whole, next);
    }
    this.#line = '';
    this.#state = 'done';
  }
}

/** The size that the line before a chunk gives. Throws a ProtocolError. */
function sizeIn(line: string): number {
  const cr = line.indexOf('\r');
  if (cr < 0) throw new ProtocolError('chunked line ends with bare LF');
  if (cr !== line.length - 2) throw new ProtocolError('invalid CR in chunked line');
  // Blanks before an extension are not allowed, as in Go; after the whole line they are.
  const digits = trimmedEnd(line).split(';', 1)[0] ?? '';
  if (digits === '') throw new ProtocolError('empty hex number for chunk length');
  if (digits.length > 16) throw new ProtocolError('http chunk length too large');
  if (!/^[0-9a-f]+$/i.test(digits)) throw new ProtocolError('invalid byte in chunk length');
  return Number.parseInt(digits, 16);
}
