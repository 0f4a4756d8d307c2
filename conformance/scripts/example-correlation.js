import { check } from 'k6';
import http from 'k6/http';

export default function () {
  const page = http.get(`${__ENV.BASE}/forms`);
  const token = page.html().find('input[name=token]').first().attr('value');
  check(token, { 'found the token': (value) => value === 't-1' });
  const answer = http.post(`${__ENV.BASE}/anything/save`, { token, name: 'x' });
  check(answer, { 'token was taken': (response) => response.json('body').includes('token=t-1') });
  const [, title] = /<h1>(.*?)<\/h1>/.exec(http.get(`${__ENV.BASE}/html`).body);
  console.log(title);
}
