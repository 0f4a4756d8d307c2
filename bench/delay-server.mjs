// A server that knows how long it took: /d0, /d5 and /d50 answer after so many milliseconds, and every five seconds it
// holds all answers back for half a second. It keeps, per path, the time from the arrival of each request to its
// answer; GET /truth gives them in milliseconds.
import { createServer } from 'node:http';

const taken = { '/d0': [], '/d5': [], '/d50': [] };
const zero = performance.now();

/** Milliseconds until the stall that `at` falls into is over, 0 outside of stalls. */
function stalled(at) {
  const into = (at - zero) % 5000;
  return into >= 4500 ? 5000 - into : 0;
}

const server = createServer((request, response) => {
  const arrived = performance.now();
  if (request.url === '/truth') {
    response.end(JSON.stringify(taken));
    return;
  }
  const answer = () => {
    const wait = stalled(performance.now());
    if (wait > 0) {
      setTimeout(answer, wait);
      return;
    }
    // `finish` is when the system has taken the answer: in a burst after a stall that is later than `end`.
    response.on('finish', () => taken[request.url].push(performance.now() - arrived));
    response.end('ok');
  };
  const delay = Number(request.url.slice(2));
  if (delay === 0) answer();
  else setTimeout(answer, delay);
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${server.address().port}\n`));
process.stdin.resume().on('end', () => process.exit());
