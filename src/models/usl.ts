/**
 * The universal scalability law (N. Gunther, Guerrilla Capacity Planning, 2007, eq. 4.31): the throughput of a system
 * with N requests in it at any time, `X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1))`. Little's law gives the
 * latency, `R = N / X`. Below its peak the law rises, and there every function here has its inverse.
 */
export type Usl = {
  /** Throughput of one request at a time, per second. */
  readonly lambda: number;
  /** Contention: the share of the work that only one request at a time can do, 0 or more. */
  readonly sigma: number;
  /** Coherency: what every pair of requests costs each other, 0 or more. */
  readonly kappa: number;
};

/** Requests per second with `concurrency` requests in the system. Throws a RangeError below zero. */
export function throughputAt(usl: Usl, concurrency: number): number {
  if (!(concurrency >= 0)) throw new RangeError(`concurrency ${concurrency} is not zero or more`);
  return (usl.lambda * concurrency) / slowdown(usl, concurrency);
}

/** Seconds of a request while `concurrency` requests are in the system. Throws a RangeError unless it is above zero. */
export function latencyAt(usl: Usl, concurrency: number): number {
  if (!(concurrency > 0)) throw new RangeError(`concurrency ${concurrency} is not above zero`);
  return slowdown(usl, concurrency) / usl.lambda;
}

/**
 * The highest throughput and where it is, a real number that lies between two concurrencies: `sqrt((1 - sigma) /
 * kappa)`, at least 1. Without coherency throughput only nears its ceiling `lambda / sigma`, so the concurrency is
 * infinite; without contention, too, there is no ceiling.
 */
export function peakOf(usl: Usl): { concurrency: number; throughput: number } {
  const { lambda, sigma, kappa } = usl;
  const concurrency = Math.max(1, risingUntil(usl));
  if (concurrency < Number.POSITIVE_INFINITY)
    return { concurrency, throughput: throughputAt(usl, concurrency) };
  return { concurrency, throughput: kappa === 0 ? lambda / sigma : lambda };
}

/**
 * Where a system that scaled without loss would reach the highest throughput: the crossing of the line `lambda N` with
 * the peak or ceiling. Data that ends before it says nothing about that peak.
 */
export function kneeOf(usl: Usl): number {
  return peakOf(usl).throughput / usl.lambda;
}

/**
 * The concurrency, below the peak, at which throughput is `throughput` per second. Throws a RangeError for more than
 * the law can reach, for less than zero, and where the law does not rise.
 */
export function concurrencyAtThroughput(usl: Usl, throughput: number): number {
  const { lambda, sigma, kappa } = usl;
  if (!(throughput >= 0)) throw new RangeError(`throughput ${throughput} is not zero or more`);
  if (sigma >= 1) throw new RangeError('with a contention of 1 or more throughput does not rise');
  const a = throughput * kappa;
  const b = lambda - throughput * (sigma - kappa);
  const c = throughput * (1 - sigma);
  const discriminant = b * b - 4 * a * c;
  // At the peak the two solutions meet, and the rounding of b, a difference, may put them past each other.
  const rounding = 16 * Number.EPSILON * lambda * Math.abs(b);
  const root = Math.sqrt(Math.abs(discriminant) < rounding ? 0 : discriminant);
  if (!(b > 0 && root >= 0)) {
    throw new RangeError(`throughput ${throughput} is not reachable: at most ${peakOf(usl).throughput}`);
  }
  return (2 * c) / (b + root);
}

/**
 * The concurrency at which a request takes `latency` seconds. Throws a RangeError for less than any concurrency takes,
 * and where latency does not depend on concurrency.
 */
export function concurrencyAtLatency(usl: Usl, latency: number): number {
  const { lambda, sigma, kappa } = usl;
  if (sigma === 0 && kappa === 0) throw new RangeError('latency does not depend on concurrency');
  const linear = sigma - kappa;
  const rest = lambda * latency - 1 + sigma;
  const concurrency =
    kappa === 0 ? rest / sigma : (Math.sqrt(linear * linear + 4 * kappa * rest) - linear) / (2 * kappa);
  if (!(concurrency > 0)) throw new RangeError(`latency ${latency} is below what one request takes`);
  return concurrency;
}

/** Throughput at the concurrency at which a request takes `latency` seconds. Throws as `concurrencyAtLatency`. */
export function throughputAtLatency(usl: Usl, latency: number): number {
  return concurrencyAtLatency(usl, latency) / latency;
}

/**
 * Seconds of a request at `throughput` per second, below the peak. Throws a RangeError as `concurrencyAtThroughput`
 * does, and for a throughput of zero, which takes no time.
 */
export function latencyAtThroughput(usl: Usl, throughput: number): number {
  if (!(throughput > 0)) throw new RangeError(`throughput ${throughput} is not above zero`);
  return concurrencyAtThroughput(usl, throughput) / throughput;
}

function slowdown({ sigma, kappa }: Usl, concurrency: number): number {
  return 1 + sigma * (concurrency - 1) + kappa * concurrency * (concurrency - 1);
}

/** Where the derivative of the law is zero. */
function risingUntil({ sigma, kappa }: Usl): number {
  if (sigma >= 1) return 0;
  return kappa === 0 ? Number.POSITIVE_INFINITY : Math.sqrt((1 - sigma) / kappa);
}
