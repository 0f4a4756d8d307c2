import { group } from 'k6';
import http from 'k6/http';
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';

const waiting = new Trend('waiting_time', true);
const errors = new Counter('errors');
const size = new Gauge('content_size');
const good = new Rate('good');

export const options = {
  iterations: 3,
  thresholds: {
    good: ['rate>=1'],
    errors: ['count<1'],
    content_size: ['value<4000'],
    waiting_time: ['p(90)<5000'],
  },
};

export default function () {
  group('api', () => {
    const response = http.get(`${__ENV.BASE}/repeat/ab/10`);
    const ok = response.status === 200 && response.body.length === 20;
    good.add(ok, { part: 'api' });
    waiting.add(response.timings.waiting, { part: 'api' });
    size.add(response.body.length);
    if (!ok) errors.add(1);
  });
}
