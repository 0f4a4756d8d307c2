import { check, group } from 'k6';
import http from 'k6/http';
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';

const counter = new Counter('a_counter');
const gauge = new Gauge('a_gauge');
const rate = new Rate('a_rate');
const trend = new Trend('a_trend');

export const options = {
  thresholds: { checks: ['rate>0.1'], 'a_trend{x:y}': ['max<100'], a_counter: ['count==3'] },
};

export default function () {
  group('first', () => {
    check(http.get(`${__ENV.BASE}/get`), { ok: ({ status }) => status === 200 });
    group('second', () => check(1, { nested: () => false }));
  });
  counter.add(3);
  gauge.add(4);
  rate.add(true);
  trend.add(7, { x: 'y' });
}
