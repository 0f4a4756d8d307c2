import { DatabaseError } from 'pg';

/** Every refusal of the API: the code that clients match on, and its HTTP status. */
export const apiErrors = {
  INVALID_REQUEST: 400,
  INVALID_VOLUME: 400,
  UNKNOWN_USER: 404,
  NOT_FOUND: 404,
  UNKNOWN_SYMBOL: 422,
  INSUFFICIENT_MARGIN: 422,
  IDEMPOTENCY_KEY_REUSED: 422,
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

/** PostgreSQL's classes 08 (connection), 53 (resources) and 57 (operator intervention, shutdown). */
const unavailableStates = /^(08|53|57)/;
const unavailableCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND']);

/** What the client is told: database trouble becomes a retryable 503, and nothing of SQL leaks. */
export function asApiError(thrown: unknown): ApiError | undefined {
  if (thrown instanceof ApiError) return thrown;
  if (!(thrown instanceof Error)) return undefined;
  const code = 'code' in thrown ? String(thrown.code) : '';
  if (thrown instanceof DatabaseError ? unavailableStates.test(code) : unavailableCodes.has(code)) {
    return new ApiError('DATABASE_UNAVAILABLE', 'the database does not answer');
  }
  // pg and pg-pool give these no code.
  if (/^timeout exceeded when trying to connect/.test(thrown.message)) {
    return new ApiError('POOL_EXHAUSTED', 'no database connection came free in time');
  }
  if (/^(Connection terminated|Client has encountered a connection error)/.test(thrown.message)) {
    return new ApiError('DATABASE_UNAVAILABLE', 'the connection to the database was lost');
  }
  return undefined;
}
