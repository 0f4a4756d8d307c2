// Who trades: the platform's demo accounts, each with a token (JWT, HS256) that is signed before the run.
import { hmac } from 'k6/crypto';
import { SharedArray } from 'k6/data';
import { b64encode } from 'k6/encoding';

export type User = { id: string; authorization: string };

const accounts = Number(__ENV.ACCOUNTS || 1000);
const secret = __ENV.FX_TOKEN_SECRET || 'fx-platform-demo-secret';
const secondsOfAWeek = 7 * 24 * 3600;

function tokenFor(id: string, expires: number): string {
  const head = b64encode(JSON.stringify({ alg: 'HS256', typ: 'JWT' }), 'rawurl');
  const body = b64encode(JSON.stringify({ sub: id, exp: expires }), 'rawurl');
  return `${head}.${body}.${hmac('sha256', secret, `${head}.${body}`, 'base64rawurl')}`;
}

/** Signed once and held once for all virtual users. */
const users = new SharedArray('users', () => {
  const expires = Math.floor(Date.now() / 1000) + secondsOfAWeek;
  return Array.from({ length: accounts }, (_, index) => {
    const id = `00000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`;
    return { id, authorization: `Bearer ${tokenFor(id, expires)}` };
  });
});

export function anyUser(): User {
  return users[Math.floor(Math.random() * users.length)] as User;
}

/** Always the same one for a number, such as that of a virtual user. */
export function userOf(number: number): User {
  return users[number % users.length] as User;
}
