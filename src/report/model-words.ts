import type { LatencyFit, Prediction } from '../models/latency/choose.ts';
import type { BreakOfSlo, Model } from '../planners/model/model.ts';
import { formatBytes, formatPercent, formatRate, formatSeconds, round } from '../units.ts';
import { withInterval } from './resource-words.ts';

/** The words of a model; figures with the 95 % interval behind them. */

type Line = { label: string; text: string };

const described = ({ slo, class: name }: BreakOfSlo) =>
  `p${round(slo.quantile * 100)} of ${name} ≤ ${formatSeconds(slo.seconds)}`;

/** The first thing to know: which target breaks first. */
export function modelAnswer({ slos, observed }: Model): string {
  const tested = `Tested up to ${formatRate(observed.testedRate)}.`;
  const broke = slos
    .flatMap((each) => (each.measured?.kind === 'broke' ? [{ each, rate: each.measured.rate }] : []))
    .toSorted((a, b) => a.rate - b.rate)[0];
  const never = slos.find(({ measured }) => measured?.kind === 'never');
  if (never) return `${described(never)} was missed at every rate. ${tested}`;
  if (broke)
    return `First to break: ${described(broke.each)}, at ${formatRate(broke.rate)} in all. ${tested}`;
  if (slos.length > 0) return `Every target was kept. ${tested}`;
  return `${tested} No target was stated: --slo p99=250ms tells where it breaks.`;
}

/** Where every target breaks: by the run, and by the models. */
export function breakRows({ slos }: Model): string[][] {
  return [
    ['Target', 'Broke at', 'By the model'],
    ...slos.map((each) => [described(each), measured(each), modelled(each)]),
  ];
}

function measured({ measured: found }: BreakOfSlo): string {
  if (found === null) return 'too few requests';
  if (found.kind !== 'broke')
    return found.kind === 'held'
      ? `kept up to ${formatRate(found.rate)}`
      : `missed from ${formatRate(found.rate)} on`;
  const { rate, low, high } = found;
  if (high === null) return `${formatRate(rate)} (${round(low)} or more)`;
  return withInterval({ value: rate, low, high }, formatRate);
}

function modelled({ modelled: figure }: BreakOfSlo): string {
  return figure === null ? '' : withInterval(figure, formatRate);
}

/** Utilisations at which people ask what a latency will be. */
const ASKED = [0.5, 0.7, 0.85];

/** An interval wider than this either way is no figure. */
const VAGUE = 5;

function prediction(figure: Prediction): string {
  return figure.high > VAGUE * figure.value ? 'not known' : withInterval(figure, formatSeconds);
}

const models: Record<LatencyFit['model'], string> = {
  'processor-sharing': 'processor sharing',
  mmc: 'M/M/c',
  mg1: 'M/G/1',
  'allen-cunneen': 'Allen-Cunneen',
  throttled: 'CPU quota',
  empirical: 'none of them: as measured',
};

/** Latency by utilisation: the model that foretold best, how far it was off, and what it says at some utilisations. */
export function latencyRows(
  { latency }: Model,
  predict: (fit: LatencyFit, utilisation: number) => Prediction,
): string[][] {
  const heads = ASKED.map((utilisation) => `at ${formatPercent(utilisation)}`);
  return [
    ['Latency', 'Model', 'Off by', 'Seen at', ...heads],
    ...latency.flatMap(({ class: name, quantile, fit }) => {
      if (fit === null) return [];
      const seen = `${formatPercent(fit.from)} to ${formatPercent(fit.to)}`;
      const asked = ASKED.map((utilisation) => prediction(predict(fit, utilisation)));
      return [
        [`${name} p${round(quantile * 100)}`, models[fit.model], formatPercent(fit.error), seen, ...asked],
      ];
    }),
  ];
}

/** What is not in the table of latencies, and why. */
export function missingLatency({ latency }: Model): Line | undefined {
  const of = (reason: 'few' | 'narrow') =>
    latency
      .filter(({ missing }) => missing === reason)
      .map((each) => `${each.class} p${round(each.quantile * 100)}`);
  const parts = [
    { names: of('narrow'), why: 'the load hardly varied' },
    { names: of('few'), why: 'too few requests at too few loads' },
  ].flatMap(({ names, why }) => (names.length === 0 ? [] : [`${names.join(', ')} (${why})`]));
  if (latency.length === 0) {
    const text = 'not known by utilisation: the CPU of the service, or its limit, was not collected';
    return { label: 'Latency', text };
  }
  return parts.length === 0 ? undefined : { label: 'Not known', text: `latency of ${parts.join(', ')}` };
}

/** The squared coefficient of variation of the service time: 0 for a constant, 1 for an exponential one. */
export function variabilityLine({ variability }: Model): Line | undefined {
  const known = Object.entries(variability).flatMap(([name, found]) =>
    found === null ? [] : [`${name} ${round(found.variability)}`],
  );
  if (known.length === 0) return undefined;
  const text = `${known.join(', ')} (squared coefficient of variation at low load; an exponential one has 1)`;
  return { label: 'Service time', text };
}

export function memoryLine({ memory }: Model): Line | undefined {
  if (memory === null) return undefined;
  const { base, perConnection, perRequest, leak, peak } = memory;
  const parts = [
    `${formatBytes(base)} a replica`,
    ...(perConnection === null ? [] : [`${formatBytes(perConnection)} a connection`]),
    ...(perRequest === null ? [] : [`${formatBytes(perRequest)} a request in flight`]),
    ...(leak === null ? [] : [`${formatBytes(leak * 3600)} lost an hour`]),
    `at most ${formatBytes(peak)} seen`,
  ];
  return { label: 'Memory', text: parts.join(', ') };
}

export function walLine({ wal }: Model): Line | undefined {
  if (wal === null) return undefined;
  const { rate, bytesPerRequest, steadyBytesPerRequest, checkpointInterval, imagesPerRequest, imageBytes } =
    wal;
  return {
    label: 'WAL',
    text:
      `${formatBytes(bytesPerRequest)} a request at ${formatRate(rate)}, with a checkpoint every ` +
      `${formatSeconds(checkpointInterval)}: ${formatBytes(steadyBytesPerRequest)} of its own and ` +
      `${round(imagesPerRequest)} images of ${formatBytes(imageBytes)}`,
  };
}
