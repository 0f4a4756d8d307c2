import { FxscaleError } from './errors.ts';
import { newestRelease, oldestRelease, parseRelease } from './models/hpa/version.ts';

/**
 * Text to numbers and back. Inside fxscale there is one unit per quantity: seconds, bytes, cores, requests per
 * second, shares of one. Every parser throws a USAGE error that says what would be right.
 */

const durationUnits: Record<string, number> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
  d: 86400,
};

const perUnits: Record<string, number> = { ms: 1e-3, s: 1, m: 60, min: 60, h: 3600, d: 86400 };

const binaryUnits: Record<string, number> = {
  '': 1,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
};

function wrong(what: string, text: string, right: string): FxscaleError {
  return new FxscaleError('USAGE', `${JSON.stringify(text)} is not ${what}: ${right}`);
}

/** A duration such as `1m30s`, `500ms` or `1d` in seconds; the number must carry its unit. */
export function parseDuration(text: string): number {
  const part = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d)/gy;
  let seconds = 0;
  let end = 0;
  for (let match = part.exec(text); match; match = part.exec(text)) {
    seconds += Number(match[1]) * (durationUnits[match[2] ?? ''] ?? Number.NaN);
    end = part.lastIndex;
  }
  if (end === 0 || end !== text.length)
    throw wrong('a duration', text, 'write for example 500ms, 30s or 1m30s');
  return seconds;
}

/** A rate such as `4300/s`, `250000/h` or `5M/d` in events per second; above zero. */
export function parseRate(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(k|M)?\/(ms|s|m|min|h|d)$/.exec(text);
  if (!match)
    throw wrong('a rate', text, 'write a number above zero per unit of time, for example 12000/s or 12k/s');
  const scale = match[2] === 'k' ? 1e3 : match[2] === 'M' ? 1e6 : 1;
  const rate = (Number(match[1]) * scale) / (perUnits[match[3] ?? ''] ?? Number.NaN);
  if (!(rate > 0)) throw wrong('a rate', text, 'it must be above zero');
  if (rate > LARGEST) throw wrong('a rate of anything that there is', text, 'write 1e15/s at most');
  return rate;
}

/** A Kubernetes memory quantity such as `512Mi` or `2G` in bytes. */
export function parseBytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(Ki|Mi|Gi|Ti|k|M|G|T)?B?$/.exec(text);
  const bytes = match ? Number(match[1]) * (binaryUnits[match[2] ?? ''] ?? Number.NaN) : 0;
  if (!(bytes > 0)) throw wrong('an amount of memory or storage', text, 'write for example 512Mi or 2Gi');
  return bytes;
}

/** A Kubernetes CPU quantity such as `500m`, `2` or `0.5` in cores. */
export function parseCores(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(m)?$/.exec(text);
  const cores = match ? Number(match[1]) / (match[2] ? 1000 : 1) : 0;
  if (!(cores > 0)) throw wrong('an amount of CPU', text, 'write for example 500m or 2');
  return cores;
}

/** A percentage such as `95%` as a share of one, 0 to 1. */
export function parsePercent(text: string): number {
  const match = /^(\d+(?:\.\d+)?)%$/.exec(text);
  const share = match ? Number(match[1]) / 100 : Number.NaN;
  if (!(share >= 0 && share <= 1)) throw wrong('a percentage', text, 'write 0% to 100%, for example 95%');
  return share;
}

/** More than this of anything was mistyped. */
const LARGEST = 1e15;

/** A number of zero or more. */
export function parseNumber(text: string): number {
  const value = /^\d+(?:\.\d+)?(?:e\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) throw wrong('a number', text, 'write zero or more, for example 1000');
  if (value > LARGEST) throw wrong('a number of anything that there is', text, 'write 1e15 at most');
  return value;
}

/** A whole number of one or more. */
export function parseCount(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value < 1 || !Number.isSafeInteger(value))
    throw wrong('a count', text, 'write a whole number of 1 or more');
  return value;
}

