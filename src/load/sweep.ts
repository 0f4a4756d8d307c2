import { FxscaleError } from '../errors.ts';
import { Random } from '../models/random.ts';
import { maskUrl } from '../units.ts';
import { after } from './after.ts';
import { measureStep, type ProbeRequest, type StepResult } from './autocannon.ts';

/** Times are seconds. */
export type SweepSettings = {
  /** Connections to measure with, each `repeats` times. */
  readonly levels: readonly number[];
  readonly repeats: number;
  readonly step: number;
  readonly warmUp: number;
  /** Rest after every step, so that it does not weigh on the next. */
  readonly cooldown: number;
  readonly timeout: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  /** Told at the start of every step. */
  readonly progress: (progress: SweepProgress) => void;
};

export type SweepProgress = {
  readonly done: number;
  readonly of: number;
  readonly connections: number;
  /** Seconds until the end, if no request is slow. */
  readonly left: number;
  readonly last: SweepStep | undefined;
};

export type SweepStep = StepResult & { readonly connections: number };

/** The steps that were measured whole, in their order, and what ended the sweep early. */
export type Sweep = { readonly steps: readonly SweepStep[]; readonly ended: FxscaleError | undefined };

/** A step settles for this share of its measured time. */
const SETTLE = 0.2;

/**
 * Measures every level once in each repeat, in an order drawn anew, so that what drifts falls on all of them alike.
 * Throws UNREACHABLE when the target does not answer to begin with, USAGE when it refuses every request. What happens
 * later, and an abort at any time, ends the sweep with what was measured.
 */
export async function sweep(request: ProbeRequest, settings: SweepSettings): Promise<Sweep> {
  const { levels, repeats, step, cooldown, timeout, seed, signal, progress } = settings;
  const order = sweepOrder(levels, repeats, seed);
  const steps: SweepStep[] = [];
  const each = step * (1 + SETTLE) + cooldown;
  const tell = (connections: number, left: number) =>
    progress({ done: steps.length, of: order.length, connections, left, last: steps.at(-1) });
  try {
    const middle = levels[Math.floor(levels.length / 2)] ?? 1;
    tell(middle, settings.warmUp + cooldown + order.length * each);
    await warmUp(request, middle, settings);
    for (const connections of order) {
      await rest(cooldown, signal);
      tell(connections, (order.length - steps.length) * each);
      const measured = await measureStep(request, {
        connections,
        seconds: step,
        settle: step * SETTLE,
        timeout,
        signal,
      });
      if (!measured.answered) return { steps, ended: unreachable(request, measured, 'stopped answering') };
      steps.push({ connections, ...measured });
    }
    return { steps, ended: undefined };
  } catch (error) {
    if (error instanceof FxscaleError && (signal.aborted || steps.length > 0)) return { steps, ended: error };
    throw error;
  }
}

/** Every level once per repeat, each time in another order. The same seed gives the same order. */
export function sweepOrder(levels: readonly number[], repeats: number, seed: number): number[] {
  const random = new Random(seed);
  return Array.from({ length: repeats }, () => shuffled(levels, random)).flat();
}

/** The shuffle of R. Fisher and F. Yates, as R. Durstenfeld has it (1964). */
function shuffled(values: readonly number[], random: Random): number[] {
  const order = [...values];
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  return order;
}

async function warmUp(request: ProbeRequest, connections: number, settings: SweepSettings): Promise<void> {
  const { warmUp: seconds, timeout, signal } = settings;
  const measured = await measureStep(request, { connections, seconds, settle: 0, timeout, signal });
  if (!measured.answered) throw unreachable(request, measured, 'does not answer');
  if (measured.throughput > 0) return;
  const { method, url } = request;
  throw new FxscaleError(
    measured.reason?.startsWith('status 5') ? 'UNREACHABLE' : 'USAGE',
    `${method} ${maskUrl(url)} fails every time (${measured.reason}): a probe needs a request that succeeds`,
  );
}

function unreachable({ url }: ProbeRequest, { reason }: StepResult, what: string): FxscaleError {
  return new FxscaleError('UNREACHABLE', `${maskUrl(url)} ${what}: ${reason}`);
}

async function rest(seconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const abort = () => {
      cancel();
      reject(signal.reason);
    };
    const cancel = after(seconds, () => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
    signal.addEventListener('abort', abort, { once: true });
  });
}
