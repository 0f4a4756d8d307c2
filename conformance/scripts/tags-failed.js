import http from 'k6/http';

export default function () {
  http.get('http://127.0.0.1:1/refused');
  http.get(`${__ENV.BASE}/status/503`);
  http.get(`${__ENV.BASE}/status/404`, { tags: { name: 'missing' } });
  http.get('http://user:secret@127.0.0.1:1/hidden');
}
