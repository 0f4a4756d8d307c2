import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { tokenSecret } from '../app.ts';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const now = Math.floor(Date.now() / 1000);
const later = now + 3600;
const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const publicPem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();

function hmac(header: object, claims: unknown, secret = tokenSecret, hash = 'sha256'): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`;
}

const hs256 = { alg: 'HS256', typ: 'JWT' };

/** Tokens that claim to be the user's and must not be believed, by what is wrong with them. */
export function forgedTokens(sub: string, other: string): Record<string, string> {
  const claims = { sub, exp: later };
  const good = hmac(hs256, claims);
  const [header = '', , signature = ''] = good.split('.');
  const rsaInput = `${encode({ alg: 'RS256' })}.${encode(claims)}`;
  const long = hmac(hs256, { ...claims, padding: 'x'.repeat(3000) });
  return {
    'algorithm none': `${encode({ alg: 'none' })}.${encode(claims)}.`,
    'algorithm none with a signature': `${encode({ alg: 'none' })}.${encode(claims)}.${signature}`,
    'algorithm None in odd case': hmac({ alg: 'nOnE' }, claims),
    'no algorithm': hmac({ typ: 'JWT' }, claims),
    'algorithm HS512, right secret': hmac({ alg: 'HS512' }, claims, tokenSecret, 'sha512'),
    'RS256 with a key of its own': `${rsaInput}.${sign('sha256', Buffer.from(rsaInput), pair.privateKey).toString('base64url')}`,
    'HS256 with a public key for a secret': hmac(hs256, claims, publicPem),
    'a key embedded in the header': hmac(
      { ...hs256, jwk: { kty: 'oct', k: encode('mine') } },
      claims,
      'mine',
    ),
    'a kid that names a file': hmac({ ...hs256, kid: '../../../dev/null' }, claims, ''),
    'an unknown critical header': hmac({ ...hs256, crit: ['sudo'], sudo: true }, claims),
    'another secret': hmac(hs256, claims, 'fx-platform-demo-secreT'),
    'no signature': `${header}.${encode(claims)}.`,
    'two parts': `${header}.${encode(claims)}`,
    'four parts': `${good}.${signature}`,
    'the signature of another payload': `${header}.${encode({ ...claims, sub: other })}.${signature}`,
    'a signature cut off': good.slice(0, -2),
    'an hour past its end': hmac(hs256, { sub, exp: now - 3600 }),
    'not valid yet': hmac(hs256, { ...claims, nbf: now + 3600 }),
    'a beginning beyond every calendar': hmac(hs256, { ...claims, nbf: 1e300 }),
    'no end': hmac(hs256, { sub }),
    'an end in words': hmac(hs256, { sub, exp: 'never' }),
    'an end that is null': hmac(hs256, { sub, exp: null }),
    'no user': hmac(hs256, { exp: later }),
    'a list of users': hmac(hs256, { sub: [sub, other], exp: later }),
    'a user that is SQL': hmac(hs256, { sub: `${sub}' OR '1'='1`, exp: later }),
    'a user followed by a line': hmac(hs256, { sub: `${sub}\n`, exp: later }),
    'claims that are a list': hmac(hs256, [sub]),
    'claims that are not JSON': `${header}.${Buffer.from('sub').toString('base64url')}.${signature}`,
    'three thousand characters': long,
    'seven thousand characters': `${header}.${'A'.repeat(7000)}.${signature}`,
  };
}
