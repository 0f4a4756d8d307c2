import type { OcspStaple } from './dial/ocsp.ts';
import type { RequestFailure } from './failure.ts';
import type { Origin } from './target.ts';

/** One request as it goes on the wire. */
export type Outgoing = {
  readonly origin: Origin;
  readonly method: string;
  /** Request line and headers with the empty line, latin1. */
  readonly head: string;
  readonly body: Buffer | undefined;
  /** False when nobody will read the response's body. */
  readonly wanted: boolean;
  /** Milliseconds on the monotonic clock. */
  readonly deadline: number;
};

/** Where the time of one exchange went, in milliseconds, as k6 divides it. */
export type Timings = {
  duration: number;
  blocked: number;
  looking_up: number;
  connecting: number;
  tls_handshaking: number;
  sending: number;
  waiting: number;
  receiving: number;
};

/**
 * A response as it came, whatever the protocol. `head` is the status line and the header lines in latin1; its first
 * word is the protocol as k6 names it, for HTTP/2 as well: `HTTP/2.0 200 OK`.
 */
export type Answer = {
  readonly status: number;
  readonly head: string;
  readonly pieces: readonly Buffer[];
  readonly text: string | undefined;
  readonly encoded: boolean;
  readonly setsCookies: boolean;
};

/** Who answered, and how the way there is secured; strings are empty and the port is 0 where there is nothing. */
export type Peer = {
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** As k6 names it: `tls1.3`. */
  readonly tlsVersion: string;
  /** As k6 names it: `TLS_AES_128_GCM_SHA256`. */
  readonly tlsCipherSuite: string;
  /** What the server stapled to its certificate; undefined without TLS. */
  readonly ocsp: OcspStaple | undefined;
};

/** How one exchange ended. `connection` and `response` are only good until the connection's next request. */
export type Exchange = {
  readonly timings: Timings;
  readonly failure: RequestFailure | undefined;
  readonly response: Answer;
  readonly connection: Peer;
};

const nobody: Peer = {
  remoteAddress: '',
  remotePort: 0,
  tlsVersion: '',
  tlsCipherSuite: '',
  ocsp: undefined,
};
const nothing: Answer = { status: 0, head: '', pieces: [], text: '', encoded: false, setsCookies: false };

/** An exchange that never was, because there was no connection for it; as in k6, only connecting counts. */
export function unanswered(failure: RequestFailure | undefined, connecting: number): Exchange {
  return { timings: { ...zeroTimings(), connecting }, failure, response: nothing, connection: nobody };
}

export function zeroTimings(): Timings {
  return {
    duration: 0,
    blocked: 0,
    looking_up: 0,
    connecting: 0,
    tls_handshaking: 0,
    sending: 0,
    waiting: 0,
    receiving: 0,
  };
}

/** When the parts of an exchange happened, milliseconds on the monotonic clock; 0 for what did not. */
type Moments = { readonly writtenAt: number; readonly firstByteAt: number; readonly endedAt: number };

/** The times of an exchange that was asked for at `started`; `fresh` when it was the first of its connection. */
export function timingsOf(
  { writtenAt, firstByteAt, endedAt }: Moments,
  connection: { readonly connectingMs: number; readonly tlsMs: number },
  started: number,
  sendingAt: number,
  fresh: boolean,
): Timings {
  const sending = writtenAt - sendingAt;
  // Without an answer all the time after writing was waiting.
  const waiting = Math.max(0, (firstByteAt === 0 ? endedAt : firstByteAt) - writtenAt);
  const receiving = firstByteAt === 0 ? 0 : endedAt - firstByteAt;
  return {
    duration: sending + waiting + receiving,
    blocked: sendingAt - started,
    looking_up: 0,
    connecting: fresh ? connection.connectingMs : 0,
    tls_handshaking: fresh ? connection.tlsMs : 0,
    sending,
    waiting,
    receiving,
  };
}
