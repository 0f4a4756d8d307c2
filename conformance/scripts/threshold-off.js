// @flags --no-thresholds
import { Counter } from 'k6/metrics';

const counter = new Counter('my_counter');

export const options = { thresholds: { my_counter: ['count<1'] } };

export default function () {
  counter.add(1);
}
