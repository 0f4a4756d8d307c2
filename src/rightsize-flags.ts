import { openServer, type PrometheusServer } from './collect/prometheus-api.ts';
import { FxscaleError, messageOf } from './errors.ts';
import type { Strategy } from './planners/rightsizing/types.ts';
import { timeOf } from './traffic-files.ts';
import { parseDuration } from './units.ts';

/** What `fxscale rightsize` is told. Seconds, shares of one, cores, money per hour. */
export type RightsizeFlags = {
  namespace?: string;
  /** A name, or a regular expression that matches the whole name. */
  workload?: string;
  history: number;
  step: number;
  until?: number;
  strategy: Strategy | 'all';
  confidence: number;
  cpuLimits: 'none' | 'tail';
  podTarget?: number;
  priceCoreHour?: number;
  priceGibHour?: number;
  seed: number;
};

const SHORTEST_STEP = 15;

function wrong(text: string, what: string, right: string): FxscaleError {
  return new FxscaleError('USAGE', `${JSON.stringify(text)} is not ${what}: ${right}`);
}

/** A name, or a regular expression, as it is. */
export function parseWorkload(text: string): string {
  try {
    new RegExp(text);
    return text;
  } catch (cause) {
    throw wrong(text, 'a name or a regular expression', messageOf(cause).replace(/^Invalid regular.*: /, ''));
  }
}

/** A time at which the history ends, in seconds since 1970. */
export function parseUntil(text: string): number {
  const at = timeOf(text);
  if (Number.isNaN(at)) throw wrong(text, 'a date', 'write for example 2026-06-01 or 2026-06-01T12:00:00Z');
  return at;
}

/** Seconds between two points. */
export function parseStep(text: string): number {
  const step = parseDuration(text);
  if (step >= SHORTEST_STEP) return step;
  throw wrong(text, 'a step', 'write 15s or longer; Prometheus has seldom more to tell');
}

/**
 * The Prometheus at `http(s)://[user:password@]host:port[/prefix][?token_env=NAME]`. Throws USAGE without repeating what
 * may hold a password.
 */
export function openPrometheus(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
): PrometheusServer {
  const right = 'write for example http://prometheus:9090';
  const address = text.replace(/^prometheus\+/i, '');
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === '')
    throw new FxscaleError('USAGE', `the address of Prometheus is no http:// or https:// URL: ${right}`);
  const server = openServer(`prometheus+${address}`, environment);
  const [unknown] = server.parameters;
  if (unknown === undefined) return server;
  server.client.close();
  throw new FxscaleError(
    'USAGE',
    `the address of Prometheus has a parameter ${unknown[0]}: only token_env=NAME is known`,
  );
}
