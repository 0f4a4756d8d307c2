import http from 'k6/http';

const base = __ENV.BASE;

export const options = { iterations: 2 };

export default function () {
  console.log('at first', http.get(`${base}/cookies`).body);
  const set = http.get(`${base}/cookies/plain?a=1&b=2`);
  console.log(
    Object.keys(set.cookies).sort().join(),
    JSON.stringify(set.cookies.a[0].value),
    set.cookies.a[0].path,
  );
  console.log('after', http.get(`${base}/cookies`).body);
  console.log('own', http.get(`${base}/cookies`, { cookies: { a: 'mine', c: '3' } }).body);
  console.log(
    'replaced',
    http.get(`${base}/cookies`, { cookies: { a: { value: 'yes', replace: true } } }).body,
  );
  console.log('redirect', http.get(`${base}/cookies/set?d=4`).body);
  console.log('deleted', http.get(`${base}/cookies/delete?a`).body);
  console.log('header', http.get(`${base}/cookies`, { headers: { Cookie: 'h=1' } }).body);
}
