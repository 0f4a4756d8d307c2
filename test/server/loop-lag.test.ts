import { afterEach, expect, it, vi } from 'vitest';
import { createMetrics } from '../../server/metrics.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

it('works the delay of the event loop out at most every fifth second, tells it in between, and the rest anew each time', async () => {
  const clock = vi.spyOn(performance, 'now').mockReturnValue(1_000_000);
  const { registry, inFlight } = createMetrics();
  const lag = registry.getSingleMetric('nodejs_eventloop_lag_p99_seconds');
  const workedOut = vi.spyOn(lag as unknown as { set(value: number): void }, 'set');
  const pageAt = (milliseconds: number) => {
    clock.mockReturnValue(1_000_000 + milliseconds);
    return registry.metrics();
  };
  for (const [milliseconds, times] of [
    [0, 1],
    [1000, 1],
    [4400, 1],
    [5000, 2],
    [6000, 2],
  ] as const) {
    inFlight.set(milliseconds);
    const page = await pageAt(milliseconds);
    expect(page).toMatch(/^nodejs_eventloop_lag_p99_seconds \S+$/m);
    expect(page).toContain(`\nhttp_requests_in_flight ${milliseconds}\n`);
    await vi.waitFor(() => expect(workedOut).toHaveBeenCalledTimes(times));
  }
});
