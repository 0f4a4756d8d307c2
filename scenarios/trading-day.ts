// A day of FX trading, midnight to midnight UTC, compressed: the sessions of Sydney, Tokyo, London and New York open
// and close, overlap, and trade their own pairs. For what a planner must carry: an overlap, not an average.
//
//   BASE_URL         the platform (http://127.0.0.1:3000)
//   DURATION         seconds that the day takes (240: ten for an hour)
//   PEAK             requests per second while London and New York are both open (300)
//   ACCOUNTS         demo accounts to spread over (1000)
//   FX_TOKEN_SECRET  signs the accounts' tokens (the published one of the demo)
//
//   fxscale run scenarios/trading-day.ts -e DURATION=480
//   k6 run scenarios/trading-day.ts -e DURATION=480
import exec from 'k6/execution';
import type { Options } from 'k6/options';
import { pick } from './lib/chance.ts';
import { askMixed, type Mix, ordinary } from './lib/mix.ts';
import { curve, usersFor, wholeRate } from './lib/profile.ts';

const seconds = Number(__ENV.DURATION || 240);
const peak = Number(__ENV.PEAK || 300);

type City = 'sydney' | 'tokyo' | 'london' | 'newYork';
type Session = { opens: number; closes: number; weight: number; symbols: string[] };

// Hours in UTC, in winter; Sydney's evening is the next day's. Weights: about their shares of the world's turnover.
const sessions: Record<City, Session> = {
  sydney: { opens: 21, closes: 6, weight: 0.1, symbols: ['AUDUSD', 'USDJPY'] },
  tokyo: { opens: 0, closes: 9, weight: 0.25, symbols: ['USDJPY', 'AUDUSD', 'EURUSD'] },
  london: { opens: 8, closes: 17, weight: 0.55, symbols: ['EURUSD', 'GBPUSD', 'EURGBP', 'USDCHF'] },
  newYork: { opens: 13, closes: 22, weight: 0.45, symbols: ['EURUSD', 'USDJPY', 'GBPUSD'] },
};
const cities = Object.keys(sessions) as City[];
/** Hours in which a market comes to life and goes to sleep. */
const ramp = 0.5;

/** 0 to 1: how much of the session is there at the hour. */
function presence({ opens, closes }: Session, hour: number): number {
  const length = (closes - opens + 24) % 24;
  const since = (hour - opens + 24) % 24;
  return Math.max(0, Math.min(1, since / ramp, (length - since) / ramp));
}

function weightsAt(hour: number): Record<City, number> {
  const weight = (city: City) => presence(sessions[city], hour) * sessions[city].weight;
  return {
    sydney: weight('sydney'),
    tokyo: weight('tokyo'),
    london: weight('london'),
    newYork: weight('newYork'),
  };
}

function rateAt(hour: number): number {
  const open = weightsAt(hour);
  return peak * (0.05 + 0.95 * cities.reduce((sum, city) => sum + open[city], 0));
}

export const options: Options = {
  scenarios: {
    day: {
      executor: 'ramping-arrival-rate',
      startRate: wholeRate(rateAt(0)),
      timeUnit: '1s',
      ...usersFor(peak),
      gracefulStop: '10s',
      // Every quarter of an hour.
      stages: curve(seconds, 96, (share) => rateAt(share * 24)),
    },
  },
  thresholds: {
    http_req_failed: ['rate<0.01'],
    checks: ['rate>0.99'],
    'http_req_duration{name:quote}': ['p(99)<250'],
    'http_req_duration{name:trade}': ['p(99)<500'],
  },
};

/** At an opening more is traded, towards the close more is looked up. */
function mixOf({ opens }: Session, hour: number): Mix {
  const since = (hour - opens + 24) % 24;
  if (since < 1) return { quote: 55, trade: 30, history: 5, positions: 10 };
  if (since > 8) return { quote: 50, trade: 15, history: 20, positions: 15 };
  return ordinary;
}

export default function () {
  const hour = (exec.scenario.progress * 24) % 24;
  const city = pick(weightsAt(hour));
  const session = sessions[city];
  askMixed(mixOf(session, hour), { symbols: session.symbols, tags: { session: city } });
}
