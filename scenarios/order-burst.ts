// Orders come in bursts, and clients that are not sure whether one went through send it again: with its Idempotency-Key
// it must not be traded twice. Each burst is one account's: a few orders at once, one of them twice in the same moment
// (a double click), and some once more after their answer (a client that lost it).
// Where the account has asked for too much in a second (429), it waits as long as it is told, and goes on.
//
//   BASE_URL         the platform (http://127.0.0.1:3000)
//   DURATION         seconds (60)
//   BURSTS           times that the rate goes up and down again (6)
//   RATE             bursts of orders per second in between (2)
//   PEAK             bursts of orders per second at the height (20)
//   ORDERS           orders in each (5)
//   ACCOUNTS         demo accounts to spread over (1000)
//   FX_TOKEN_SECRET  signs the accounts' tokens (the published one of the demo)
//
//   fxscale run scenarios/order-burst.ts -e PEAK=50
//   k6 run scenarios/order-burst.ts -e PEAK=50
import { check, sleep } from 'k6';
import http from 'k6/http';
import { Counter } from 'k6/metrics';
import type { Options } from 'k6/options';
import { newKey } from './lib/chance.ts';
import {
  type Answer,
  anyOrder,
  type Order,
  orderRequest,
  type Placed,
  retryAfter,
  trade,
} from './lib/platform.ts';
import { hold, stage, usersFor, wholeRate } from './lib/profile.ts';
import { anyUser, type User } from './lib/users.ts';

const seconds = Number(__ENV.DURATION || 60);
const bursts = Number(__ENV.BURSTS || 6);
const rate = Number(__ENV.RATE || 2);
const peak = Number(__ENV.PEAK || 20);
const orders = Number(__ENV.ORDERS || 5);
const period = seconds / bursts;

const retries = new Counter('orders_sent_again');
const limited = new Counter('orders_rate_limited');
const expected = { expected: http.expectedStatuses(201, 429) };
/** Of the answers, those of which the client sends the order again. */
const lost = 0.3;
const attempts = 10;

export const options: Options = {
  scenarios: {
    bursts: {
      executor: 'ramping-arrival-rate',
      startRate: wholeRate(rate),
      timeUnit: '1s',
      ...usersFor(peak),
      gracefulStop: '10s',
      stages: Array.from({ length: bursts }, () => [
        stage(period * 0.7, rate),
        ...hold(period * 0.2, peak),
        stage(0, rate),
        stage(period * 0.1, rate),
      ]).flat(),
    },
  },
  thresholds: {
    http_req_failed: ['rate<0.01'],
    checks: ['rate==1'],
    'http_req_duration{name:trade}': ['p(99)<500'],
  },
};

type Sent = { order: Order; key: string };

/** Sends the order, with the same key, until it is not one too many, or to the last attempt. */
function place(user: User, { order, key }: Sent): Answer {
  let answer = trade(user, order, key, expected);
  for (let attempt = 1; attempt < attempts && answer.status === 429; attempt++) {
    limited.add(1);
    check(answer, { 'a 429 says when to come back': (refused) => retryAfter(refused) !== undefined });
    // Not all in the same moment.
    sleep((retryAfter(answer) ?? 1) + Math.random());
    answer = trade(user, order, key, expected);
  }
  return answer;
}

function idOf(answer: Answer): string {
  return answer.status === 201 ? (answer.json() as Placed).id : '';
}

export default function () {
  const user = anyUser();
  const sent: Sent[] = Array.from({ length: orders }, () => ({ order: anyOrder(), key: newKey() }));
  const [first] = sent;
  if (first === undefined) return;
  const requests = [...sent, first].map(({ order, key }) => {
    const { url, body, params } = orderRequest(user, order, key, expected);
    return { method: 'POST', url, body, params };
  });
  const answers = http.batch(requests) as unknown as Answer[];
  check(answers, {
    'each is answered 201, or 429': (all) => all.every(({ status }) => status === 201 || status === 429),
  });
  checkDoubleClick(answers[0], answers[orders]);
  sent.forEach((each, at) => {
    const answer = answers[at];
    if (answer !== undefined && (answer.status === 429 || Math.random() < lost)) again(user, each, answer);
  });
}

function checkDoubleClick(one: Answer | undefined, other: Answer | undefined): void {
  if (one?.status !== 201 || other?.status !== 201) return;
  const replayed = [one, other].filter(({ headers }) => headers['Idempotent-Replayed'] === 'true');
  check(other, {
    'a double click is one trade': (answer) => idOf(answer) === idOf(one) && replayed.length === 1,
  });
}

/** Sends once more what was refused, or what was traded already. */
function again(user: User, sent: Sent, before: Answer): void {
  retries.add(1);
  const after = place(user, sent);
  check(after, { 'sent again, it is answered 201': ({ status }) => status === 201 });
  if (before.status !== 201) return;
  check(after, { 'sent again, it is the same trade': (answer) => idOf(answer) === idOf(before) });
}
