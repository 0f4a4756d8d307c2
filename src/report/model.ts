import type { LatencyFit, Prediction } from '../models/latency/choose.ts';
import type { Model } from '../planners/model/model.ts';
import type { Resource } from '../planners/types.ts';
import { formatSeconds, round } from '../units.ts';
import { CURVE, drawChart, POINT } from './chart.ts';
import { describeFindings } from './findings.ts';
import { hang } from './hang.ts';
import { BOLD, CYAN, type Paint, painter } from './k6-layout.ts';
import {
  breakRows,
  latencyRows,
  memoryLine,
  missingLatency,
  modelAnswer,
  variabilityLine,
  walLine,
} from './model-words.ts';
import { demandLines } from './resource-rows.ts';
import { atOnce, capital, counted, resourceNames, withInterval } from './resource-words.ts';
import { DIM, severityLines } from './severity.ts';

const NARROWEST = 60;
const WIDEST = 120;
const LABEL = 13;
const CHART_LINES = 6;

type Shown = {
  readonly color: boolean;
  readonly width?: number;
  /** What a fitted latency is at a utilisation. */
  readonly predict: (fit: LatencyFit, utilisation: number) => Prediction;
};

/** What runs tell of the service, for a person: what breaks, charts, costs, latency, and what to beware of. */
export function renderModel(model: Model, { color, width: columns = 100, predict }: Shown): string {
  const paint = painter(color);
  const width = Math.min(WIDEST, Math.max(NARROWEST, columns - 1));
  const parts = [
    paint(BOLD, hang(modelAnswer(model), 0, width)),
    grid(breakRows(model), paint),
    charts(model, paint, width),
    demand(model, paint),
    grid(latencyRows(model, predict), paint),
    [missingLatency(model), variabilityLine(model), memoryLine(model), walLine(model)]
      .flatMap((line) => (line === undefined ? [] : [labelled(line, paint, width)]))
      .join('\n'),
    severityLines(describeFindings(model.findings), { label: LABEL, width, paint }),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function labelled({ label, text }: { label: string; text: string }, paint: Paint, width: number): string {
  return paint(BOLD, label.padEnd(LABEL)) + hang(text, LABEL, width);
}

/** Columns as wide as their widest cell; the first row is the heading. A cell of several lines makes as many. */
function grid(rows: readonly (readonly string[])[], paint: Paint): string {
  if (rows.length < 2) return '';
  const lines = rows.flatMap((row) => {
    const cells = row.map((cell) => cell.split('\n'));
    const height = Math.max(...cells.map((cell) => cell.length));
    return Array.from({ length: height }, (_, i) => cells.map((cell) => cell[i] ?? ''));
  });
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => (line[column] ?? '').length)),
  );
  return lines
    .map((line, i) => {
      const text = line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
      return i === 0 ? paint(DIM, text.trimEnd()) : text.trimEnd();
    })
    .join('\n');
}

type Series = {
  readonly title: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly curve?: (x: number) => number;
  readonly label: (y: number) => string;
};

/** Of the first run, over its seconds. */
function charts({ timeline, cpu, runs }: Model, paint: Paint, width: number): string {
  const which = runs.length > 1 ? ` of run ${runs[0]?.id.slice(0, 8)}` : '';
  const series: Series[] = [
    {
      title: `Requests per second${which}`,
      points: timeline.map(({ t, rate }) => ({ x: t, y: rate })),
      label: round,
    },
    {
      title: `p99 of all requests${which}`,
      points: timeline.flatMap(({ t, p99 }) => (p99 === null ? [] : [{ x: t, y: p99 }])),
      label: formatSeconds,
    },
    {
      title: `Service CPU in cores${which}`,
      points: cpu.map(({ to, used }) => ({ x: to, y: used })),
      curve: (x) => (cpu.find(({ to }) => to >= x) ?? cpu.at(-1))?.fitted ?? 0,
      label: round,
    },
  ];
  return series
    .filter(({ points }) => points.length > 1)
    .map(({ title, points, curve, label }) => {
      const legend = curve === undefined ? '' : `   ${paint(DIM, `${POINT} used   ${CURVE} as fitted`)}`;
      const shape = { mark: undefined, axis: 'linear' as const, width, height: CHART_LINES };
      const lines = drawChart({ ...shape, points, curve, label });
      return [title + legend, ...lines.map((line) => line.replaceAll(POINT, paint(CYAN, POINT)))].join('\n');
    })
    .join('\n\n');
}

function demand(model: Model, paint: Paint): string {
  const rows = (Object.keys(resourceNames) as Resource[]).flatMap((resource) => {
    const fit = model.fits[resource];
    const lines = demandLines(model, resource);
    if (fit === undefined || lines.length === 0) return [];
    const weighed = fit.downWeighted === 0 ? '' : `, ${counted(fit.downWeighted, 'outlier')}`;
    const quality = `R² ${fit.r2.toFixed(2)}, ${fit.intervals} intervals${weighed}`;
    const without = withInterval(fit.background, atOnce[resource]);
    return [[capital(resourceNames[resource]), lines.join('\n'), without, quality]];
  });
  return grid([['Resource', 'One request uses (95%)', 'Without load', 'Fit'], ...rows], paint);
}
