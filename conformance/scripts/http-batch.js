import { check } from 'k6';
import http from 'k6/http';

const base = __ENV.BASE;

export default function () {
  const list = http.batch([
    `${base}/get?n=0`,
    ['GET', `${base}/get?n=1`],
    ['POST', `${base}/post`, 'two', { tags: { name: 'second' }, headers: { 'X-N': '2' } }],
    { method: 'PUT', url: `${base}/put`, body: { n: 3 } },
    { method: 'GET', url: `${base}/status/404`, params: { tags: { n: '4' } } },
  ]);
  console.log(Array.isArray(list), list.map((response) => response.status).join());
  console.log(list[1].json('args.0'), list[2].json('body'), list[3].json('body'));
  const named = http.batch({ one: `${base}/get`, two: ['DELETE', `${base}/delete`] });
  console.log(Object.keys(named).sort().join(), named.one.status, named.two.json('method'));
  check(named, { both: (responses) => responses.one.status === 200 && responses.two.status === 200 });
  console.log(http.batch([]).length);
  const many = http.batch(Array.from({ length: 30 }, (_, n) => `${base}/get?n=${n}`));
  console.log(many.every((response, n) => response.json('args.0') === `n=${n}`));
}
