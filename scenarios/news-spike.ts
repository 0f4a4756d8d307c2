// Figures come out: within seconds the load is six times what it was, quotes and orders above all, and takes minutes
// to fall back. For autoscaling that would come too late, and for queues that must empty again.
// Start the platform with news for the same moment, and this run right after it: `fxscale serve --news 60`. Its spreads
// double a minute before, and widen again when the news is out.
//
//   BASE_URL         the platform (http://127.0.0.1:3000)
//   DURATION         seconds (180)
//   NEWS_AT          seconds after the start at which the news is out (a third of DURATION)
//   RATE             requests per second before it (50)
//   SPIKE            times as many right after it (6)
//   ACCOUNTS         demo accounts to spread over (1000)
//   FX_TOKEN_SECRET  signs the accounts' tokens (the published one of the demo)
//
//   fxscale run scenarios/news-spike.ts -e RATE=100
//   k6 run scenarios/news-spike.ts -e RATE=100
import exec from 'k6/execution';
import { Trend } from 'k6/metrics';
import type { Options } from 'k6/options';
import { askMixed, ordinary } from './lib/mix.ts';
import type { Answer } from './lib/platform.ts';
import { curve, stage, usersFor, wholeRate } from './lib/profile.ts';

const seconds = Number(__ENV.DURATION || 180);
const newsAt = Number(__ENV.NEWS_AT || seconds / 3);
const rate = Number(__ENV.RATE || 50);
const spike = Number(__ENV.SPIKE || 6);
/** Seconds in which everybody has heard of it, or less where the run is short. */
const rise = Math.min(3, newsAt / 4);
const after = seconds - newsAt - rise;

/** Half of what came with the news is gone after a sixth of the rest. */
const decayed = (share: number) => rate * (1 + (spike - 1) * 0.5 ** (share * 6));

/** Of the price, in basis points. */
const spread = new Trend('quoted_spread_bps');

export const options: Options = {
  scenarios: {
    news: {
      executor: 'ramping-arrival-rate',
      startRate: wholeRate(rate),
      timeUnit: '1s',
      ...usersFor(rate * spike),
      gracefulStop: '10s',
      stages: [stage(newsAt, rate), stage(rise, rate * spike), ...curve(after, 12, decayed)],
    },
  },
  thresholds: {
    http_req_failed: ['rate<0.01'],
    checks: ['rate>0.99'],
    'http_req_duration{phase:quiet}': ['p(99)<250'],
    'http_req_duration{phase:news}': ['p(99)<1000'],
    'quoted_spread_bps{phase:quiet}': ['max<100'],
    'quoted_spread_bps{phase:news}': ['max<1000'],
  },
};

const rush = { quote: 60, trade: 32, history: 2, positions: 6 };

function spreadOf(answer: Answer): number {
  const { bid, spread: width } = answer.json() as { bid: string; spread: string };
  return (Number(width) / Number(bid)) * 10_000;
}

export default function () {
  const isOut = exec.scenario.progress * seconds >= newsAt;
  const tags = { phase: isOut ? 'news' : 'quiet' };
  const { name, answer } = askMixed(isOut ? rush : ordinary, { tags });
  if (name === 'quote' && answer.status === 200) spread.add(spreadOf(answer), tags);
}