/** A TCP port, 0 to 65535; 0 lets the system choose. */
export function parsePort(text: string): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : -1;
  if (value < 0 || value > 65535) throw wrong('a port', text, 'write a number from 0 to 65535');
  return value;
}

/** A Kubernetes release such as `1.33` whose autoscaler is known, as its minor version. */
export function parseKubernetes(text: string): number {
  const release = parseRelease(text);
  if (release !== undefined) return release;
  const right = `write one of 1.${oldestRelease} to 1.${newestRelease}, for example 1.33`;
  throw wrong('a Kubernetes release whose autoscaler is known', text, right);
}

/** Seconds for a reader: `1.2ms`, `850ms`, `12s`, `3m20s`. */
export function formatSeconds(seconds: number): string {
  const size = Math.abs(seconds);
  if (size === 0) return '0s';
  if (size < 1e-3) return `${round(seconds * 1e6)}µs`;
  if (size < 1) return `${round(seconds * 1e3)}ms`;
  if (size < 120) return `${round(seconds)}s`;
  const whole = Math.round(seconds);
  if (whole < 7200) return `${Math.floor(whole / 60)}m${whole % 60 ? `${whole % 60}s` : ''}`;
  const hours = seconds / 3600;
  return hours < 48 ? `${round(hours)}h` : `${round(hours / 24)}d`;
}

/** Requests per second for a reader. */
export function formatRate(perSecond: number): string {
  return `${round(perSecond)}/s`;
}

/** Bytes for a reader, in powers of 1024. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${round(value)} ${units[unit]}`;
}

/** Cores as a Kubernetes quantity, rounded up to a millicore: `500m`, `1`, `2500m`. */
export function cpuQuantity(cores: number): string {
  const milli = Math.ceil(Number((cores * 1000).toFixed(6)));
  return milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`;
}

/** Bytes as a Kubernetes quantity, rounded up to a mebibyte: `512Mi`, `1Gi`. */
export function memoryQuantity(bytes: number): string {
  const mebi = Math.ceil(Number((bytes / 2 ** 20).toFixed(6)));
  return mebi % 1024 === 0 ? `${mebi / 1024}Gi` : `${mebi}Mi`;
}

/** A share of one as a percentage for a reader. */
export function formatPercent(share: number): string {
  return `${round(share * 100)}%`;
}

/** Three significant digits, without a trailing zero or an exponent. */
export function round(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}

/** A URL with its password, and any credential in its query, replaced by `***`. */
export function maskUrl(text: string): string {
  return text
    .replace(/^([a-z][a-z0-9+.-]*:\/\/[^/?#:@]*):[^/?#]*@/i, '$1:***@')
    .replace(/([?&](?:password|passwd|token|secret|api_?key|access_token|auth)=)[^&#]*/gi, '$1***');
}

/** Seconds in Go's notation, which k6 prints: `1h2m3.5s`, `1.5s`, `500µs`. */
export function goDuration(seconds: number): string {
  const sign = seconds < 0 ? '-' : '';
  const total = Math.round(Math.abs(seconds) * 1e9);
  if (total === 0) return '0s';
  if (total < 1e3) return `${sign}${total}ns`;
  if (total < 1e6) return `${sign}${total / 1e3}µs`;
  if (total < 1e9) return `${sign}${total / 1e6}ms`;
  const hours = Math.floor(total / 3.6e12);
  const minutes = Math.floor((total % 3.6e12) / 6e10);
  const rest = total % 6e10;
  const fraction = String(rest % 1e9)
    .padStart(9, '0')
    .replace(/0+$/, '');
  const text = `${Math.floor(rest / 1e9)}${fraction && '.'}${fraction}s`;
  if (hours > 0) return `${sign}${hours}h${minutes}m${text}`;
  return minutes > 0 ? `${sign}${minutes}m${text}` : `${sign}${text}`;
}
