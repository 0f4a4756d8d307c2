import type { ProbeResult } from '../planners/probe.ts';
import type { ProbeFinding } from '../planners/probe-findings.ts';
import { formatPercent, formatRate, formatSeconds, round } from '../units.ts';
import { counted } from './resource-words.ts';

/** What the probe found, in a sentence. */
export function probeAnswer({ usl, capacity, findings }: ProbeResult): string {
  const peak = usl?.peak;
  if (peak) {
    const { low, high } = peak.ci.concurrency;
    return `Throughput peaks at ${formatRate(peak.throughput)} with about ${counted(Math.round(peak.concurrency), 'connection')} (95%: ${round(Math.floor(low))} to ${round(Math.ceil(high))}); with more it falls.`;
  }
  if (capacity !== null) {
    return `Capacity: ${formatRate(capacity.throughput)}, reached with ${counted(capacity.concurrency, 'connection')}. No peak found in what was measured.`;
  }
  const rising = findings.find(({ code }) => code === 'NOT_SATURATED');
  if (rising?.code === 'NOT_SATURATED') {
    const { concurrency, throughput } = rising.args;
    return `Not saturated: ${formatRate(throughput)} with ${counted(concurrency, 'connection')}, and still rising. No peak found in what was measured.`;
  }
  return 'Capacity unknown: nothing was measured that tells it.';
}

/** A finding in words: what it says, what follows from it, what can be done. */
export function describeProbeFinding(finding: ProbeFinding): string {
  const { code, args } = finding;
  switch (code) {
    case 'GENERATOR_LIMITED':
      return `The load generator was the limit, not the target: busy ${formatPercent(args.busy)} of the time with ${connections(args.concurrencies)}. Those steps are not used. Probe with fewer connections, or from a larger or another machine.`;
    case 'INCOMPLETE':
      return `Ended early: ${round(args.done)} of ${round(args.of)} steps were measured.`;
    case 'REQUESTS_FAILED':
      return `${formatPercent(args.share)} of the requests failed: ${counted(args.errors, 'error')}, ${counted(args.timeouts, 'timeout')}${args.reason === null ? '' : `, mostly ${args.reason}`}. They are not throughput, and in the percentiles each counts as ${formatSeconds(args.timeout)}, the timeout.`;
    case 'NOT_SATURATED':
      return `With ${connections([args.concurrency])} throughput still grew by ${formatPercent(args.growth)} in a doubling. Add larger values to -c to find the limit.`;
    case 'TOO_FEW_LEVELS':
      return `The universal scalability law needs ${round(args.needed)} different numbers of connections, from one to well past saturation; this was ${round(args.levels)}. Add values to -c.`;
    case 'NO_PEAK':
      return noPeak(args);
    case 'PEAK_BEYOND_TESTED':
      return `The peak at ${connections([args.concurrency])} is beyond the ${round(args.tested)} that were tested. Add larger values to -c to see throughput fall.`;
    case 'POOR_FIT':
      return `The universal scalability law explains only ${formatPercent(args.r2)} of the variation, as with a target that has a fixed number of workers: rely on the measured throughput, not on its parameters.`;
    case 'REPEATS_DIFFER':
      return `Repeats with ${connections(args.concurrencies)} differ by up to ${formatPercent(args.spread)}: something else used the machine, or the target changed. Longer --step or more --repeats help.`;
    case 'FEW_REQUESTS':
      return `With ${connections(args.concurrencies)} there were as few as ${counted(args.fewest, 'request')}: the percentiles there are the slowest of a few. A longer --step helps.`;
    default:
      return unknown(finding);
  }
}

function noPeak({ reason, concurrency, tested }: Extract<ProbeFinding, { code: 'NO_PEAK' }>['args']): string {
  switch (reason) {
    case 'uncertain':
      return 'No peak of the law: its interval of coherency includes zero, so throughput may level off and never fall.';
    case 'outside':
      return `No peak of the law: it would be ${concurrency === null ? '' : `at ${connections([concurrency])}, `}beyond the ${round(tested)} that were tested, and such a guess can be far off. Add larger values to -c.`;
    case 'flat':
      return `No peak of the law: it would fall after ${concurrency === null ? 'it' : `${round(concurrency)} connections`}, but what was measured does not.`;
  }
}

/** Reached only when a code was added and not here, which the compiler refuses. */
function unknown(finding: never): never {
  throw new TypeError(`no words for the finding ${JSON.stringify(finding)}`);
}

function connections(numbers: readonly number[]): string {
  const last = counted(numbers.at(-1) ?? 0, 'connection');
  return numbers.length < 2 ? last : `${numbers.slice(0, -1).map(round).join(', ')} and ${last}`;
}
