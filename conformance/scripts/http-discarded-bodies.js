import http from 'k6/http';

export const options = { discardResponseBodies: true };

export default function () {
  console.log(http.get(`${__ENV.BASE}/get`).body);
  console.log(http.get(`${__ENV.BASE}/status/200`, { responseType: 'text' }).body);
}
