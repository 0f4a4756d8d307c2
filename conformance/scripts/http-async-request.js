import { check } from 'k6';
import http from 'k6/http';

export const options = { iterations: 2 };

export default async function () {
  const response = await http.asyncRequest('GET', `${__ENV.BASE}/get?a=1`, null, { tags: { kind: 'async' } });
  check(response, { ok: ({ status }) => status === 200 });
  const all = await Promise.all(
    [1, 2, 3].map((n) => http.asyncRequest('POST', `${__ENV.BASE}/post`, `n${n}`)),
  );
  console.log(all.map((one) => one.json('body')).join());
  const slow = http.asyncRequest('GET', `${__ENV.BASE}/delay/100`).then(() => console.log('slow is done'));
  await http.asyncRequest('GET', `${__ENV.BASE}/get`).then(() => console.log('fast is done'));
  await slow;
  const failed = await http.asyncRequest('GET', 'http://127.0.0.1:1/');
  console.log(failed.error_code);
  try {
    await http.asyncRequest('GET', 'http://127.0.0.1:1/', null, { throw: true });
  } catch (error) {
    console.log('rejected', error.message ?? String(error));
  }
}
