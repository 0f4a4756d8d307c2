import type { ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import {
  codeOfReset,
  codeOfStatus,
  DEADLINE_EXCEEDED,
  Deframer,
  decodeMessage,
  framed,
  INTERNAL,
  metadataOf,
  OK,
  RESOURCE_EXHAUSTED,
  timeoutHeader,
  UNAVAILABLE,
  UNKNOWN,
} from './wire.ts';

/** How a call ended. */
export type Ending = {
  readonly code: number;
  /** The server's, or the reason in k6's words; '' for OK. */
  readonly message: string;
  readonly headers: Record<string, string[]>;
  readonly trailers: Record<string, string[]>;
};

export type CallSettings = {
  /** By name in lower case; values of `-bin` in base64. */
  readonly metadata: Record<string, string[]>;
  readonly timeoutMs: number | undefined;
  readonly onMessage: (message: Buffer) => void;
};

type Limits = { readonly maxReceiveSize: number; readonly maxSendSize: number };

/** One call on an HTTP/2 stream; `ended` never rejects. */
export class Call {
  readonly ended: Promise<Ending>;
  readonly #settings: CallSettings;
  readonly #limits: Limits;
  readonly #deframer: Deframer;
  #end: (ending: Ending) => void = () => undefined;
  #isEnded = false;
  #stream: ClientHttp2Stream | undefined;
  #timer: NodeJS.Timeout | undefined;
  #encoding = '';
  #headers: Record<string, string[]> = {};
  #final: { headers: IncomingHttpHeaders; raw: readonly string[]; isOnly: boolean } | undefined;
  #httpStatus = 0;

  constructor(settings: CallSettings, limits: Limits) {
    this.#settings = settings;
    this.#limits = limits;
    this.#deframer = new Deframer(limits.maxReceiveSize);
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  static timeoutHeaders(timeoutMs: number | undefined): Record<string, string> {
    return timeoutMs === undefined ? {} : { 'grpc-timeout': timeoutHeader(timeoutMs) };
  }

  /** `request` opens the stream; what it throws ends the call as unavailable. */
  start(request: () => ClientHttp2Stream): void {
    const { timeoutMs } = this.#settings;
    if (timeoutMs !== undefined) {
      this.#timer = setTimeout(() => this.#fail(DEADLINE_EXCEEDED, 'context deadline exceeded'), timeoutMs);
    }
    try {
      this.#stream = request();
    } catch (error) {
      this.#fail(UNAVAILABLE, `error reading from server: ${(error as Error).message}`);
      return;
    }
    this.#listen(this.#stream);
  }

  #listen(stream: ClientHttp2Stream): void {
    stream.on('response', (headers, flags, raw?: readonly string[]) => {
      const all = raw ?? rawOf(headers);
      this.#httpStatus = Number(headers[':status']);
      this.#encoding = String(headers['grpc-encoding'] ?? '');
      const isOnly = (flags & 1) !== 0 || headers['grpc-status'] !== undefined;
      if (isOnly) this.#final = { headers, raw: all, isOnly };
      else this.#headers = metadataOf(all);
    });
    stream.on('data', (piece: Buffer) => this.#read(piece));
    stream.on('trailers', (headers, _, raw?: readonly string[]) => {
      this.#final = { headers, raw: raw ?? rawOf(headers), isOnly: false };
    });
    stream.on('error', () => undefined);
    stream.on('close', () => this.#closed(stream.rstCode));
  }

  #read(piece: Buffer): void {
    try {
      for (const message of this.#deframer.read(piece, this.#encoding)) {
        if (!this.#isEnded) this.#settings.onMessage(message);
      }
    } catch (error) {
      this.#fail(error instanceof RangeError ? RESOURCE_EXHAUSTED : INTERNAL, (error as Error).message);
    }
  }

  #closed(rstCode: number): void {
    const final = this.#final;
    const status = final?.headers['grpc-status'];
    if (final !== undefined && status !== undefined) {
      const code = Number(status);
      const text = decodeMessage(String(final.headers['grpc-message'] ?? ''));
      this.#finish(Number.isInteger(code) ? code : UNKNOWN, code === OK ? '' : text, metadataOf(final.raw));
    } else if (rstCode !== 0) {
      this.#fail(codeOfReset(rstCode), `stream terminated by RST_STREAM with error code: ${rstCode}`);
    } else if (this.#httpStatus !== 0 && this.#httpStatus !== 200) {
      this.#fail(
        codeOfStatus(this.#httpStatus),
        `unexpected HTTP status code received from server: ${this.#httpStatus}`,
      );
    } else this.#fail(UNAVAILABLE, 'error reading from server: EOF');
  }

  /** Sends one message; false when it is larger than may be sent, which ends the call. */
  write(message: Uint8Array): boolean {
    const { maxSendSize } = this.#limits;
    if (message.length > maxSendSize) {
      const text = `trying to send message larger than max (${message.length} vs. ${maxSendSize})`;
      this.#fail(RESOURCE_EXHAUSTED, text);
      return false;
    }
    if (this.#stream !== undefined && !this.#isEnded && !this.#stream.writableEnded)
      this.#stream.write(framed(message));
    return true;
  }

  /** Nothing more will be sent. */
  finish(): void {
    this.#stream?.end();
  }

  cancel(reason: string): void {
    this.#fail(UNKNOWN, reason);
  }

  #fail(code: number, message: string): void {
    this.#finish(code, message, {});
    this.#stream?.close(8);
  }

  #finish(code: number, message: string, trailers: Record<string, string[]>): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.#end({ code, message, headers: this.#headers, trailers });
  }
}

function rawOf(headers: IncomingHttpHeaders): string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().flatMap((each) => [name, each]),
  );
}
