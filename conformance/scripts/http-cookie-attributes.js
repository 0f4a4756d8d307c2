import http from 'k6/http';

const base = __ENV.BASE;
const set = (...cookies) =>
  http.get(`${base}/cookies/raw?${cookies.map((cookie) => `c=${encodeURIComponent(cookie)}`).join('&')}`);

export default function () {
  const response = set(
    'plain=1',
    'full=2; Path=/cookies; Domain=127.0.0.1; Max-Age=60; HttpOnly; SameSite=Lax',
    'dated=3; Expires=Wed, 21 Oct 2099 07:28:00 GMT',
    'quoted="4 4"',
    'secure=5; Secure',
    'elsewhere=6; Domain=example.com',
    'negative=7; Max-Age=-1',
    '=noname',
    'novalue',
  );
  for (const name of Object.keys(response.cookies).sort()) {
    const { value, domain, path, http_only, secure, max_age, expires } = response.cookies[name][0];
    console.log(name, JSON.stringify([value, domain, path, http_only, secure, max_age, expires]));
  }
  console.log(http.get(`${base}/cookies`).body);
}
