import http from 'k6/http';

const post = (body, params) => http.post(`${__ENV.BASE}/post`, body, params).body;

export default function () {
  console.log(post({ b: '2', a: 1, yes: true }));
  console.log(post({ list: ['x', 'y', 3], text: 'a b&c=d/é' }));
  console.log(post({ empty: '' }));
  console.log(post({}));
  console.log(
    post({ a: 1 }, { headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' } }),
  );
}
