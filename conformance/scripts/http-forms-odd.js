import http from 'k6/http';

export default function () {
  const post = (body) => console.log(http.post(`${__ENV.BASE}/post`, body).json('body'));
  post({ nothing: null, missing: undefined, a: 'b' });
  post({ nested: { x: 1 }, a: 'b' });
  post({ number: 1.5, large: 1e21 });
}
