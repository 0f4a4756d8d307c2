import { check, group, sleep } from 'k6';
import http from 'k6/http';

const base = `${__ENV.BASE}/api`;
const json = { headers: { 'Content-Type': 'application/json' } };

export const options = {
  vus: 1,
  iterations: 2,
  thresholds: {
    http_req_failed: ['rate<0.01'],
    'http_req_duration{name:PublicQuotes}': ['p(95)<5000'],
    checks: ['rate==1'],
  },
};

export function setup() {
  const made = http.post(`${base}/register`, JSON.stringify({ username: 'ada', password: 'pass' }), json);
  check(made, { 'is registered': (response) => response.status === 201 });
  const login = http.post(`${base}/login`, JSON.stringify({ username: 'ada', password: 'pass' }), json);
  return login.json('access');
}

export default function (token) {
  const params = (tags) => ({ headers: { ...json.headers, Authorization: `Bearer ${token}` }, tags });
  group('public', () => {
    const all = http.get(`${base}/quotes`, { tags: { name: 'PublicQuotes' } });
    const each = http.batch(
      all.json().map(({ id }) => ['GET', `${base}/quotes/${id}`, null, { tags: { name: 'PublicQuotes' } }]),
    );
    check(each, { 'all are there': (responses) => responses.every((response) => response.json('bid') > 0) });
  });
  group('orders', () => {
    let url = `${base}/orders`;
    group('make', () => {
      const made = http.post(
        url,
        JSON.stringify({ symbol: 'EURUSD', side: 'buy' }),
        params({ name: 'Make' }),
      );
      if (!check(made, { made: (response) => response.status === 201 })) return;
      url = `${url}/${made.json('id')}`;
    });
    group('change', () => {
      const changed = http.patch(url, JSON.stringify({ side: 'sell' }), params({ name: 'Change' }));
      check(changed, {
        changed: (response) => response.json('side') === 'sell' && response.json('id') === 42,
      });
    });
    const gone = http.del(url, null, params({ name: 'Delete' }));
    check(null, { deleted: () => gone.status === 204 });
  });
  sleep(0.01);
}
