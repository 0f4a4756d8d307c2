import { Counter, Gauge, Rate, Trend } from 'k6/metrics';

const counter = new Counter('a_counter');
const gauge = new Gauge('a_gauge');
const rate = new Rate('a_rate');
const trend = new Trend('a_trend');
const timed = new Trend('a_time', true);
new Counter('never_used');

export const options = { iterations: 2 };

export default function () {
  console.log(counter.name, gauge.name, rate.name, trend.name, timed.name);
  counter.add(1);
  counter.add(2.5, { size: 'big' });
  counter.add(true);
  counter.add('3');
  gauge.add(7);
  gauge.add(3);
  rate.add(1);
  rate.add(0);
  rate.add(false);
  trend.add(10.5);
  timed.add(1500);
  console.log(counter.add(1), gauge.add(Number.NaN));
  counter.add('not a number');
  trend.add(null);
  trend.add(undefined);
}
