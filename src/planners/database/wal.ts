import { type DemandFit, fitDemand } from '../../models/demand.ts';
import { type HotPages, imagesPerTransaction, transactionsUntil } from '../../models/full-page.ts';
import { seriesOf } from '../../models/series.ts';
import type { Run } from '../../run.ts';
import type { Finding } from '../findings.ts';
import type { Fitted } from '../fits.ts';
import { countsOf, databaseSamples, metersOf, readings, type Window, windowsOf } from '../meters.ts';
import type { WalPlan } from '../types.ts';
import { checkpoints, hotPagesIn, wholeCycles } from './hot-pages.ts';

/**
 * WAL of a request by the rule of the checkpoint cycle. A request writes its own bytes and, for every page that it is
 * the first to change since a checkpoint, an image of the page: the same load reads several times dearer just after a
 * checkpoint. Where images were counted, the bytes are fitted on the requests and the images, and how many images a
 * whole cycle has follows from the pages that are hot. Where they were not, only whole cycles tell.
 */
export type Images = {
  /** Bytes of one. */
  bytes: number;
  /** Null when no run tells how many pages are hot. */
  hot: HotPages | null;
  /** Own bytes of a request of the class that writes most, and of each class as a share of that. */
  base: number;
  weights: Record<string, number>;
  settings: CheckpointSettings;
};

type CheckpointSettings = { timeout: number; triggerBytes: number };

/** Counted beside the requests of a window. */
type Counted = Window & { images: number };

/** Bytes of an image, 8 KiB without the hole in the page, where the readings do not tell: 6.5 to 8 KB were measured. */
const IMAGE_BYTES = 7400;
const BOUNDS = { least: 100, most: 8400 };
/** Seconds of a window: images are counted up to a second later than the bytes. */
const WINDOW = 2;
/** PostgreSQL's defaults, where the settings were not read: seconds, bytes, share of the interval. */
const DEFAULTS = { timeout: 300, maxWalSize: 2 ** 30, completionTarget: 0.9 };

export type WalFit = { fitted: Fitted; windows: Window[]; findings: Finding[] };

/** Undefined when fewer than `fewest` windows of `classes` can be used. Fits of other resources are no part of it. */
export function fitWal(
  runs: readonly Run[],
  all: readonly string[],
  fewest: (classes: readonly string[]) => number,
  seed: number,
): WalFit | undefined {
  const counted = runs.map((run) => countImages(run, all));
  const plain = runs.map((run) => plainWindows(run, all));
  const cycles = runs.map(wholeCycles);
  // Whole cycles of one run are better than parts of them in the others.
  const whole = plain.map((own, i) =>
    own.filter(({ from, to }) => from >= (cycles[i]?.from ?? to) && to <= (cycles[i]?.to ?? from)),
  );
  const enough = (windows: readonly Window[]) =>
    windows.length > 0 && windows.length >= fewest(presentIn(windows, all));
  const images = counted.flatMap((own) => own ?? []);
  const withImages = counted.every((own) => own !== undefined) && enough(images);
  const windows = withImages ? images : enough(whole.flat()) ? whole.flat() : plain.flat();
  const classes = presentIn(windows, all);
  const present = all.map((name) => classes.includes(name));
  if (classes.length === 0 || !enough(windows)) return undefined;
  const narrowed = windows.map((each) => ({ ...each, counts: each.counts.filter((_, k) => present[k]) }));
  const seconds = narrowed.reduce((total, { from, to }) => total + to - from, 0);
  const fitted: Fitted = {
    resource: 'walBytes',
    classes,
    seconds,
    ...fitWindows(narrowed, seed, withImages),
  };
  if (fitted.images) fitted.images = withHotPages(fitted.images, fitted, narrowed, runs);
  const findings = runs.flatMap((run, i) => coverage(run, cycles[i] !== undefined, fitted.images));
  return { fitted, windows: narrowed, findings };
}

/** The classes that had requests in the windows, whose counts are those of `all`. */
function presentIn(windows: readonly Window[], all: readonly string[]): string[] {
  return all.filter((_, k) => windows.some(({ counts }) => (counts[k] ?? 0) > 0));
}

function plainWindows(run: Run, classes: readonly string[], least?: number): Counted[] {
  const meter = metersOf(run).find(({ resource }) => resource === 'walBytes');
  if (meter === undefined) return [];
  return windowsOf(run, meter, classes, { least }).map((window) => ({ ...window, images: 0 }));
}

/** The windows with the images counted in them; undefined when the run has no count of them. */
function countImages(run: Run, classes: readonly string[]): Counted[] | undefined {
  const points = readings(databaseSamples(run), ['wal_fpi']);
  if (points.length === 0) return undefined;
  const series = seriesOf(points, 'counter');
  return plainWindows(run, classes, WINDOW).flatMap((window) => {
    const images = series.increase(window.from, window.to);
    return images === undefined ? [] : [{ ...window, images }];
  });
}

