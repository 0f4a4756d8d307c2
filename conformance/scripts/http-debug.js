// @flags --http-debug=full
import http from 'k6/http';

export default function () {
  http.post(`${__ENV.BASE}/status/201`, 'body of it', { headers: { 'X-A': 'b' } });
}
