import { createVerifier } from 'fast-jwt';
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import type { ApiKeys } from './api-keys.ts';
import { ApiError } from './errors.ts';

export type User = {
  /** The account's id, in lower case. */
  id: string;
  by: 'token' | 'key';
};

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; there only on routes with the hook `authenticate`. */
    user: User;
  }
}

export type Authenticate = (
  request: FastifyRequest,
  reply: FastifyReply,
  done: HookHandlerDoneFunction,
) => void;

const uuid = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
const bearer = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+) *$/i;
/** Of a token; ours have about 200 characters. Only tokens that are true are kept, so this bounds the cache as well. */
const longestToken = 1024;
const keptTokens = 10_000;
/** The clocks of who signs and who verifies may differ by as much. */
const clockToleranceMs = 5000;

/**
 * An `onRequest` hook: takes `Authorization: Bearer`, a token signed with the secret (HS256, `sub` the account's id,
 * `exp`), or `x-api-key`. Anything else is answered 401; a key that cannot be looked up for want of the database, 503.
 */
export function createAuthenticate(tokenSecret: string, keys: ApiKeys): Authenticate {
  const subjectOf = createTokenReader(tokenSecret);

  return (request, reply, done) => {
    const { authorization, 'x-api-key': key } = request.headers;
    // Not kept by a shared cache, whether it is an answer or a refusal.
    reply.header('cache-control', 'no-store');
    if (authorization !== undefined && key !== undefined) {
      return done(new ApiError('INVALID_REQUEST', 'give a token or an API key, not both'));
    }
    if (typeof key === 'string') {
      keys.userOf(key, request).then((id) => {
        if (id === undefined) return refuse('the API key is unknown or revoked');
        request.user = { id, by: 'key' };
        done();
      }, done);
      return;
    }
    if (authorization === undefined) return refuse('a token or an API key is needed');
    const id = subjectOf(authorization);
    if (id === undefined) return refuse('the token is not valid', ', error="invalid_token"');
    request.user = { id, by: 'token' };
    done();

    function refuse(message: string, reason = ''): void {
      reply.header('www-authenticate', `Bearer realm="fx"${reason}`);
      done(new ApiError('UNAUTHENTICATED', message));
    }
  };
}

/** From an `Authorization` header to the account's id; undefined for whatever is wrong with it. */
function createTokenReader(key: string): (authorization: string) => string | undefined {
  const verify = createVerifier({
    key,
    // Of the token's own choice of algorithm nothing is left: `none` and public keys taken for secrets are refused.
    algorithms: ['HS256'],
    requiredClaims: ['sub', 'exp'],
    allowedSub: uuid,
    clockTolerance: clockToleranceMs,
    cache: keptTokens,
  });
  return (authorization) => {
    const token = authorization.length <= longestToken && bearer.exec(authorization)?.[1];
    if (!token) return undefined;
    try {
      return (verify(token) as { sub: string }).sub.toLowerCase();
    } catch {
      return undefined;
    }
  };
}

/**
 * The id of who asks, where a request may repeat it.
 * @throws ApiError FORBIDDEN when it names somebody else, whether there is such an account or not
 */
export function ownId({ user }: FastifyRequest, given: string | undefined): string {
  if (given === undefined || given.toLowerCase() === user.id) return user.id;
  throw new ApiError('FORBIDDEN', 'the data of another user is not yours to see or to change');
}

/** A `preHandler` hook: what is done with keys themselves takes a token, so that a stolen key makes no more of them. */
export function tokenOnly(
  { user }: FastifyRequest,
  _reply: FastifyReply,
  done: HookHandlerDoneFunction,
): void {
  done(user.by === 'token' ? undefined : new ApiError('FORBIDDEN', 'this takes a token, not an API key'));
}
