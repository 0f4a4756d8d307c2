import http from 'k6/http';

const base = __ENV.BASE;

export default function () {
  const show = (headers) => console.log(http.get(`${base}/raw-headers`, { headers }).body);
  show({});
  show({ 'x-foo': 'bar', 'content-type': 'a/b', ACCEPT: '*/*' });
  show({ 'User-Agent': 'mine' });
  show({ 'X-Number': 5, 'X-Bool': true });
  show({ 'Content-Length': '3' });
  show({ 'Accept-Encoding': 'gzip' });
  console.log(http.get(`${base}/raw-headers`, { headers: { Host: 'other.example' } }).body);
  console.log(http.post(`${base}/raw-headers`, { a: 1 }, { headers: { 'content-type': 'my/type' } }).body);
}
