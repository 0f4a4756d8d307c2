import { accountId } from '../../../server/database/prepare.ts';
import { tokenFor } from '../app.ts';
import { request } from './raw.ts';
import {
  forbidden,
  get,
  type Hostile,
  invalid,
  json,
  mine,
  other,
  place,
  post,
  query,
  refused,
  trades,
  user,
} from './requests.ts';
import { forgedTokens } from './tokens.ts';

const nobody = accountId(0xffffff);

/** Without credentials, or with false ones. */
export const unauthenticated: Hostile[] = [
  ['no credentials', request({ path: trades }), ...refused],
  ['no credentials, on the stream', request({ path: `${trades}/stream` }), ...refused],
  ['no credentials, for positions', request({ path: `/api/trading/positions/${user}` }), ...refused],
  ['no credentials, for keys', request({ path: '/api/keys' }), ...refused],
  ['no credentials, making a key', request({ method: 'POST', path: '/api/keys' }), ...refused],
  [
    'no credentials, an order',
    request({ method: 'POST', path: trades, headers: [json], body: '{}' }),
    ...refused,
  ],
  ['another scheme', request({ path: trades, headers: ['Authorization: Basic Zng6Zng='] }), ...refused],
  ['an empty token', request({ path: trades, headers: ['Authorization: Bearer '] }), ...refused],
  ['a token in the query', request({ path: `${trades}?access_token=${tokenFor(user)}` }), ...refused],
  [
    'a token in a cookie',
    request({ path: trades, headers: [`Cookie: token=${tokenFor(user)}`] }),
    ...refused,
  ],
  ['a guessed key', request({ path: trades, headers: [`X-API-Key: fxk_${'A'.repeat(43)}`] }), ...refused],
  ['a key of another form', request({ path: trades, headers: ['X-API-Key: admin'] }), ...refused],
  [
    'a key that is SQL',
    request({ path: trades, headers: ["X-API-Key: fxk_' OR revoked_at IS NULL --"] }),
    ...refused,
  ],
  ['two keys', request({ path: trades, headers: ['X-API-Key: a', 'X-API-Key: b'] }), ...refused],
  ['a token and a key', get(trades, 'X-API-Key: admin'), ...invalid],
  ...Object.entries(forgedTokens(user, other)).map(([what, token]): Hostile => {
    const bytes = request({ path: trades, headers: [`Authorization: Bearer ${token}`] });
    return [`a token with ${what}`, bytes, ...refused];
  }),
];

/** With credentials, for what is not the user`s. */
export const ofOthers: Hostile[] = [
  ['positions of another', get(`/api/trading/positions/${other}`), ...forbidden],
  ['positions of nobody', get(`/api/trading/positions/${nobody}`), ...forbidden],
  [
    'positions of another, by HEAD',
    request({ method: 'HEAD', path: `/api/trading/positions/${other}`, headers: [mine] }),
    403,
  ],
  ['the history of another', query(`userId=${other}`), ...forbidden],
  ['the history of nobody', query(`userId=${nobody}`), ...forbidden],
  ['the stream of another', get(`${trades}/stream?userId=${other}`), ...forbidden],
  ['the history of two', query(`userId=${user}&userId=${other}`), ...invalid],
  ['an order of another', place({ userId: other }), ...forbidden],
  ['an order of nobody', place({ userId: nobody }), ...forbidden],
  [
    'an order of two',
    post(`{"userId":"${user}","symbol":"EURUSD","action":"buy","volume":"1","userId":"${other}"}`),
    ...forbidden,
  ],
  ['an order of oneself by another name', place({ userId: `urn:uuid:${user}` }), ...forbidden],
  [
    'a key of nobody',
    request({ method: 'DELETE', path: `/api/keys/${nobody}`, headers: [mine] }),
    404,
    'NOT_FOUND',
  ],
];
