import type { HpaFinding } from '../models/hpa/lint.ts';
import type { MetricSpec, ScalingRules } from '../models/hpa/spec.ts';
import type { Slo } from '../models/world/replica.ts';
import type { Candidate, Score } from '../planners/autoscaling/tune.ts';
import { formatPercent, formatSeconds, round } from '../units.ts';
import { hang } from './hang.ts';
import { unwise } from './hpa-findings.ts';
import { BOLD, painter } from './k6-layout.ts';
import { counted } from './resource-words.ts';
import { sloText } from './simulation.ts';
import { causesText, minutes, moment } from './simulation-words.ts';

/** A score, and what is unwise in its HPA. */
export type LintedScore = Score & { findings: readonly HpaFinding[] };

export type TunedReport = {
  /** The frontier, the cheapest first, and what was given by name. */
  points: LintedScore[];
  frontier: LintedScore[];
  chosen: LintedScore | undefined;
  tried: number;
  interrupted: boolean;
  slo: Slo;
  /** Seconds that the SLO may be broken, of `time`. */
  budget: number;
  time: number;
  seeds: number;
  /** Of the hours of a pod; null without a price. */
  podHourPrice: number | null;
  /** The chosen one's manifest, YAML. */
  manifest: string;
};

/** The best HPA, the points it was chosen from, and why. */
export function renderTuned(
  report: TunedReport,
  { color, width: columns = 80 }: { color: boolean; width?: number },
): string {
  const paint = painter(color);
  const width = Math.min(120, Math.max(60, columns - 1));
  const { chosen, tried, interrupted } = report;
  const parts = [
    ...(interrupted ? [hang('Interrupted: the best so far.', 0, width)] : []),
    paint(BOLD, hang(answer(report), 0, width)),
    table(report),
    ...(chosen === undefined
      ? []
      : [
          hang(why(report, chosen), 0, width),
          floorsText(chosen.candidate, width),
          report.manifest.trimEnd(),
        ]),
    unwise(lintedOf(report), width),
    hang(
      `${tried.toLocaleString('en-US')} HPAs were tried in the hardest half day, the best of them over the whole time, the best of those with ${report.seeds} seeds of the arrivals, and then what is near the one that won.`,
      0,
      width,
    ),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** The chosen one, and those with a name. */
function lintedOf({ points, chosen }: TunedReport): { name: string; findings: readonly HpaFinding[] }[] {
  const given = points.filter(({ candidate }) => candidate.named !== null);
  const others = chosen === undefined || given.includes(chosen) ? given : [chosen, ...given];
  return others.map(({ candidate, findings }) => ({ name: candidate.named ?? 'the chosen one', findings }));
}

function answer({ chosen, budget, slo, time }: TunedReport): string {
  if (chosen === undefined) return 'No HPA was tried for long enough to be judged.';
  const keeps = chosen.violated <= budget;
  const broken = `${minutes(chosen.violated)} of ${minutes(time)} outside ${sloText(slo)}`;
  return keeps
    ? `The cheapest HPA within the budget: ${round(chosen.podHours)} pod-hours, ${broken}; the budget is ${minutes(budget)}.`
    : `No HPA keeps to the budget of ${minutes(budget)}; the best: ${broken}, ${round(chosen.podHours)} pod-hours.`;
}

function table({ points, frontier, chosen, podHourPrice }: TunedReport): string {
  const rows = points.map((score) => [
    score === chosen ? '>' : frontier.includes(score) ? '' : '-',
    round(score.podHours),
    ...(podHourPrice === null ? [] : [(score.podHours * podHourPrice).toFixed(2)]),
    minutes(score.violated),
    describeHpa(score.candidate),
  ]);
  const head = ['', 'pod-hours', ...(podHourPrice === null ? [] : ['cost']), 'outside', 'HPA'];
  const all = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...all.map((row) => (row[i] ?? '').length)));
  return all
    .map((row) =>
      row
        .map((cell, i) =>
          i === 0 || i === row.length - 1 ? cell.padEnd(i === 0 ? 1 : 0) : cell.padStart(widths[i] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `cpu 45%, 3 to 24, up 0s 300%/15s, down 5m 10%/60s, floor 18`. */
export function describeHpa({ hpa, floors, named }: Candidate): string {
  const { minReplicas, maxReplicas, metrics, behavior } = hpa;
  const highest = Math.max(0, ...floors.map(({ replicas }) => replicas));
  return [
    ...(named === null ? [] : [`${named}:`]),
    `${metrics.map(metricText).join(' + ')},`,
    `${minReplicas} to ${maxReplicas}${behavior === undefined ? '' : ','}`,
    ...(behavior === undefined
      ? []
      : [`up ${rulesText(behavior.scaleUp)}, down ${rulesText(behavior.scaleDown)}`]),
    ...(highest > 0 ? [`, floor ${highest} around events`] : []),
  ]
    .join(' ')
    .replace(' ,', ',');
}

function metricText({ name, target }: MetricSpec): string {
  if (target.type === 'Utilization') return `${name} ${target.averageUtilization}%`;
  return `${name} ${round((target.type === 'Value' ? target.value : target.averageValue) / 1000)}`;
}

function rulesText({ stabilizationWindowSeconds: window, selectPolicy, policies }: ScalingRules): string {
  if (selectPolicy === 'Disabled') return 'never';
  const each = policies.map(
    ({ type, value, periodSeconds }) => `${value}${type === 'Percent' ? '%' : ''}/${periodSeconds}s`,
  );
  return `${window === undefined ? '' : `${formatSeconds(window)} `}${each.join('|')}`;
}

function why({ frontier, points, budget }: TunedReport, chosen: Score): string {
  const cheaper = frontier.filter(({ podHours }) => podHours < chosen.podHours).at(-1);
  const sentences: string[] = [];
  if (cheaper !== undefined && cheaper.violated > budget)
    sentences.push(
      `The next cheaper point saves ${saved(cheaper, chosen)} of the pod-hours and is ${minutes(cheaper.violated)} outside: ${causesText(cheaper.causes, 2)}.`,
    );
  for (const given of points.filter(
    ({ candidate }) => candidate.named !== null && candidate !== chosen.candidate,
  )) {
    const hours =
      chosen.podHours < given.podHours
        ? `${saved(chosen, given)} fewer`
        : `${saved(given, chosen, chosen)} more`;
    const reasons = given.violated > 0 ? `, mostly because ${causesText(given.causes, 2)}` : '';
    sentences.push(
      `Against ${given.candidate.named}, which is ${minutes(given.violated)} outside${reasons}, it takes ${hours} pod-hours${bothAxes(given, chosen, frontier)}.`,
    );
  }
  if (chosen.violated > 0) sentences.push(`What is left: ${causesText(chosen.causes, 3)}.`);
  return sentences.join(' ');
}

/** Whether the chosen one, or else which point of the frontier, is better than `given` on both axes. */
function bothAxes(given: Score, chosen: Score, frontier: readonly Score[]): string {
  const better = ({ violated, podHours }: Score) => violated < given.violated && podHours < given.podHours;
  if (better(chosen)) return ': better on both axes';
  const other = frontier.findLast(better);
  if (other === undefined) return '';
  return `; better on both axes is ${describeHpa(other.candidate)}, with ${round(other.podHours)} pod-hours and ${minutes(other.violated)} outside`;
}

/** By how much `a` is less than `b`, of `b` or of `a`'s counterpart. */
function saved(a: Score, b: Score, of: Score = b): string {
  const base = of === b ? b.podHours : a.podHours;
  return formatPercent(Math.abs(b.podHours - a.podHours) / base);
}

function floorsText({ floors }: Candidate, width: number): string {
  if (floors.length === 0) return '';
  return floors
    .map(({ from, to, replicas }) =>
      hang(
        `Raise minReplicas to ${replicas} from ${moment(from)} to ${moment(to)} UTC (a scheduled job, or a KEDA cron trigger).`,
        0,
        width,
      ),
    )
    .join('\n');
}

/** The same for programs. */
export function renderTunedJson({ points, frontier, chosen, ...rest }: TunedReport): string {
  const plain = (score: LintedScore) => ({
    ...score,
    onFrontier: frontier.includes(score),
    text: describeHpa(score.candidate),
  });
  const best = chosen === undefined ? null : plain(chosen);
  return `${JSON.stringify({ schema: 'fxscale.tune/1', ...rest, chosen: best, points: points.map(plain) })}\n`;
}

export function tuneBeginLine(candidates: number, threads: number): string {
  return `Trying ${counted(candidates, 'HPA')} on ${counted(threads, 'thread')}; Ctrl-C gives the best so far.\n`;
}

export function tuneProgressLine(
  { done, of, stage, best }: { done: number; of: number; stage: string; best: Score | undefined },
  width: number,
): string {
  const found =
    best === undefined
      ? ''
      : `; best so far ${round(best.podHours)} pod-hours, ${minutes(best.violated)} outside`;
  return `${stage}: ${done} of ${of} HPAs${found}`.slice(0, width);
}
