/**
 * Full-page images in PostgreSQL's log: the first change to a page after a checkpoint writes the whole page. Where
 * `transactions` each touch `touches` of `pages` hot pages at random, the pages touched since the checkpoint are
 *
 *     D(n) = P (1 - e^(-k n)),  k = touches / P
 *
 * the mean number of occupied boxes (W. Feller, An Introduction to Probability Theory, 1968, IV.2, its limit for many
 * boxes). The bytes of a transaction are then its own and D(n)/n images. Every function throws a RangeError outside its
 * domain.
 */
export type HotPages = { pages: number; touches: number };

/** Images that `transactions` after a checkpoint have written. */
export function imagesAfter(transactions: number, { pages, touches }: HotPages): number {
  if (!(transactions >= 0)) throw new RangeError(`${transactions} transactions cannot be`);
  if (!(pages > 0 && touches > 0)) throw new RangeError('there must be hot pages, and they must be touched');
  return -pages * Math.expm1((-touches * transactions) / pages);
}

/** Of `transactions` after a checkpoint, the images that one of them wrote on average. */
export function imagesPerTransaction(transactions: number, hot: HotPages): number {
  if (transactions === 0) return hot.touches;
  return imagesAfter(transactions, hot) / transactions;
}

/** The inverse of `imagesAfter`: how many transactions wrote `images`. */
export function transactionsFor(images: number, { pages, touches }: HotPages): number {
  if (!(images >= 0 && images < pages)) throw new RangeError(`${images} images of ${pages} pages never are`);
  return (-pages / touches) * Math.log1p(-images / pages);
}

/** The inverse in the pages: how many are hot where `transactions` wrote `images`. */
export function hotPagesFor(images: number, transactions: number, touches = 1): number {
  if (!(images > 0 && images < touches * transactions)) {
    throw new RangeError(`${images} images cannot come from ${transactions} transactions`);
  }
  // D rises with P, from nothing towards one image a touch.
  return rising((pages) => imagesAfter(transactions, { pages, touches }), images);
}

/** How many transactions, each of `base` bytes and with images of `image` bytes, fill `bytes` of log. */
export function transactionsUntil(bytes: number, base: number, image: number, hot: HotPages): number {
  if (!(bytes > 0 && base > 0 && image >= 0)) throw new RangeError('bytes must be more than none');
  return rising((n) => base * n + image * imagesAfter(n, hot), bytes);
}

/** What was seen of the images of consecutive transactions. */
export type ImageCount = { transactions: number; images: number };

/** Transactions that must have passed, as a multiple of 1/k, for the decline of images to show. */
const DECLINE = 1;
/** Share of the variation of the images that the decline must explain. */
const EXPLAINED = 0.5;

/**
 * The hot pages that explain best, by least squares, how images became fewer over consecutive intervals of which the
 * first began `transactions` after a checkpoint; undefined when they did not become fewer, or not by this law.
 */
export function fitHotPages(seen: readonly ImageCount[], since = 0): HotPages | undefined {
  const total = seen.reduce((sum, { transactions }) => sum + transactions, 0);
  if (seen.length < 3 || !(total > 0)) return undefined;
  const at = (k: number) => decline(seen, k);
  // From a decline that hardly shows to one that is over within the first interval of many.
  const least = Math.log(0.1 / total);
  const steps = 60;
  const width = Math.log(1000) / steps;
  const grid = Array.from({ length: steps + 1 }, (_, i) => least + i * width);
  const coarse = grid.reduce((best, x) => (at(Math.exp(x)).squares < at(Math.exp(best)).squares ? x : best));
  const k = Math.exp(lowest((x) => at(Math.exp(x)).squares, coarse - width, coarse + width));
  const { amount, squares } = at(k);
  const mean = seen.reduce((sum, { images }) => sum + images, 0) / total;
  const around = seen.reduce((sum, { transactions, images }) => sum + (images - mean * transactions) ** 2, 0);
  if (!(amount > 0) || k * total < DECLINE || squares > (1 - EXPLAINED) * around) return undefined;
  // The pages that were still untouched when the first interval began are `amount`.
  const pages = amount * Math.exp(k * since);
  return { pages, touches: k * pages };
}

/** For the exponent `k`: the pages untouched at the start by least squares, and the squared errors. */
function decline(seen: readonly ImageCount[], k: number): { amount: number; squares: number } {
  let [n, product, square] = [0, 0, 0];
  const shares = seen.map(({ transactions, images }) => {
    const share = Math.exp(-k * n) * -Math.expm1(-k * transactions);
    n += transactions;
    product += share * images;
    square += share ** 2;
    return share;
  });
  const amount = square === 0 ? 0 : product / square;
  const squares = seen.reduce(
    (sum, { images }, i) => sum + (images - amount * (shares[i] as number)) ** 2,
    0,
  );
  return { amount, squares };
}

/**
 * Transactions since the checkpoint when `bytes` of log have been written since, `k` and the pages still `untouched`
 * being known from what followed.
 */
export function transactionsSince(
  bytes: number,
  base: number,
  image: number,
  { k, untouched }: { k: number; untouched: number },
): number {
  if (!(bytes >= 0 && base > 0 && image >= 0 && k > 0 && untouched > 0)) {
    throw new RangeError('bytes since the checkpoint need a base, a rate and untouched pages');
  }
  return bytes === 0 ? 0 : rising((n) => base * n + image * untouched * Math.expm1(k * n), bytes);
}

/** Where a function that rises from 0 at 0 without end, or towards more than `value`, has this value. */
function rising(of: (x: number) => number, value: number): number {
  let high = 1;
  while (of(high) < value) high *= 2;
  let low = 0;
  while (high - low > 1e-12 * high) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (of(middle) < value) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Where `of` is lowest between two points, by golden section (J. Kiefer, 1953). */
function lowest(of: (x: number) => number, from: number, to: number): number {
  const share = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [from, to];
  for (let step = 0; step < 60; step++) {
    const [left, right] = [high - share * (high - low), low + share * (high - low)];
    if (of(left) < of(right)) high = right;
    else low = left;
  }
  return (low + high) / 2;
}
