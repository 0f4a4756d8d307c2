import { getServers } from 'node:dns';
import { isIPv6 } from 'node:net';
import { ProtocolError } from './lines.ts';

type FailureOptions = ErrorOptions & { detail?: string; bare?: boolean };

/** Why a request got no response, in k6's terms: the text of `response.error` and its `error_code`. */
export class RequestFailure extends Error {
  readonly code: number;
  /** The longer text that k6 logs, and throws where it throws; often the same as the message. */
  readonly detail: string;
  readonly #bare: boolean;

  /** `bare` is for what fails before or after the request itself: it is told without the request. */
  constructor(message: string, code: number, { detail, bare, ...options }: FailureOptions = {}) {
    super(message, options);
    this.code = code;
    this.detail = detail ?? message;
    this.#bare = bare ?? false;
  }

  /** What k6 says of a request that failed with this. */
  told(method: string, url: string): string {
    if (this.#bare) return this.detail;
    return `${method.charAt(0)}${method.slice(1).toLowerCase()} ${JSON.stringify(url)}: ${this.detail}`;
  }

  /** The same failure once the head of the response was there: k6 tells it without the request. */
  ofBody(): RequestFailure {
    return new RequestFailure(this.message, this.code, {
      detail: this.cause instanceof ProtocolError ? this.message : this.detail,
      bare: true,
      cause: this.cause,
    });
  }

  /** The same failure of the connection to a proxy. */
  ofProxy(): RequestFailure {
    const text = `proxyconnect tcp: ${this.detail}`;
    return new RequestFailure(text, 1200, { cause: this });
  }
}

type Phase = 'tls' | 'exchange';
type SystemError = Error & { code?: string; errno?: number; syscall?: string };

/** The system's errors while connecting that k6 tells by number, in Go's words. */
const errnoTexts: Record<string, string> = {
  ECONNRESET: 'connection reset by peer',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
  EADDRNOTAVAIL: 'cannot assign requested address',
  EADDRINUSE: 'address already in use',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EINVAL: 'invalid argument',
  EMFILE: 'too many open files',
};

const exchangeFailures: Record<string, [message: string, code: number]> = {
  ECONNRESET: ['read: connection reset by peer', 1220],
  EPIPE: ['write: broken pipe', 1201],
};

/** TLS alerts by the name that OpenSSL gives them, in Go's words; others are told as OpenSSL tells them. */
const alerts: Record<string, string> = {
  PROTOCOL_VERSION: 'protocol version not supported',
  UNKNOWN_CA: 'unknown certificate authority',
  CERTIFICATE_EXPIRED: 'expired certificate',
  CERTIFICATE_REVOKED: 'revoked certificate',
  CERTIFICATE_UNKNOWN: 'unknown certificate',
  ILLEGAL_PARAMETER: 'illegal parameter',
  UNRECOGNIZED_NAME: 'unrecognized name',
};

export function timedOut(): RequestFailure {
  return new RequestFailure('request timeout', 1050);
}

/** The server closed the connection without (all of) an answer. */
export function closedEarly(nothingCame: boolean): RequestFailure {
  return new RequestFailure(nothingCame ? 'EOF' : 'unexpected EOF', 1000);
}

/** A name that has no address of the kind wanted. */
export function noSuchHost(host: string, asked: boolean): RequestFailure {
  const server = asked ? getServers()[0] : undefined;
  const where = server === undefined ? '' : ` on ${/:\d+$/.test(server) ? server : `${server}:53`}`;
  return new RequestFailure('lookup: no such host', 1101, { detail: `lookup ${host}${where}: no such host` });
}

/** A name that could not be looked up. */
export function lookupFailed(host: string, cause: Error & { code?: string }): RequestFailure {
  if (cause.code === 'ENOTFOUND' || cause.code === 'ENODATA') return noSuchHost(host, true);
  const why = cause.code === 'EAI_AGAIN' ? 'temporary failure in name resolution' : cause.message;
  return new RequestFailure(`lookup: ${why}`, 1100, { detail: `lookup ${host}: ${why}`, cause });
}

/** The failure to connect to `address`, from `local` if that was asked for; the error is of the socket. */
export function dialFailed(
  error: SystemError,
  address: string,
  port: number,
  local?: string,
): RequestFailure {
  const to = `dial tcp ${withPort(address, port)}`;
  if (error.code === 'ECONNREFUSED') {
    const detail = `${to}: connect: connection refused`;
    return new RequestFailure('dial: connection refused', 1212, { detail, cause: error });
  }
  if (error.code === 'ETIMEDOUT')
    return new RequestFailure('dial: i/o timeout', 1211, { detail: `${to}: i/o timeout`, cause: error });
  const why = errnoTexts[error.code ?? ''];
  if (why === undefined) return new RequestFailure(`dial: ${error.message}`, 1210, { cause: error });
  const bound = local !== undefined && error.code === 'EADDRNOTAVAIL';
  const detail = bound
    ? `dial tcp ${withPort(local, 0)}->${withPort(address, port)}: bind: ${why}`
    : `${to}: connect: ${why}`;
  const message = `dial: unknown errno ${Math.abs(error.errno ?? 0)} error with msg \`${why}\``;
  return new RequestFailure(message, 1213, { detail, cause: error });
}

function withPort(address: string, port: number): string {
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}

/** A socket's error in k6's terms, by the phase it came in. */
export function classify(error: SystemError, phase: Phase): RequestFailure {
  if (error instanceof RequestFailure) return error;
  if (error instanceof ProtocolError) {
    const detail = `net/http: HTTP/1.x transport connection broken: ${error.message}`;
    return new RequestFailure(error.message, 1000, { detail, cause: error });
  }
  const code = error.code ?? '';
  // Node's own word for a connection that ended within the handshake.
  if (phase === 'tls' && code === 'ECONNRESET' && error.syscall === undefined) return closedEarly(true);
  const known = exchangeFailures[code];
  if (known !== undefined) return new RequestFailure(known[0], known[1], { cause: error });
  return classifyTls(code, error) ?? new RequestFailure(error.message, 1000, { cause: error });
}

function classifyTls(code: string, cause: Error): RequestFailure | undefined {
  if (!code.startsWith('ERR_SSL_')) return undefined;
  const alert = /_ALERT_(.+)$/.exec(code)?.[1];
  if (alert !== undefined) {
    const text = alerts[alert] ?? alert.toLowerCase().replaceAll('_', ' ');
    return new RequestFailure(`remote error: tls: ${text}`, 1010, { cause });
  }
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG')
    return new RequestFailure('tls: first record does not look like a TLS handshake', 1301, { cause });
  const reason = (cause as Error & { reason?: string }).reason ?? cause.message;
  return new RequestFailure(`tls: ${reason}`, 1300, { cause });
}
