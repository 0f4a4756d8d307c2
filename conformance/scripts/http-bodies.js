import http from 'k6/http';

const post = (body, params) => http.post(`${__ENV.BASE}/post`, body, params).body;

export default function () {
  console.log(post('plain ü €'));
  console.log(post(''));
  console.log(post(null));
  console.log(post(JSON.stringify({ a: [1, 2] }), { headers: { 'Content-Type': 'application/json' } }));
  console.log(post(new Uint8Array([0, 1, 254, 255]).buffer));
  console.log(post(new Uint8Array([104, 105]).buffer));
}
