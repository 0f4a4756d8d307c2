import { check, group } from 'k6';
import http from 'k6/http';

export function setup() {
  group('preparing', () => check(http.get(`${__ENV.BASE}/get`), { up: ({ status }) => status === 200 }));
}

export default function () {
  group('working', () => http.get(`${__ENV.BASE}/get`));
}

export function teardown() {
  check(1, { 'cleaned up': () => true });
}
