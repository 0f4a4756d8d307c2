const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const numeric = 'numeric';
  const format = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone: zone, calendar: 'iso8601', hourCycle: 'h23' },
    ...{ year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric },
  });
  formats.set(zone, format);
  return format;
}

/**
 * What the clocks of a time zone show, to the minute: the milliseconds since 1970 at which a clock in Greenwich
 * shows the same. Takes some microseconds, so callers keep the answer.
 * @param at milliseconds since 1970
 */
export function clockTime(zone: string, at: number): number {
  const parts = new Map(
    formatOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'));
}

/**
 * When the clocks of a zone show `clock`, which is told as `clockTime` tells it. Milliseconds since 1970; an hour off
 * within the hours around a change to or from summer time.
 */
export function instantOf(zone: string, clock: number): number {
  return clock - (clockTime(zone, clock) - clock);
}

export function isWeekday(clock: number): boolean {
  const day = new Date(clock).getUTCDay();
  return day >= 1 && day <= 5;
}
