import { Trend } from 'k6/metrics';

const trend = new Trend('my_trend');

// k6 keeps every sample, fxscale a histogram that is within 0.1 %: a bound closer than that is judged otherwise.
export const options = {
  thresholds: { my_trend: ['p(50)==2', 'p(90)<2.01', 'avg==2', 'max==2', 'med>1.99'] },
};

export default function () {
  for (let count = 0; count < 10; count++) trend.add(2);
}
