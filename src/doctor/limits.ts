import type { Check } from './check.ts';
import { numbersIn, type ReadSystem } from './read.ts';

/** A count of connections that people ask of one generator: a limit below it will bite. */
const MANY_CONNECTIONS = 10_000;
/** Files that fxscale has open itself: programs, pipes between threads, the run, the log. */
const OWN_FILES = 100;
/** Seconds for which Linux keeps the port of a connection that it closed. */
const TIME_WAIT = 60;
/** Fewer connections than this may come at once before a server on this machine turns some away. */
const SHORT_BACKLOG = 1024;

/** Soft and hard limit of one process; `unlimited` where there is none. */
type Limit = { readonly soft: number | 'unlimited'; readonly hard: number | 'unlimited' };

/**
 * How many connections the limit on open files leaves room for. Node raises its own soft limit to the hard one when it
 * starts, so `soft` is what fxscale has.
 */
export function judgeOpenFiles(limit: Limit | undefined): Check {
  const common = { name: 'open files', group: 'limits' } as const;
  if (limit === undefined) return unknown('open files', 'this system does not tell');
  const [soft, hard] = [figure(limit.soft), figure(limit.hard)];
  const connections = soft === null ? null : Math.max(0, soft - OWN_FILES);
  const status = connections !== null && connections < MANY_CONNECTIONS ? 'warning' : 'ok';
  return { ...common, status, detail: { soft, hard, connections } };
}

const figure = (limit: number | 'unlimited') => (limit === 'unlimited' ? null : limit);

/** The limits that Linux sets on connections, as far as `read` gives them. */
export function judgeNetwork(read: ReadSystem): Check[] {
  return [
    judgePorts(read('/proc/sys/net/ipv4/ip_local_port_range'), read('/proc/sys/net/ipv4/tcp_tw_reuse')),
    judgeBacklog('accept backlog', read('/proc/sys/net/core/somaxconn')),
    judgeBacklog('SYN backlog', read('/proc/sys/net/ipv4/tcp_max_syn_backlog')),
  ];
}

/**
 * What the ephemeral ports allow to one address of a service: connections at once, and connections made per second when
 * each is closed again. `reuse` is tcp_tw_reuse: ports in TIME_WAIT are taken again never (0), always (1) or for
 * this machine itself (2), Documentation/networking/ip-sysctl.rst of the kernel.
 */
export function judgePorts(range: string | undefined, reuse: string | undefined): Check {
  const [low, high] = numbersIn(range) ?? [];
  if (low === undefined || high === undefined) return unknown('ports', 'only Linux tells, in /proc');
  const ports = Math.max(0, high - low + 1);
  const again = { 0: 'never', 1: 'always', 2: 'loopback' }[numbersIn(reuse)?.[0] ?? Number.NaN] ?? null;
  return {
    name: 'ports',
    group: 'limits',
    status: ports < MANY_CONNECTIONS ? 'warning' : 'ok',
    detail: { low, high, ports, reuse: again, newPerSecond: ports / TIME_WAIT },
  };
}

function judgeBacklog(name: string, text: string | undefined): Check {
  const [connections] = numbersIn(text) ?? [];
  if (connections === undefined) return unknown(name, 'only Linux tells, in /proc');
  const status = connections < SHORT_BACKLOG ? 'warning' : 'ok';
  return { name, group: 'limits', status, detail: { connections } };
}

function unknown(name: string, why: string): Check {
  return { name, group: 'limits', status: 'unknown', detail: { why } };
}
