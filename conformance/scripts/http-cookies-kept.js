import http from 'k6/http';

export const options = { iterations: 2, noCookiesReset: true };

export default function () {
  console.log(http.get(`${__ENV.BASE}/cookies`).json('sorted').join());
  http.get(`${__ENV.BASE}/cookies/plain?kept=${__ITER}`);
}
