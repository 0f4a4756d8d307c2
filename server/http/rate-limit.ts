import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import { Counter, type Registry } from 'prom-client';
import type { Guesses } from './api-keys.ts';
import { ApiError } from './errors.ts';

const windowMs = 1000;
/** Users, or addresses, that are counted at a time; beyond it the one unseen for longest starts anew. */
const counted = 20_000;
/** Unknown API keys per second from one address, each of which asks the database. */
const mostGuesses = 50;

/** The headers come with a refusal only. */
const addHeadersOnExceeding = {
  'x-ratelimit-limit': false,
  'x-ratelimit-remaining': false,
  'x-ratelimit-reset': false,
};

export type RateLimits = {
  /** An `onRequest` hook to put after `authenticate`. */
  limit: onRequestAsyncHookHandler;
  guesses: Guesses;
};

/**
 * Counts requests in windows of a second, by user, whichever of their tokens and keys they use. Each replica counts
 * for itself: with N replicas a user has up to N times as many. Public routes have no limit: that is the ingress's.
 */
export async function openRateLimits(
  app: FastifyInstance,
  requestsPerSecond: number,
  registry: Registry,
): Promise<RateLimits> {
  const limited = new Counter({
    name: 'http_rate_limited_total',
    help: 'HTTP requests refused because their user or address made too many',
    labelNames: ['route'],
    registers: [registry],
  });
  const count = (request: FastifyRequest): void =>
    limited.inc({ route: request.routeOptions.url ?? 'unmatched' });

  await app.register(rateLimit, {
    global: false,
    timeWindow: windowMs,
    cache: counted,
    addHeadersOnExceeding,
  });
  const limit = app.rateLimit({
    max: requestsPerSecond,
    keyGenerator: ({ user }) => user.id,
    onExceeded: count,
    errorResponseBuilder: () =>
      new ApiError('RATE_LIMITED', `more than ${requestsPerSecond} requests within a second`),
  });
  const guess = app.createRateLimit({ max: mostGuesses, keyGenerator: ({ ip }) => ip });
  return {
    limit: limit as onRequestAsyncHookHandler,
    guesses: {
      async tooMany(request) {
        const state = await guess(request, { increment: false });
        const refused = !state.isAllowed && state.remaining === 0;
        if (refused) count(request);
        return refused;
      },
      count: async (request) => void (await guess(request)),
    },
  };
}
