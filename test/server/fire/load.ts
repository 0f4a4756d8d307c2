import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { accountId } from '../../../server/database/prepare.ts';
import { authorised } from '../app.ts';

export type Answer = { status: number; retryAfter: string | null; seconds: number; body: string };

export type Load = {
  /** The id that each key's 201 told. */
  placed: ReadonlyMap<string, string>;
  /** What is wrong with answers: another status than the honest ones, no Retry-After, another id for the same key. */
  complaints: readonly string[];
  /** Answers so far by status; 0 for connections that broke. */
  counts: ReadonlyMap<number, number>;
  slowestSeconds(): number;
  /** Fulfilled when the next `count` orders in a row were answered 201 and reads 200. */
  well(count: number): Promise<void>;
  stop(): Promise<void>;
};

/** Quoted in dollars, so that what a trade realises follows from prices alone. */
const symbols = ['EURUSD', 'GBPUSD', 'AUDUSD', 'NZDUSD'];
const timeoutMs = 15_000;

/**
 * Traders who repeat an order with its key until it is answered for good, as a client must that wants it to happen
 * exactly once, and readers of what they trade.
 */
export function startLoad(url: string, { traders = 6, readers = 2, accounts = 50, pauseMs = 15 } = {}): Load {
  const agent = new Agent({ keepAlive: true });
  const placed = new Map<string, string>();
  const complaints: string[] = [];
  const counts = new Map<number, number>();
  let slowest = 0;
  let inARow = 0;
  let stopping = false;

  function judge({ status, retryAfter, seconds, body }: Answer, expected: number[]): void {
    counts.set(status, (counts.get(status) ?? 0) + 1);
    slowest = Math.max(slowest, seconds);
    inARow = expected.includes(status) ? inARow + 1 : 0;
    if (status === 503 && retryAfter !== null) return;
    // A connection is lost with the replica at its other end.
    if (status === 0 && body !== 'timeout') return;
    if (!expected.includes(status)) complaints.push(`${status} ${body}`);
  }

  function ask(
    method: string,
    path: string,
    userId: string,
    payload?: object,
    key?: string,
  ): Promise<Answer> {
    const begin = performance.now();
    const since = (): number => (performance.now() - begin) / 1000;
    const headers = {
      ...authorised(userId),
      ...(payload && { 'content-type': 'application/json' }),
      ...(key && { 'idempotency-key': key }),
    };
    return new Promise((resolve) => {
      const broke = (body: string): void => resolve({ status: 0, retryAfter: null, seconds: since(), body });
      const sent = request(`${url}${path}`, { method, headers, agent, timeout: timeoutMs }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => {
          body += text;
        });
        response.once('error', (error) => broke(error.message));
        response.once('end', () => {
          const retryAfter = response.headers['retry-after'] ?? null;
          resolve({ status: response.statusCode ?? 0, retryAfter, seconds: since(), body });
        });
      });
      sent.once('timeout', () => {
        broke('timeout');
        sent.destroy();
      });
      sent.once('error', (error) => broke(error.message));
      sent.end(payload && JSON.stringify(payload));
    });
  }

  async function trade(trader: number): Promise<void> {
    for (let count = 0; !stopping; count++) {
      const userId = accountId((trader + count * traders) % accounts);
      const symbol = symbols[(trader + count) % symbols.length] ?? 'EURUSD';
      const action = (count + Math.floor(count / 7)) % 2 ? 'sell' : 'buy';
      const volume = ((1 + ((count * 37) % 150)) / 100).toFixed(2);
      const key = `${trader}-${count}`;
      for (;;) {
        const answer = await ask('POST', '/api/trading/trades', userId, { symbol, action, volume }, key);
        judge(answer, [201]);
        if (answer.status === 201) {
          const { id } = JSON.parse(answer.body) as { id: string };
          placed.set(key, id);
          break;
        }
        await sleep(answer.status === 503 ? Math.min(Number(answer.retryAfter), 1) * 500 : 50);
      }
      await sleep(pauseMs);
    }
  }

  async function read(reader: number): Promise<void> {
    for (let count = reader; !stopping; count++) {
      const userId = accountId(count % accounts);
      const path = count % 2 ? `/api/trading/positions/${userId}` : '/api/trading/trades?limit=20';
      judge(await ask('GET', path, userId), [200]);
      await sleep(pauseMs);
    }
  }

  const loops = [
    ...Array.from({ length: traders }, (_, index) => trade(index)),
    ...Array.from({ length: readers }, (_, index) => read(index)),
  ];
  return {
    ...{ placed, complaints, counts },
    slowestSeconds: () => slowest,
    async well(count) {
      inARow = 0;
      while (inARow < count && !stopping) await sleep(20);
    },
    async stop() {
      stopping = true;
      await Promise.all(loops);
      agent.destroy();
    },
  };
}