/** The fit of what requests write themselves, with the bytes of an image where images were counted. */
function fitWindows(
  windows: readonly (Window & { images?: number })[],
  seed: number,
  withImages: boolean,
): { fit: DemandFit; images?: Images } {
  const options = { seed, robust: false };
  if (!withImages) return { fit: fitDemand(windows, options) };
  const imagesIn = (window: { images?: number }) => window.images ?? 0;
  const classes = windows[0]?.counts.length ?? 0;
  const images = { hot: null, base: 0, weights: {}, settings: settingsFrom([]) };
  if (windows.some((window) => imagesIn(window) > 0) && windows.length >= classes + 4) {
    const full = fitDemand(
      windows.map((window) => ({ ...window, counts: [...window.counts, imagesIn(window)] })),
      options,
    );
    const bytes = full.demands[classes]?.value ?? 0;
    const alone = full.groups.some((group) => group.length === 1 && group[0] === classes);
    if (alone && bytes >= BOUNDS.least && bytes <= BOUNDS.most) {
      return { fit: withoutLast(full, classes), images: { ...images, bytes } };
    }
  }
  const own = windows.map((window) => ({
    ...window,
    used: Math.max(0, window.used - IMAGE_BYTES * imagesIn(window)),
  }));
  return { fit: fitDemand(own, options), images: { ...images, bytes: IMAGE_BYTES } };
}

function withoutLast(full: DemandFit, classes: number): DemandFit {
  return {
    ...full,
    demands: full.demands.slice(0, classes),
    groups: full.groups.filter((group) => !group.includes(classes)),
    replicates: full.replicates.map((replicate) => replicate.slice(0, classes + 1)),
  };
}

function withHotPages(
  images: Images,
  { classes, fit }: Fitted,
  windows: readonly (Window & { images?: number })[],
  runs: readonly Run[],
): Images {
  const own = fit.demands.map(({ value }) => value);
  const base = Math.max(...own);
  const weights = own.map((value) => (base === 0 ? 0 : value / base));
  const known = {
    ...images,
    base,
    weights: Object.fromEntries(classes.map((name, k) => [name, weights[k] as number])),
    settings: settingsFrom(runs),
  };
  if (base === 0) return known;
  const candidates = runs.flatMap((run) => {
    const done = countsOf(run, classes);
    const transactions = (from: number, to: number) =>
      done.reduce((sum, count, k) => sum + (count.increase(from, to) ?? 0) * (weights[k] as number), 0);
    const seen = windows
      .filter((window) => window.run === run.header.id)
      .map(({ from, to, images: count = 0 }) => ({
        ...{ from, to, images: count },
        transactions: transactions(from, to),
      }));
    return hotPagesIn(run, seen, known, transactions);
  });
  const best = candidates.toSorted((a, b) => b.transactions - a.transactions)[0];
  return { ...known, hot: best?.hot ?? null };
}

function settingsFrom(runs: readonly Run[]): CheckpointSettings {
  const last = (name: string) => runs.flatMap((run) => readings(databaseSamples(run), [name])).at(-1)?.value;
  const size = last('max_wal_size_bytes') ?? DEFAULTS.maxWalSize;
  const target = last('checkpoint_completion_target') ?? DEFAULTS.completionTarget;
  return {
    timeout: last('checkpoint_timeout_seconds') ?? DEFAULTS.timeout,
    // The log of one cycle and of the part of the next in which the checkpoint is still being written must fit.
    triggerBytes: size / (1 + target),
  };
}

/** What the run does not tell: of the log when nothing knows the images of a cycle, and of the disk's writes. */
function coverage(run: Run, whole: boolean, images: Images | undefined): Finding[] {
  const samples = databaseSamples(run).filter(({ values }) => values.checkpoints !== undefined);
  if (whole || samples.length === 0) return [];
  const seconds = (samples.at(-1)?.t ?? 0) - (samples[0]?.t ?? 0);
  const args = { run: run.header.id, checkpoints: checkpoints(run).length, seconds };
  if (images?.hot) return [{ code: 'CHECKPOINT_WRITES_NOT_COVERED', severity: 'warning', args }];
  const counted = images !== undefined;
  return [{ code: 'CHECKPOINT_CYCLE_NOT_COVERED', severity: 'warning', args: { ...args, counted } }];
}

/** The fit with the images that a request of `mix` writes on average over a cycle at `rate` requests per second. */
export function walAt(
  fitted: Fitted,
  rate: number,
  mix: Readonly<Record<string, number>>,
): { fitted: Fitted; wal: WalPlan | null } {
  const { images } = fitted;
  if (!images?.hot || images.base === 0) return { fitted, wal: null };
  const { hot, base, bytes, weights, settings } = images;
  const share = Object.entries(mix).reduce((sum, [name, part]) => sum + part * (weights[name] ?? 0), 0);
  const perSecond = rate * share;
  if (perSecond === 0) return { fitted, wal: null };
  const untilFull = transactionsUntil(settings.triggerBytes, base, bytes, hot);
  const transactions = Math.min(settings.timeout * perSecond, untilFull);
  const perTransaction = imagesPerTransaction(transactions, hot);
  const factor = 1 + (bytes * perTransaction) / base;
  const { fit } = fitted;
  const scaled = {
    ...fit,
    demands: fit.demands.map(({ value, low, high }) => ({
      value: value * factor,
      low: low * factor,
      high: high * factor,
    })),
    replicates: fit.replicates.map(([background = 0, ...own]) => [background, ...own.map((d) => d * factor)]),
  };
  const wal: WalPlan = {
    rate,
    checkpointInterval: transactions / perSecond,
    by: transactions === untilFull ? 'size' : 'time',
    imageBytes: bytes,
    hotPages: hot.pages,
    imagesPerRequest: perTransaction * share,
    steadyBytesPerRequest: base * share,
    bytesPerRequest: base * share * factor,
  };
  return { fitted: { ...fitted, fit: scaled }, wal };
}
