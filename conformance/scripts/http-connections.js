// @flags --no-connection-reuse
import http from 'k6/http';

export default function () {
  const made = [1, 2].map(() => http.get(`${__ENV.BASE}/get`).timings.connecting > 0);
  console.log(made.join());
}
