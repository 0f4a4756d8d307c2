// @bytes free
import http from 'k6/http';

export const options = { insecureSkipTLSVerify: true, iterations: 2 };

export default function () {
  const response = http.get(`${__ENV.H2}/get?a=1`);
  console.log(response.status, response.proto, response.status_text, response.json('args.0'));
  const posted = http.post(`${__ENV.H2}/post`, 'over http2', { headers: { 'X-A': 'b' } });
  console.log(posted.proto, posted.json('body'), posted.json('headers.x-a'));
  console.log(http.get(`${__ENV.H2}/status/404`).status_text);
  const all = http.batch([1, 2, 3].map((n) => `${__ENV.H2}/get?n=${n}`));
  console.log(all.map((one) => one.json('args.0')).join());
  console.log(http.get(`${__ENV.H2}/redirect/2`).url === `${__ENV.H2}/get`);
}
