import { constants } from 'node:http2';
import { classify, closedEarly, RequestFailure } from '../failure.ts';

/** RFC 9113, 7: the names of the error codes by number. */
const errorNames = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
];

/** k6 counts each kind of failure from here: the first is for a code without a name. */
const GOAWAY = 1610;
const STREAM = 1630;
const CONNECTION = 1650;

/** What the peer said before it closed the connection. */
export type GoAway = { readonly code: number; readonly lastStream: number; readonly debug: string };

export function goAwayFailure({ code, lastStream, debug }: GoAway): RequestFailure {
  const name = nameOf(code);
  const detail = `http2: server sent GOAWAY and closed the connection; LastStreamID=${lastStream}, ErrCode=${name}, debug=${JSON.stringify(debug)}`;
  return new RequestFailure(`http2: received GoAway with http2 ErrCode ${name}`, numbered(GOAWAY, code), {
    detail,
  });
}

export function streamFailure(code: number, id: number): RequestFailure {
  const name = nameOf(code);
  return new RequestFailure(`http2: stream error with http2 ErrCode ${name}`, numbered(STREAM, code), {
    detail: `stream error: stream ID ${id}; ${name}; received from peer`,
  });
}

function connectionFailure(code: number, cause: Error): RequestFailure {
  const name = nameOf(code);
  const detail = `connection error: ${name}`;
  const message = `http2: connection error with http2 ErrCode ${name}`;
  return new RequestFailure(message, numbered(CONNECTION, code), { detail, cause });
}

/** nghttp2's own errors about what the peer sent, as the codes that it answers them with. */
const libraryErrors: Record<string, number> = {
  '-522': constants.NGHTTP2_FRAME_SIZE_ERROR,
  '-523': constants.NGHTTP2_COMPRESSION_ERROR,
  '-524': constants.NGHTTP2_FLOW_CONTROL_ERROR,
};

/** Why a connection broke, from the error that Node's session failed with. */
export function sessionFailure(error: Error & { code?: string; errno?: number }): RequestFailure {
  if (error.code === 'ERR_HTTP2_ERROR') {
    return connectionFailure(libraryErrors[String(error.errno)] ?? constants.NGHTTP2_PROTOCOL_ERROR, error);
  }
  if (error.code?.startsWith('ERR_HTTP2_')) return closedEarly(false);
  return classify(error, 'exchange');
}

function nameOf(code: number): string {
  return errorNames[code] ?? `unknown error code 0x${code.toString(16)}`;
}

function numbered(base: number, code: number): number {
  return code < errorNames.length ? base + code + 1 : base;
}
