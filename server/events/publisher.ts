import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../database/pool.ts';
import { type DayKey, readDays, readRecentDays, type SymbolDay } from './analytics.ts';
import type { RecordSender } from './kafka.ts';

const topic = 'analytics';
const everyMs = 200;
const failedMs = 1000;
/** As long as an event can be on its way: a trade is no older than its topic keeps it. */
const recentDays = 8;

export type Publisher = {
  /** The figures of these days have changed. */
  changed(days: DayKey[]): void;
  /** Another member may have ended between its change and its publication: everything recent goes out again. */
  republish(): void;
  trouble(): string | undefined;
  close(): Promise<void>;
};

/**
 * Publishes changed days to the compacted topic `analytics`, keyed by symbol and day, several changes at once. Two
 * processes may read a day one after the other and send it the other way round; whoever sent an old state sees that when
 * it reads again, and sends the new one. So the last record of a key is right once things are quiet.
 */
export function startPublisher(database: Database, sender: RecordSender): Publisher {
  let dirty = new Map<string, DayKey>();
  let everything = false;
  let trouble: string | undefined;
  const ending = new AbortController();

  const mark = (day: DayKey): void => void dirty.set(keyOf(day), day);

  async function round(): Promise<void> {
    const keys = dirty;
    const all = everything;
    dirty = new Map();
    everything = false;
    try {
      if (all) {
        const from = new Date(Date.now() - recentDays * 86_400_000).toISOString().slice(0, 10);
        for (const day of await readRecentDays(database, from)) keys.set(keyOf(day), day);
      }
      if (keys.size === 0) return;
      const sent = await readDays(database, [...keys.values()]);
      if (sent.length > 0) await sender.send(sent.map(asRecord));
      const before = new Map(sent.map((day) => [keyOf(day), day.trades]));
      const now = await readDays(database, sent);
      for (const day of now) if (day.trades !== before.get(keyOf(day))) mark(day);
      trouble = undefined;
    } catch (error) {
      trouble = `publishing analytics: ${(error as Error).message}`;
      for (const day of keys.values()) mark(day);
      everything ||= all;
    }
  }

  const done = (async () => {
    while (!ending.signal.aborted) {
      await round();
      const pause = trouble === undefined ? everyMs : failedMs;
      await sleep(pause, undefined, { signal: ending.signal }).catch(() => undefined);
    }
    if (trouble === undefined) await round();
  })();

  return {
    changed: (days) => days.forEach(mark),
    republish() {
      everything = true;
    },
    trouble: () => trouble,
    async close() {
      ending.abort();
      await done;
    },
  };
}

const keyOf = ({ symbol, day }: DayKey): string => `${symbol}:${day}`;

function asRecord(day: SymbolDay) {
  return { topic, key: keyOf(day), value: JSON.stringify(day) };
}
