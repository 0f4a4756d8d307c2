import { ProtocolError } from './parser.ts';

/** Why a request got no response, in k6's terms: the text of `response.error` and its `error_code`. */
export class RequestFailure extends Error {
  readonly code: number;

  constructor(message: string, code: number, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

type Phase = 'dial' | 'tls' | 'exchange';

const dialFailures: Record<string, [message: string, code: number]> = {
  ENOTFOUND: ['lookup: no such host', 1101],
  EAI_AGAIN: ['lookup: temporary failure in name resolution', 1100],
  ECONNREFUSED: ['dial: connection refused', 1212],
  ETIMEDOUT: ['dial: i/o timeout', 1211],
  ECONNRESET: ['dial: connection reset by peer', 1213],
  EHOSTUNREACH: ['dial: no route to host', 1213],
  ENETUNREACH: ['dial: network is unreachable', 1213],
  EADDRNOTAVAIL: ['dial: cannot assign requested address', 1213],
  EMFILE: ['dial: too many open files', 1213],
};

const exchangeFailures: Record<string, [message: string, code: number]> = {
  ECONNRESET: ['read: connection reset by peer', 1220],
  EPIPE: ['write: broken pipe', 1201],
};

const unknownAuthority = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

export function timedOut(): RequestFailure {
  return new RequestFailure('request timeout', 1050);
}

/** The server closed the connection without (all of) an answer. */
export function closedEarly(nothingCame: boolean): RequestFailure {
  return new RequestFailure(nothingCame ? 'EOF' : 'unexpected EOF', 1000);
}

/** A socket's error in k6's terms, by the phase it came in. */
export function classify(error: Error & { code?: string }, phase: Phase): RequestFailure {
  if (error instanceof RequestFailure) return error;
  if (error instanceof ProtocolError) return new RequestFailure(error.message, 1000);
  const code = error.code ?? '';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return new RequestFailure(`x509: ${error.message}`, 1311, { cause: error });
  if (unknownAuthority.has(code)) {
    return new RequestFailure('x509: certificate signed by unknown authority', 1310, { cause: error });
  }
  const known = (phase === 'exchange' ? exchangeFailures : dialFailures)[code];
  if (known !== undefined) return new RequestFailure(known[0], known[1], { cause: error });
  if (phase === 'tls') return new RequestFailure(error.message, 1300, { cause: error });
  return new RequestFailure(error.message, phase === 'dial' ? 1210 : 1000, { cause: error });
}
