import { type DemandFit, fitDemand } from '../models/demand.ts';
import {
  fitHotPages,
  type HotPages,
  hotPagesFor,
  type ImageCount,
  imagesPerTransaction,
  transactionsSince,
  transactionsUntil,
} from '../models/full-page.ts';
import { seriesOf } from '../models/series.ts';
import type { Run } from '../run.ts';
import type { Finding } from './findings.ts';
import type { Fitted } from './fits.ts';
import { countsOf, databaseSamples, metersOf, readings, type Window, windowsOf } from './meters.ts';
import type { WalPlan } from './types.ts';

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
  const withImages = counted.every((windows) => windows !== undefined);
  const cycles = runs.map(wholeCycles);
  const windows = withImages
    ? counted.flatMap((own) => own ?? [])
    : runs.flatMap((run, i) => {
        const own = plainWindows(run, all);
        // Whole cycles of one run are better than parts of them in the others.
        if (cycles.every((cycle) => cycle === undefined)) return own;
        const cycle = cycles[i];
        return own.filter(({ from, to }) => cycle && from >= cycle.from && to <= cycle.to);
      });
  const present = all.map((_, k) => windows.some(({ counts }) => (counts[k] ?? 0) > 0));
  const classes = all.filter((_, k) => present[k]);
  if (classes.length === 0 || windows.length < fewest(classes)) return undefined;
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

type Seen = ImageCount & { from: number; to: number };

/** The hot pages that each stretch of the run from a checkpoint on tells, with the transactions that it rests on. */
function hotPagesIn(
  run: Run,
  seen: readonly Seen[],
  { base, bytes }: Images,
  transactionsIn: (from: number, to: number) => number,
): { hot: HotPages; transactions: number }[] {
  const sum = (own: readonly Seen[]) => own.reduce((total, { transactions }) => total + transactions, 0);
  const begun = checkpoints(run);
  const stretches = begun.map(({ before, at }, i) => {
    const to = begun[i + 1]?.before;
    const own = seen.filter((each) => each.from >= at && (to === undefined || each.to <= to));
    // It began at some time between the two readings, and the first window begins later still.
    const since = own[0] ? transactionsIn((before + at) / 2, own[0].from) : 0;
    return { own, hot: fitHotPages(own, since) ?? (to === undefined ? undefined : averaged(own)) };
  });
  const first = seen.filter((each) => begun[0] === undefined || each.to <= begun[0].before);
  stretches.push({ own: first, hot: hotPagesFromStart(run, first, { base, bytes }) });
  return stretches.flatMap(({ own, hot }) => (hot ? [{ hot, transactions: sum(own) }] : []));
}

/** From the start of the run to its first checkpoint, where the log since the checkpoint before it was read. */
function hotPagesFromStart(
  run: Run,
  seen: readonly Seen[],
  { base, bytes }: Pick<Images, 'base' | 'bytes'>,
): HotPages | undefined {
  const since = readings(databaseSamples(run), ['wal_bytes_since_checkpoint']);
  const from = seen[0]?.from;
  const reading = since.find(({ t }) => from !== undefined && t >= from);
  const untouched = reading && fitHotPages(seen);
  if (reading === undefined || untouched === undefined) return undefined;
  const k = untouched.touches / untouched.pages;
  const before = transactionsSince(reading.value, base, bytes, { k, untouched: untouched.pages });
  return fitHotPages(seen, before);
}

/** The pages that give as many images as a whole cycle had, where how they became fewer does not show. */
function averaged(seen: readonly Seen[]): HotPages | undefined {
  const transactions = seen.reduce((sum, each) => sum + each.transactions, 0);
  const images = seen.reduce((sum, each) => sum + each.images, 0);
  if (!(transactions > 0 && images > 0)) return undefined;
  // A transaction touches a page at least, and more when it has more images than that.
  const touches = Math.max(1, (2 * images) / transactions);
  return { pages: hotPagesFor(images, transactions, touches), touches };
}

/** The checkpoints that began during the run: the time of the reading that first showed each, and of that before it. */
function checkpoints(run: Run): { before: number; at: number }[] {
  const points = readings(databaseSamples(run), ['checkpoints']);
  return points.slice(1).flatMap(({ t, value }, i) => {
    const last = points[i];
    return last !== undefined && value > last.value ? [{ before: last.t, at: t }] : [];
  });
}

/** From the first to the last checkpoint that began during the run; undefined for fewer than two. */
function wholeCycles(run: Run): { from: number; to: number } | undefined {
  const begun = checkpoints(run);
  const [from, to] = [begun[0]?.before, begun.at(-1)?.before];
  return from === undefined || to === undefined || from === to ? undefined : { from, to };
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
