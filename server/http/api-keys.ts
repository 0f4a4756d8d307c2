import { hash as digest, randomBytes } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { Changes } from '../cache/changes.ts';
import type { Database, Statement } from '../database/pool.ts';
import { ApiError } from './errors.ts';

export type ApiKey = { id: string; createdAt: string; revokedAt: string | null };

export type ApiKeys = {
  /**
   * The account of a key; undefined when it is unknown or revoked.
   * @throws ApiError RATE_LIMITED when the address of the request has guessed too much
   */
  userOf(key: string, request: FastifyRequest): Promise<string | undefined>;
  /** @returns the key itself too, which nobody can read again */
  create(userId: string): Promise<{ id: string; key: string; createdAt: string }>;
  list(userId: string): Promise<ApiKey[]>;
  /** Holds at once in every process that hears of it, else within a minute. False when the user has no such key. */
  revoke(userId: string, id: string): Promise<boolean>;
};

/** Counts the guesses of a request's address. */
export type Guesses = {
  tooMany(request: FastifyRequest): Promise<boolean>;
  count(request: FastifyRequest): Promise<void>;
};

/** 32 random bytes after the prefix. */
const form = /^fxk_[\w-]{43}$/;
/** Of one account, with those revoked lately. */
const mostKeys = 100;
const keptMs = 60_000;
/** Of a change that tells of a key's end. */
const prefix = 'api-key:';

const find: Statement = {
  name: 'api_key',
  text: `SELECT user_id AS "userId" FROM api_keys WHERE hash = decode($1, 'hex') AND revoked_at IS NULL`,
};
const insert: Statement = {
  name: 'api_key_create',
  text: `
    INSERT INTO api_keys (hash, user_id)
    SELECT decode($1, 'hex'), a.id FROM accounts a
    WHERE a.id = $2 AND (SELECT count(*) FROM api_keys k WHERE k.user_id = a.id) < $3
    RETURNING id, created_at AS "createdAt"`,
};
const account: Statement = { name: 'account_exists', text: 'SELECT FROM accounts WHERE id = $1' };
const own: Statement = {
  name: 'api_key_list',
  text: `SELECT id, created_at AS "createdAt", revoked_at AS "revokedAt" FROM api_keys WHERE user_id = $1
    ORDER BY created_at, id`,
};
const revocation: Statement = {
  name: 'api_key_revoke',
  text: `UPDATE api_keys SET revoked_at = now() WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL
    RETURNING encode(hash, 'hex') AS hash`,
};

/**
 * The keys in the database, which has only their hashes: 256 random bits need no slow hash. What a key was found to
 * be is kept for a minute, so most requests do without the database.
 */
export function openApiKeys(database: Database, changes: Changes, guesses: Guesses): ApiKeys {
  const known = new LRUCache<string, string>({ max: 10_000, ttl: keptMs });
  const unknown = new LRUCache<string, true>({ max: 10_000, ttl: keptMs });
  changes.subscribe(({ keys }) => {
    for (const key of keys) if (key.startsWith(prefix)) known.delete(key.slice(prefix.length));
  });

  return {
    async userOf(key, request) {
      if (!form.test(key)) return undefined;
      const hash = digest('sha256', key);
      const found = known.get(hash);
      if (found !== undefined || unknown.has(hash)) return found;
      if (await guesses.tooMany(request)) {
        throw new ApiError('RATE_LIMITED', 'too many unknown API keys came from this address');
      }
      const [row] = await database.query<{ userId: string }>(find, [hash]);
      if (row) {
        known.set(hash, row.userId);
      } else {
        unknown.set(hash, true);
        await guesses.count(request);
      }
      return row?.userId;
    },

    async create(userId) {
      const key = `fxk_${randomBytes(32).toString('base64url')}`;
      const values = [digest('sha256', key), userId, mostKeys];
      const [row] = await database.query<{ id: string; createdAt: string }>(insert, values);
      if (row) return { id: row.id, key, createdAt: row.createdAt };
      if ((await database.query(account, [userId])).length === 0) {
        throw new ApiError('UNKNOWN_USER', `no account has the id ${userId}`);
      }
      throw new ApiError('TOO_MANY_KEYS', `an account has at most ${mostKeys} keys, revoked ones among them`);
    },

    list: (userId) => database.query<ApiKey>(own, [userId]),

    async revoke(userId, id) {
      const [row] = await database.query<{ hash: string }>(revocation, [id, userId]);
      if (row) changes.publish({ keys: [prefix + row.hash] });
      return row !== undefined;
    },
  };
}
