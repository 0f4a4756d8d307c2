import type { Log } from '../processes/role.ts';

/** What is taken of the client library's entries: never what was sent. */
type Entry = { namespace: string; log: { message: string; broker?: unknown; error?: unknown } };

const silenceMs = 30_000;

/** One line for each kind of trouble every half minute: the library writes one for every attempt. */
export function kafkaLog(log: Log): (entry: Entry) => void {
  const written = new Map<string, number>();
  return ({ namespace, log: { message, broker, error } }) => {
    const now = performance.now();
    if (now - (written.get(message) ?? Number.NEGATIVE_INFINITY) < silenceMs) return;
    if (written.size > 100) written.clear();
    written.set(message, now);
    const reason = error instanceof Error ? error.message : error;
    log.warn({ kafka: namespace, broker, reason }, message);
  };
}
