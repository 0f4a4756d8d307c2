/** How a connection ended, as k6 tells it. */
export type Closing = {
  /** Undefined when the peer broke the protocol. */
  readonly code: number | undefined;
  readonly reason: string;
};

/** The names that k6's library has for the codes of RFC 6455, 7.4.1. */
const names: Record<number, string> = {
  1000: 'normal',
  1001: 'going away',
  1002: 'protocol error',
  1003: 'unsupported data',
  1005: 'no status',
  1006: 'abnormal closure',
  1007: 'invalid payload data',
  1008: 'policy violation',
  1009: 'message too big',
  1010: 'mandatory extension missing',
  1011: 'internal server error',
  1015: 'TLS handshake error',
};

/** What k6 says of a socket that was closed already. */
export const CLOSE_SENT = 'websocket: close sent';

/** The error that k6 reports for a closing that neither side planned; undefined for 1000 and 1001. */
export function closingError({ code, reason }: Closing): string | undefined {
  if (code === undefined || code === 1000 || code === 1001) return undefined;
  const name = names[code];
  return `websocket: close ${code}${name === undefined ? '' : ` (${name})`}${reason === '' ? '' : `: ${reason}`}`;
}

/** A code that RFC 6455 does not know, though others use it. */
const BAD_GATEWAY = 1014;

/** A connection that ended without a close frame has the reason that k6 gives it. */
export function closingOf(code: number, reason: string, broken: boolean): Closing {
  if (broken || code === BAD_GATEWAY) return { code: undefined, reason: '' };
  return { code, reason: code === 1006 && reason === '' ? 'unexpected EOF' : reason };
}
