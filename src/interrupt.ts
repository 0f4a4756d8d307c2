import { FxscaleError } from './errors.ts';

/**
 * A signal that is aborted with an INTERRUPTED error at the first Ctrl-C or SIGTERM, so that work can end in order.
 * A second Ctrl-C leaves at once: the one place that calls `process.exit`.
 */
export function onInterrupt(): { signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  const interrupted = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(105);
    controller.abort(new FxscaleError('INTERRUPTED', `stopped by ${name === 'SIGINT' ? 'Ctrl-C' : name}`));
  };
  process.on('SIGINT', interrupted);
  process.on('SIGTERM', interrupted);
  return {
    signal: controller.signal,
    dispose() {
      process.off('SIGINT', interrupted);
      process.off('SIGTERM', interrupted);
    },
  };
}
