// @flags --system-tags status,method,group,iter,vu,ip,check
import { check, group } from 'k6';
import http from 'k6/http';

export const options = { iterations: 2 };

export default function () {
  group('g', () => check(http.get(`${__ENV.BASE}/get`), { ok: (response) => response.status === 200 }));
}
