// @flags --new-machine-readable-summary
import { check } from 'k6';
import http from 'k6/http';

export default function () {
  check(http.get(`${__ENV.BASE}/get`), { ok: ({ status }) => status === 200 });
}

export function handleSummary(data) {
  console.log(typeof data.config, typeof data.metadata, Array.isArray(data.results.metrics));
  return {};
}
