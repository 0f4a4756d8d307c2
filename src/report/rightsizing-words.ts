import type { HpaAdvice, PairedTarget, Rightsizing, Strategy } from '../planners/rightsizing/types.ts';
import { formatBytes, formatPercent, round } from '../units.ts';
import { counted, list } from './resource-words.ts';
import { describeRightsizing, nameOfWorkload, quantityOf } from './rightsizing-findings.ts';

export const strategyNames: Readonly<Record<Strategy, string>> = {
  fxscale: 'fxscale',
  krr: 'KRR simple',
  'krr-limit': 'KRR simple-limit',
  vpa: 'VPA target',
};

/** Hours of a month, by which prices are told. */
const HOURS = 730;

/** What can be saved or has to be added, in a sentence; then the workload that is most in danger. */
export function rightsizingAnswer(report: Rightsizing): string[] {
  const { saving, requested, chosen, workloads, riskiest } = report;
  const cpu = partOf('CPU', saving.cores, requested.cores, LEAST_CORES, coreWords);
  const memory = partOf('memory', saving.bytes, requested.bytes, LEAST_BYTES, formatBytes);
  const what = `the requests of ${counted(workloads.length, 'workload')}`;
  const worst =
    riskiest === null
      ? 'No workload is in danger with what it has.'
      : `Riskiest: ${nameOfWorkload(riskiest)}. ${describeRightsizing(riskiest.finding)}`;
  const isAdvised = workloads.some((workload) => workload.saving !== null);
  const change = changeWords([...cpu, ...memory]);
  const first = isAdvised
    ? `By ${strategyNames[chosen]} ${what} ${change}${money(saving.perHour)}.`
    : `${strategyNames[chosen]} advises nothing for ${counted(workloads.length, 'workload')}: the history is too short.`;
  return [first, worst];
}

const LEAST_CORES = 0.0005;
const LEAST_BYTES = 2 ** 20;

type Part = { readonly verb: string; readonly text: string };

/** Nothing when it is too little to tell. */
function partOf(
  what: string,
  saved: number,
  of: number,
  least: number,
  format: (amount: number) => string,
): Part[] {
  const size = Math.abs(saved);
  if (size < least) return [];
  const share = of > 0 ? ` (${formatPercent(size / of)})` : '';
  return [{ verb: saved > 0 ? 'can fall' : 'must rise', text: `${format(size)}${share} of ${what}` }];
}

function changeWords([one, other]: readonly Part[]): string {
  if (one === undefined) return 'are right';
  const first = `${one.verb} by ${one.text}`;
  if (other === undefined) return first;
  return `${first} and ${one.verb === other.verb ? '' : `${other.verb} by `}${other.text}`;
}

function coreWords(cores: number): string {
  return counted(cores, 'core');
}

function money(perHour: number | null): string {
  if (perHour === null) return '';
  const month = round(Math.abs(perHour) * HOURS);
  return perHour >= 0 ? `, which saves ${month} a month` : `, which costs ${month} more a month`;
}

/** What a workload's change is worth, in a few words. */
export function savingWords({
  cores,
  bytes,
  perHour,
}: NonNullable<Rightsizing['workloads'][number]['saving']>): string {
  const part = (amount: number, least: number, text: string) =>
    Math.abs(amount) < least ? [] : [`${amount > 0 ? '-' : '+'}${text}`];
  const parts = [
    ...part(cores, LEAST_CORES, coreWords(Math.abs(cores))),
    ...part(bytes, LEAST_BYTES, formatBytes(Math.abs(bytes))),
  ];
  const price =
    perHour === null ? [] : [`${perHour >= 0 ? '-' : '+'}${round(Math.abs(perHour) * HOURS)} a month`];
  return parts.length === 0 ? 'no change' : [...parts, ...price].join(', ');
}

/** What happens to the HPA: the pairs that are moved, and its replicas over the history. */
export function hpaWords({ name, minReplicas, maxReplicas, scales, pairs, replicas }: HpaAdvice): string {
  const range = `HPA ${name}, ${minReplicas} to ${maxReplicas}`;
  if (scales.length === 0)
    return `${range}: it does not scale by CPU or memory, so that requests do not move it.`;
  if (pairs.length === 0) return `${range}: too little is known to move its target.`;
  const counts =
    replicas === null
      ? ''
      : ` Replicas over the history: ${mean(replicas.before)} as it is, ${mean(replicas.after)} as advised, the same ${formatPercent(replicas.same)} of the time; ${mean(replicas.alone)} if the requests alone were changed. Recorded: ${mean(replicas.recorded)}.`;
  return `${range}: ${pairs.map(pairWords).join('; ')}.${counts}`;
}

function mean({ mean: average, most }: { mean: number; most: number }): string {
  return `${round(average)} (most ${round(most)})`;
}

function pairWords({
  resource,
  type,
  requestNow,
  requestThen,
  targetNow,
  targetThen,
  heldNow,
  heldThen,
}: PairedTarget): string {
  const of = (amount: number | null) => quantityOf(resource, amount);
  const held = heldNow !== null && Math.abs(heldThen / heldNow - 1) < 0.01;
  if (type === 'average')
    return `${resource} ${of(targetThen)} a pod${held ? ' as now' : ` instead of ${of(targetNow)}`}, request ${of(requestNow)} -> ${of(requestThen)}`;
  const hold = held
    ? `which holds a pod at ${of(heldThen)} as now`
    : `which holds a pod at ${of(heldThen)}${heldNow === null ? '' : ` instead of ${of(heldNow)}`}`;
  return `${resource} ${targetNow}% of ${of(requestNow)} -> ${targetThen}% of ${of(requestThen)}, ${hold}`;
}

/** The strategies that are shown beside what there is now. */
export function shownStrategies(strategy: Rightsizing['inputs']['strategy']): Strategy[] {
  return strategy === 'all' ? (Object.keys(strategyNames) as Strategy[]) : [strategy];
}

/** Pods that are not sized. */
export function ignoredWords(ignored: Rightsizing['ignored']): string[] {
  if (ignored.length === 0) return [];
  const kinds = ignored.map(
    ({ kind, pods }) => `${counted(pods, 'pod')} of ${kind === 'none' ? 'no owner' : `kind ${kind}`}`,
  );
  return [`Not sized: ${list(kinds)}. Only Deployments, StatefulSets and DaemonSets are.`];
}

/** How far the reading is, in one line of at most `width` characters. */
export function rightsizingProgressLine(done: number, of: number, name: string, width: number): string {
  return `reading ${done + 1} of ${of}: ${name}`.slice(0, width);
}
