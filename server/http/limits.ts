import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyHttpOptions, FastifyInstance, FastifyReply } from 'fastify';
import { ApiError, type ApiErrorCode, apiErrors } from './errors.ts';

export type Timeouts = {
  /** For all of a request's headers to arrive, and before that for a connection to say anything. */
  headersMs: number;
  /** For the whole request. */
  requestMs: number;
  /** An idle connection is kept. Longer than proxies keep theirs (nginx: 60 s), else one sends into a closed one. */
  keepAliveMs: number;
  /** How often slow requests are looked for: they are cut this much later at most. */
  checkMs: number;
};

const timeouts: Timeouts = { headersMs: 10_000, requestMs: 30_000, keepAliveMs: 65_000, checkMs: 5000 };

/** Of the request line and all headers together. */
const headerBytes = 8 * 1024;
const headerCount = 64;
const bodyBytes = 16 * 1024;

/** What Fastify and Node enforce before a route sees a request; each refusal has the shape of all others. */
export function serverLimits(changed: Partial<Timeouts> = {}): FastifyHttpOptions<Server> {
  const { headersMs, requestMs, keepAliveMs, checkMs } = { ...timeouts, ...changed };
  return {
    bodyLimit: bodyBytes,
    requestTimeout: requestMs,
    keepAliveTimeout: keepAliveMs,
    http: { maxHeaderSize: headerBytes, headersTimeout: headersMs, connectionsCheckingInterval: checkMs },
    clientErrorHandler: answerUnreadable,
    // An URL that cannot be decoded.
    frameworkErrors: (error, _request, reply) => {
      const answer = reply as unknown as FastifyReply;
      const { code, statusCode, message } = new ApiError('INVALID_REQUEST', error.message);
      answer.code(statusCode).header('x-content-type-options', 'nosniff').send({ code, message });
    },
  };
}

/** Node drops headers above a count without a word; here such a request is refused. JSON is the only body. */
export function refuseOddRequests(app: FastifyInstance): void {
  app.removeContentTypeParser('text/plain');
  app.addHook('onRequest', (request, _reply, done) => {
    const { length } = request.raw.rawHeaders;
    if (length <= 2 * headerCount) return done();
    done(new ApiError('HEADERS_TOO_LARGE', `a request has at most ${headerCount} headers`));
  });
}

const unreadable: Record<string, ApiErrorCode> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
};

/** For what is not HTTP, or too much or too slow of it: there is no request, so a route's ways do not help. */
function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  // The client is gone, or reads an answer already, into which this would write; or it stayed when it was refused.
  if (!socket.writable || error.code === 'ECONNRESET' || socket.bytesWritten > 0)
    return void socket.destroy();
  const code = unreadable[error.code ?? ''] ?? 'INVALID_REQUEST';
  const body = JSON.stringify({ code, message: 'the request cannot be read' });
  const status = { 400: 'Bad Request', 408: 'Request Timeout', 431: 'Request Header Fields Too Large' };
  const number = apiErrors[code] as keyof typeof status;
  socket.end(
    `HTTP/1.1 ${number} ${status[number]}\r\ncontent-type: application/json; charset=utf-8\r\n` +
      `x-content-type-options: nosniff\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  );
}
