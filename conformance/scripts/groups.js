import { group } from 'k6';
import http from 'k6/http';

export default function () {
  const got = group('first', () => {
    http.get(`${__ENV.BASE}/get`);
    group('second', () => http.get(`${__ENV.BASE}/status/201`));
    return 'value';
  });
  console.log(got);
  try {
    group('throws', () => {
      throw new Error('out of it');
    });
  } catch (error) {
    console.log(error.message);
  }
  try {
    group('a::b', () => 1);
  } catch (error) {
    console.log(error.message);
  }
  try {
    group('async', async () => 1);
  } catch (error) {
    console.log(error.message);
  }
  http.get(`${__ENV.BASE}/get`);
}
