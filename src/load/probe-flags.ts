import { validateHeaderName, validateHeaderValue } from 'node:http';
import { FxscaleError } from '../errors.ts';
import { parseCount, parseDuration } from '../units.ts';
import type { ProbeRequest } from './autocannon.ts';

/** Values of the flags of `fxscale probe`. Every parser throws a USAGE error that says what would be right. */

/** Sockets that one machine can hold open to one address, with room for its own. */
const MOST_CONNECTIONS = 20_000;
/** HEAD is not among them: autocannon waits for the body that its answer announces. */
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

function wrong(text: string, what: string, right: string): FxscaleError {
  return new FxscaleError('USAGE', `${JSON.stringify(text)} is not ${what}: ${right}`);
}

/** Concurrencies such as `1,2,4`, ascending, each once. */
export function parseLevels(text: string): number[] {
  const levels = [...new Set(text.split(',').map((each) => parseCount(each.trim())))].sort((a, b) => a - b);
  if ((levels.at(-1) ?? 0) > MOST_CONNECTIONS)
    throw wrong(text, 'a list of connections', `one machine can open ${MOST_CONNECTIONS} at most`);
  return levels;
}

/** A duration above zero, seconds. */
export function parseSeconds(text: string): number {
  const seconds = parseDuration(text);
  if (!(seconds > 0)) throw wrong(text, 'a time to measure', 'it must be above zero, for example 5s');
  return seconds;
}

/** A duration of a second or more, seconds. */
export function parseProbeTimeout(text: string): number {
  const seconds = parseDuration(text);
  if (seconds < 1) throw wrong(text, 'a timeout', 'write 1s or more');
  return seconds;
}

export function parseMethod(text: string): string {
  const method = text.toUpperCase();
  if (!methods.includes(method)) throw wrong(text, 'a method', `write one of ${methods.join(', ')}`);
  return method;
}

/** `Name: value`. */
export function parseHeader(text: string): [name: string, value: string] {
  const [, name = '', value = ''] = /^([^:]+):\s*(.*)$/s.exec(text) ?? [];
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  } catch (cause) {
    // The value may be a secret.
    const shown = name === '' ? 'the header' : `the header ${JSON.stringify(name)}`;
    throw new FxscaleError('USAGE', `${shown} is not one: write for example 'accept: application/json'`, {
      cause,
    });
  }
  return [name, value.trim()];
}

/** The request that the flags describe; with a body and no method it is a POST. */
export function requestOf(
  url: string,
  flags: { method?: string; body?: string; header: readonly [string, string][] },
): ProbeRequest {
  const { method, body, header } = flags;
  return {
    // What follows a # is never sent.
    url: url.replace(/#.*$/s, ''),
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: Object.fromEntries(header),
    ...(body === undefined ? {} : { body }),
  };
}
