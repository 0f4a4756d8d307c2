// @flags --user-agent agent/1
import http from 'k6/http';

export default function () {
  console.log(http.get(`${__ENV.BASE}/get`).body);
}
