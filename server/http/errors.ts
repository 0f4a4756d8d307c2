import { DatabaseError } from 'pg';

/** Every refusal of the API: the code that clients match on, and its HTTP status. */
export const apiErrors = {
  INVALID_REQUEST: 400,
  INVALID_VOLUME: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  UNKNOWN_USER: 404,
  NOT_FOUND: 404,
  REQUEST_TIMEOUT: 408,
  BODY_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  UPGRADE_REQUIRED: 426,
  UNKNOWN_SYMBOL: 422,
  INSUFFICIENT_MARGIN: 422,
  LIMIT_EXCEEDED: 422,
  IDEMPOTENCY_KEY_REUSED: 422,
  TOO_MANY_KEYS: 422,
  RATE_LIMITED: 429,
  HEADERS_TOO_LARGE: 431,
  TOO_MANY_STREAMS: 503,
  POOL_EXHAUSTED: 503,
  DATABASE_UNAVAILABLE: 503,
  INTERNAL: 500,
} as const;

export type ApiErrorCode = keyof typeof apiErrors;

/** A refusal with its code; `status` only where one code has two meanings for HTTP. */
export class ApiError extends Error {
  readonly code: ApiErrorCode;
  readonly statusCode: number;

  constructor(code: ApiErrorCode, message: string, status: number = apiErrors[code]) {
    super(message);
    this.code = code;
    this.statusCode = status;
  }
}

/**
 * PostgreSQL's classes 08 (connection), 40 (rolled back: a deadlock, or a standby that had to replay), 53 (resources),
 * 57 (operator intervention, starting, shutdown) and 58 (system), and 25006: a standby was asked to write.
 */
const unavailableStates = /^(08|40|53|57|58|25006$)/;
const unavailableCodes = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'],
  ...['EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN'],
]);
/** Of Node: a certificate that is not to be trusted, or none. */
const untrustedCodes = /^(CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_)/;
/** pg and pg-pool give these no code. */
const unavailableMessages =
  /^(Connection terminated|Client (has encountered a connection error|was closed)|Query read timeout|timeout expired|The server does not support SSL|There was an error establishing an SSL|Cannot use a pool after)/;

/** What the client is told: database trouble becomes a retryable 503, and nothing of SQL leaks. */
export function asApiError(thrown: unknown): ApiError | undefined {
  if (thrown instanceof ApiError) return thrown;
  if (!(thrown instanceof Error)) return undefined;
  const code = 'code' in thrown ? String(thrown.code) : '';
  const isAway = unavailableCodes.has(code) || untrustedCodes.test(code);
  if (thrown instanceof DatabaseError ? unavailableStates.test(code) : isAway) {
    return new ApiError('DATABASE_UNAVAILABLE', 'the database does not answer');
  }
  if (/^timeout exceeded when trying to connect/.test(thrown.message)) {
    return new ApiError('POOL_EXHAUSTED', 'no database connection came free in time');
  }
  if (unavailableMessages.test(thrown.message)) {
    return new ApiError('DATABASE_UNAVAILABLE', 'the connection to the database was lost');
  }
  return undefined;
}
