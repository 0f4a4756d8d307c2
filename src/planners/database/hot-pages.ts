import {
  fitHotPages,
  type HotPages,
  hotPagesFor,
  type ImageCount,
  transactionsSince,
} from '../../models/full-page.ts';
import type { Run } from '../../run.ts';
import { databaseSamples, readings } from '../meters.ts';

/**
 * What the stretches of a run from one checkpoint to the next tell of its hot pages: those that the requests write to
 * again and again, each of which is in the log once as a whole after every checkpoint.
 */
export type Seen = ImageCount & { from: number; to: number };

/** Own bytes of a transaction, and bytes of an image. */
export type LogBytes = { base: number; bytes: number };

/** The hot pages that each stretch of the run from a checkpoint on tells, with the transactions that it rests on. */
export function hotPagesIn(
  run: Run,
  seen: readonly Seen[],
  { base, bytes }: LogBytes,
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
function hotPagesFromStart(run: Run, seen: readonly Seen[], { base, bytes }: LogBytes): HotPages | undefined {
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
export function checkpoints(run: Run): { before: number; at: number }[] {
  const points = readings(databaseSamples(run), ['checkpoints']);
  return points.slice(1).flatMap(({ t, value }, i) => {
    const last = points[i];
    return last !== undefined && value > last.value ? [{ before: last.t, at: t }] : [];
  });
}

/** From the first to the last checkpoint that began during the run; undefined for fewer than two. */
export function wholeCycles(run: Run): { from: number; to: number } | undefined {
  const begun = checkpoints(run);
  const [from, to] = [begun[0]?.before, begun.at(-1)?.before];
  return from === undefined || to === undefined || from === to ? undefined : { from, to };
}
