// Accounts look back: page after page of their history, and all of it as a stream of lines. For the database's reads
// and standbys, the indexes, the memory of a replica while it streams, and what compression costs.
//
//   BASE_URL         the platform (http://127.0.0.1:3000)
//   DURATION         seconds (60)
//   RATE             accounts per second that look back (10)
//   PAGES            pages of each, at the most (5)
//   PAGE             trades on a page, up to 1000 (100)
//   STREAMS          of the accounts, the share that also streams (0.2)
//   ACCOUNTS         demo accounts to spread over (1000)
//   FX_TOKEN_SECRET  signs the accounts' tokens (the published one of the demo)
//
//   fxscale run scenarios/history-heavy.ts -e RATE=30
//   k6 run scenarios/history-heavy.ts -e RATE=30
import { check, group } from 'k6';
import { Counter, Trend } from 'k6/metrics';
import type { Options } from 'k6/options';
import { anyOrder, history, type Placed, trade, tradeStream } from './lib/platform.ts';
import { usersFor } from './lib/profile.ts';
import { anyUser, type User } from './lib/users.ts';

const rate = Number(__ENV.RATE || 10);
const pages = Number(__ENV.PAGES || 5);
const page = Number(__ENV.PAGE || 100);
const streams = Number(__ENV.STREAMS || 0.2);

const read = new Counter('trades_read');
const streamed = new Trend('trades_in_a_stream');

export const options: Options = {
  scenarios: {
    history: {
      executor: 'constant-arrival-rate',
      rate,
      timeUnit: '1s',
      duration: `${__ENV.DURATION || 60}s`,
      ...usersFor(rate),
      gracefulStop: '30s',
    },
  },
  thresholds: {
    http_req_failed: ['rate<0.01'],
    checks: ['rate==1'],
    'http_req_duration{name:history}': ['p(95)<250', 'p(99)<500'],
    'http_req_duration{name:stream}': ['p(95)<2000'],
  },
};

/** Newest first, each page from where the last one ended; how many trades there were. */
function readPages(user: User): number {
  let before: string | undefined;
  let count = 0;
  for (let number = 0; number < pages; number++) {
    const answer = history(user, page, before);
    if (!check(answer, { 'a page is answered 200': ({ status }) => status === 200 })) break;
    const { trades } = answer.json() as unknown as { trades: Placed[] };
    const times = trades.map(({ createdAt }) => createdAt);
    check(times, {
      'a page runs from new to old': (all) =>
        all.every((time, at) => at === 0 || time <= (all[at - 1] ?? '')),
      'a page goes on where the last one ended': ([newest = '']) => before === undefined || newest < before,
    });
    count += trades.length;
    before = times[times.length - 1];
    if (trades.length < page) break;
  }
  return count;
}

function readStream(user: User): void {
  const answer = tradeStream(user);
  const lines = String(answer.body).split('\n').slice(0, -1);
  check(answer, {
    'a stream is answered 200': ({ status }) => status === 200,
    'a stream is lines of JSON': () => lines.every((line) => typeof JSON.parse(line).id === 'string'),
  });
  streamed.add(lines.length);
}

export default function () {
  const user = anyUser();
  // Somebody who looks back has just done something; so there is a history from the first second.
  check(trade(user, anyOrder()), { 'an order is answered 201': ({ status }) => status === 201 });
  group('pages', () => {
    read.add(readPages(user));
  });
  if (Math.random() >= streams) return;
  group('stream', () => {
    readStream(user);
  });
}
