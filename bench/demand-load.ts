// The load of bench/demand.mjs: three classes whose rates change apart, each high and low in every combination with the
// others; or, with TOGETHER, one of each in every iteration.
import type { Options, Scenario } from 'k6/options';
import { history, positions, quote } from '../scenarios/lib/platform.ts';
import { hold } from '../scenarios/lib/profile.ts';
import { anyUser } from '../scenarios/lib/users.ts';

const seconds = Number(__ENV.DURATION || 60);
/** Requests per second of each class at its highest. */
const highest = { quote: 130, history: 36, positions: 13 };
type Name = keyof typeof highest;

// The first fifth warms the service up.
const shares: Record<Name, number[]> = {
  quote: [0.6, 0.6, 0.1, 1, 0.1, 1, 0.1, 0.7, 0.1, 1],
  history: [0.6, 0.6, 0.1, 0.1, 1, 1, 0.1, 0.7, 1, 0.1],
  positions: [0.6, 0.6, 0.1, 0.1, 1, 0.1, 1, 0.7, 0.1, 1],
};

function scenario(exec: string, rates: number[]): Scenario {
  return {
    executor: 'ramping-arrival-rate',
    exec,
    startRate: 1,
    timeUnit: '1s',
    preAllocatedVUs: 60,
    maxVUs: 120,
    stages: rates.flatMap((rate) => hold(seconds / rates.length, rate)),
  };
}

const apart = (name: Name) =>
  scenario(
    name === 'quote' ? 'askQuote' : name === 'history' ? 'askHistory' : 'askPositions',
    shares[name].map((share) => share * highest[name]),
  );

export const options: Options = {
  scenarios: __ENV.TOGETHER
    ? {
        together: scenario(
          'askAll',
          shares.quote.map((share) => share * 18),
        ),
      }
    : { quote: apart('quote'), history: apart('history'), positions: apart('positions') },
};

export function askQuote() {
  quote();
}

export function askHistory() {
  history(anyUser());
}

export function askPositions() {
  positions(anyUser());
}

export function askAll() {
  askQuote();
  askHistory();
  askPositions();
}
