import http from 'k6/http';

export default function () {
  const [bad, good] = http.batch(['http://127.0.0.1:1/', `${__ENV.BASE}/get`]);
  console.log(bad.status, bad.error_code, good.status);
  for (const given of [undefined, null, 5, 'text', [['GET']], [{ method: 'GET' }]]) {
    try {
      console.log(JSON.stringify(given), Object.keys(http.batch(given)).length);
    } catch (error) {
      console.log(JSON.stringify(given), error.message.split('\n')[0]);
    }
  }
}
