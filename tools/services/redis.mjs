// Redis as a process on 127.0.0.1.
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { launch, revivable } from './child.mjs';
import { ask, freePorts } from './network.mjs';

/** What every Redis here is told beside its port and folder: nothing acknowledged is lost when it is killed. */
export const redisSettings = [
  ['bind', '127.0.0.1'],
  ['save', ''],
  ['appendonly', 'yes'],
  ['appendfsync', 'everysec'],
  ['maxmemory-policy', 'noeviction'],
];

export const redisServer = () => process.env.REDIS_SERVER ?? 'redis-server';

/** Whether a Redis at 127.0.0.1:`port` answers a PING; one that still loads its data does not. */
export async function redisAnswers(port) {
  const answer = await ask(port, 'PING\r\n');
  return answer?.toString().startsWith('+PONG') ?? false;
}

/** How to launch Redis at `port` with its data in `folder`. */
export function redisService({ folder, port, detached = false }) {
  mkdirSync(folder, { recursive: true });
  const settings = [['port', String(port)], ['dir', resolve(folder)], ...redisSettings];
  return {
    name: 'Redis',
    port,
    command: redisServer(),
    args: settings.flatMap(([name, value]) => [`--${name}`, value]),
    log: join(resolve(folder), 'redis.log'),
    answers: () => redisAnswers(port),
    detached,
  };
}

/** A Redis of one's own with its data in `folder`; it dies with this process. */
export async function startRedis({ folder, port }) {
  const [free] = port ? [port] : await freePorts(1);
  const service = redisService({ folder, port: free });
  return revivable(() => launch(service), { url: `redis://127.0.0.1:${free}`, port: free });
}
