import { check, group } from 'k6';
import http from 'k6/http';

export let calls = 0;

export function get(path) {
  calls++;
  return http.get(`${__ENV.BASE}${path}`);
}

export default class Session {
  #token;

  static login(name) {
    const session = new Session();
    const body = JSON.stringify({ username: name, password: 'pass' });
    const params = { headers: { 'Content-Type': 'application/json' } };
    session.#token = http.post(`${__ENV.BASE}/api/login`, body, params).json('access');
    return session;
  }

  orders = () => http.get(`${__ENV.BASE}/api/orders`, this.params()).json();

  params() {
    return { headers: { Authorization: `Bearer ${this.#token}` } };
  }

  checked(name, call) {
    return group(name, () => check(call.call(this), { [`${name} worked`]: (value) => value !== undefined }));
  }
}

export const paths = { first: '/get', second: '/status/201' };
