import { FxscaleError } from './errors.ts';
import { type PresetName, preset, presetNames } from './models/traffic/profile.ts';
import type { Traffic } from './models/traffic/traffic.ts';
import { readRecordedTraffic } from './recorded-traffic.ts';
import { readTrafficFile } from './traffic-files.ts';

/** Traffic with the name to show of it, without credentials. */
export type TrafficSource = { name: string; base: Traffic['base'] };

/**
 * The traffic that `name` stands for: a preset, with a mean of one; a range query at Prometheus, until `now`, seconds
 * since 1970, where it does not say otherwise; or a file of a recorded rate. Throws USAGE, FILE and UNREACHABLE.
 */
export async function readTraffic(
  name: string,
  now: number,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<TrafficSource> {
  if ((presetNames as readonly string[]).includes(name))
    return { name, base: { profile: preset(name as PresetName), mean: 1 } };
  if (/^prometheus\+https?:/i.test(name)) {
    const { name: shown, history } = await readRecordedTraffic(name, now, environment);
    return { name: shown, base: { history } };
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(name))
    throw new FxscaleError(
      'USAGE',
      'traffic is read by URL from Prometheus only: write prometheus+http://host:9090/?query=PROMQL, or with https',
    );
  return { name, base: { history: await readTrafficFile(name) } };
}
