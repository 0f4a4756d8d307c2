// Many watch the same few prices: each virtual user holds a WebSocket to /ws/prices and is sent every quote that
// changes. For what a connection costs, and for how old a price is when the last one of them has it.
// The age of an update is told by two clocks: run it where they are the same, or kept together.
//
//   BASE_URL         the platform (http://127.0.0.1:3000)
//   DURATION         seconds (60)
//   SUBSCRIBERS      connections at a time (200)
//   RAMP             seconds in which they open (a tenth of DURATION)
//   SYMBOLS          what each watches, separated by commas (six pairs)
//
//   fxscale run scenarios/price-fanout.ts -e SUBSCRIBERS=2000
//   k6 run scenarios/price-fanout.ts -e SUBSCRIBERS=2000
import { check } from 'k6';
import { Counter, Trend } from 'k6/metrics';
import type { Options } from 'k6/options';
import { setTimeout } from 'k6/timers';
import { WebSocket } from 'k6/websockets';
import { base, symbols as someSymbols } from './lib/platform.ts';

const seconds = Number(__ENV.DURATION || 60);
const subscribers = Number(__ENV.SUBSCRIBERS || 200);
const ramp = Number(__ENV.RAMP || seconds / 10);
const symbols = (__ENV.SYMBOLS || someSymbols.join(',')).split(',');
const url = `${base.replace(/^http/, 'ws')}/ws/prices`;
/** Beyond DURATION, for the last ones to say goodbye. */
const goodbye = 10;

const updates = new Counter('price_updates');
const age = new Trend('price_update_age', true);
const connecting = new Trend('price_connecting', true);
const lost = new Counter('price_connections_lost');

export const options: Options = {
  scenarios: {
    fanout: {
      executor: 'per-vu-iterations',
      vus: subscribers,
      iterations: 1,
      maxDuration: `${Math.ceil(seconds + goodbye)}s`,
    },
  },
  thresholds: {
    checks: ['rate==1'],
    // Quotes change four times a second; an update goes out at the next beat of the same length.
    price_update_age: ['p(95)<500', 'p(99)<1000'],
    price_connecting: ['p(95)<1000'],
    price_connections_lost: ['count==0'],
  },
};

type Update = { symbol: string; bid: string; ask: string; time: string };
type Heard = { count: number; times: Record<string, string>; isSound: boolean };

function hear(text: string, heard: Heard): void {
  const { symbol, bid, ask, time } = JSON.parse(text) as Update;
  heard.count++;
  // What is no price, such as an error, has no symbol.
  heard.isSound &&=
    symbols.includes(symbol) && Number(bid) < Number(ask) && !(time < (heard.times[symbol] ?? ''));
  heard.times[symbol] = time;
  updates.add(1);
  age.add(Math.max(0, Date.now() - Date.parse(time)));
}

function judge(heard: Heard): void {
  check(heard, {
    'every symbol was heard of': ({ times }) => symbols.every((symbol) => times[symbol] !== undefined),
    'prices kept coming': ({ count }) => count > symbols.length,
    'each was a price, and none older than the one before': ({ isSound }) => isSound,
  });
}

/** Watches for so many milliseconds. */
function watch(milliseconds: number): void {
  const start = Date.now();
  const heard: Heard = { count: 0, times: {}, isSound: true };
  let isOver = false;
  const socket = new WebSocket(url, null, { tags: { name: 'prices' } });
  socket.onopen = () => {
    connecting.add(Date.now() - start);
    socket.send(JSON.stringify({ subscribe: symbols }));
    setTimeout(() => {
      isOver = true;
      socket.close();
    }, milliseconds);
  };
  socket.onmessage = (event) => hear(String(event?.data), heard);
  socket.onclose = () => {
    if (!isOver) lost.add(1);
    judge(heard);
  };
  // Also when it never opened: then nothing is heard, and the checks say so.
  socket.onerror = () => undefined;
}

export default function () {
  const wait = Math.random() * ramp * 1000;
  setTimeout(() => watch(seconds * 1000 - wait), wait);
}
