// @exit 99
import { check } from 'k6';
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';

const counter = new Counter('my_counter');
const gauge = new Gauge('my_gauge');
const rate = new Rate('my_rate');
const trend = new Trend('my_trend');

export const options = {
  thresholds: {
    my_counter: ['count<5', 'count>5'],
    my_gauge: ['value==3'],
    my_rate: ['rate>0.5', 'rate<=0.5'],
    my_trend: ['p(50)<2.01', 'max<3', 'avg==2'],
    'my_trend{which:none}': ['max<1'],
    checks: ['rate>0.9'],
  },
};

export default function () {
  for (const value of [1, 2, 3]) {
    counter.add(value);
    gauge.add(value);
    trend.add(value);
  }
  rate.add(true);
  rate.add(false);
  check(0, { never: (value) => value === 1 });
}
