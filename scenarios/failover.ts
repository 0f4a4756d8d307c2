// Steady reads and writes while something fails: stop the database, a standby, Redis, the broker, a replica by hand (or
// by a test), and look at what the clients were told. Honest is 200, 201, 503 with Retry-After and 429; anything else
// fails a check. A writer sends an order again, with its key, until it is traded; `unavailable_seconds` is how long the
// unlucky ones waited for that. Each order is looked for in the history at once: a user reads what it wrote.
//
//   BASE_URL         the platform (http://127.0.0.1:3000)
//   DURATION         seconds (60)
//   RATE             reads per second (20)
//   WRITERS          accounts that place an order each second, one after the other (5)
//   MAX_UNAVAILABLE  seconds that an order may have to wait: the failure's own time and ten more (30)
//   MAX_BROKEN       connections that may break under a request: of a replica that is killed, some will (0)
//   ACCOUNTS         demo accounts to spread over (1000)
//   FX_TOKEN_SECRET  signs the accounts' tokens (the published one of the demo)
//
//   fxscale run scenarios/failover.ts -e DURATION=120
//   k6 run scenarios/failover.ts -e DURATION=120
import { check, sleep } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';
import { Counter, Trend } from 'k6/metrics';
import type { Options } from 'k6/options';
import { newKey, pick } from './lib/chance.ts';
import {
  type Answer,
  anyOrder,
  history,
  type Order,
  type Placed,
  positions,
  quote,
  retryAfter,
  trade,
} from './lib/platform.ts';
import { usersFor } from './lib/profile.ts';
import { anyUser, type User, userOf } from './lib/users.ts';

const duration = `${__ENV.DURATION || 60}s`;
const rate = Number(__ENV.RATE || 20);
const maxUnavailable = Number(__ENV.MAX_UNAVAILABLE || 30);

const refused = new Counter('answers_refused');
const broken = new Counter('connections_broken');
const unavailable = new Trend('unavailable_seconds');
const expected = { expected: http.expectedStatuses(200, 201, 429, 503) };

export const options: Options = {
  scenarios: {
    readers: {
      executor: 'constant-arrival-rate',
      rate,
      timeUnit: '1s',
      duration,
      ...usersFor(rate * 3),
      exec: 'reader',
      gracefulStop: '10s',
    },
    writers: {
      executor: 'constant-vus',
      vus: Number(__ENV.WRITERS || 5),
      duration,
      exec: 'writer',
      gracefulStop: `${maxUnavailable}s`,
    },
  },
  thresholds: {
    'checks{kind:honesty}': ['rate==1'],
    'checks{kind:outcome}': ['rate==1'],
    connections_broken: [`count<=${Number(__ENV.MAX_BROKEN || 0)}`],
    unavailable_seconds: [`max<${maxUnavailable}`],
  },
};

/** Whether it was served; counts and checks how it was not. */
function served(answer: Answer, status: number): boolean {
  if (answer.status === 0) {
    // Nobody answered: that is told apart from an answer that is not honest.
    broken.add(1);
    return false;
  }
  const isRefusal = answer.status === 429 || answer.status === 503;
  if (isRefusal) refused.add(1, { status: String(answer.status) });
  const isHonest = answer.status === status || (isRefusal && retryAfter(answer) !== undefined);
  check(answer, { 'the answer is honest': () => isHonest }, { kind: 'honesty' });
  return answer.status === status;
}

export function reader() {
  const kind = pick({ quote: 40, history: 30, positions: 30 });
  const user = anyUser();
  if (kind === 'quote') served(quote(undefined, expected), 200);
  else if (kind === 'history') served(history(user, 50, undefined, expected), 200);
  else served(positions(user, expected), 200);
}

/** Sends the order with its key until it is traded, as long as the patience lasts. */
function place(user: User, order: Order): Answer {
  const key = newKey();
  const start = Date.now();
  const waited = () => (Date.now() - start) / 1000;
  let answer = trade(user, order, key, expected);
  let isLate = false;
  while (!served(answer, 201) && waited() < maxUnavailable) {
    isLate = true;
    sleep(retryAfter(answer) ?? 0.5);
    answer = trade(user, order, key, expected);
  }
  if (isLate) unavailable.add(waited());
  return answer;
}

export function writer() {
  const user = userOf(exec.vu.idInTest);
  const answer = place(user, anyOrder());
  const traded = answer.status === 201;
  check(traded, { 'the order is traded in the end': (is) => is }, { kind: 'outcome' });
  if (traded) checkHistory(user, answer);
  sleep(1);
}

/** A standby that has not heard of the trade yet must not be asked: the token of the write says which have. */
function checkHistory(user: User, placed: Answer): void {
  const { id } = placed.json() as unknown as Placed;
  const token = placed.headers['Fx-Transaction'];
  const answer = history(user, 10, undefined, {
    ...expected,
    ...(token && { headers: { 'fx-after': token } }),
  });
  if (!served(answer, 200)) return;
  const { trades } = answer.json() as unknown as { trades: Placed[] };
  check(
    trades,
    { 'the history has the order once': (all) => all.filter((each) => each.id === id).length === 1 },
    { kind: 'outcome' },
  );
}
