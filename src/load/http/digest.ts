import { createHash, randomBytes } from 'node:crypto';
import type { Credentials } from './target.ts';

type Challenge = Record<string, string>;

const hashes: Record<string, string> = { md5: 'md5', 'sha-256': 'sha256', 'sha-512-256': 'sha512-256' };

/**
 * The Authorization header that answers a Digest `challenge` (RFC 7616), with the quality of protection `auth` when
 * the server offers it. A challenge of another scheme is answered as well, as k6 does: with nothing of it. Undefined
 * for an algorithm that is not known.
 */
export function answerDigest(
  challenge: string,
  method: string,
  uri: string,
  { username, password }: Credentials,
  nonceOf: () => string = () => randomBytes(16).toString('hex'),
): string | undefined {
  const fields = readChallenge(challenge);
  const { realm = '', nonce = '', opaque, algorithm, qop } = fields;
  const session = /-sess$/i.test(algorithm ?? '');
  const hash = hashes[(algorithm ?? 'MD5').replace(/-sess$/i, '').toLowerCase()];
  if (hash === undefined) return undefined;
  const digest = (text: string) => createHash(hash).update(text).digest('hex');
  const cnonce = nonceOf();
  const secret = digest(`${username}:${realm}:${password}`);
  const a1 = session ? digest(`${secret}:${nonce}:${cnonce}`) : secret;
  const a2 = digest(`${method}:${uri}`);
  const protectedBy = qop?.split(/[ ,]+/).includes('auth') ? 'auth' : undefined;
  const nc = '00000001';
  const response = digest(
    protectedBy === undefined
      ? `${a1}:${nonce}:${a2}`
      : `${a1}:${nonce}:${nc}:${cnonce}:${protectedBy}:${a2}`,
  );
  const parts = [
    `username="${username}"`,
    `realm="${realm}"`,
    `nonce="${nonce}"`,
    `uri="${uri}"`,
    `response="${response}"`,
    ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
    ...(opaque === undefined ? [] : [`opaque="${opaque}"`]),
    ...(protectedBy === undefined ? [] : [`qop=${protectedBy}`, `nc=${nc}`]),
    ...(protectedBy === undefined && !session ? [] : [`cnonce="${cnonce}"`]),
  ];
  return `Digest ${parts.join(', ')}`;
}

function readChallenge(text: string): Challenge {
  const [, rest = ''] = /^\s*digest\s+(.*)$/is.exec(text) ?? [];
  const fields: Challenge = {};
  for (const [, name = '', quoted, bare] of rest.matchAll(/(\w+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^\s,]+))/g))
    fields[name.toLowerCase()] = quoted === undefined ? (bare ?? '') : quoted.replace(/\\(.)/g, '$1');
  return fields;
}
