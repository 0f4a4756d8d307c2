/** A moment in whole seconds since 1970 and nanoseconds of the next. */
export type Instant = { readonly seconds: number; readonly nanoseconds: number };

/** Reads the clock of this thread, to a fraction of a microsecond: time since 1970 in one double is not that fine. */
export function instantNow(): Instant {
  const { timeOrigin } = performance;
  const whole = Math.floor(timeOrigin);
  const sinceWhole = timeOrigin - whole + performance.now();
  const ms = Math.floor(sinceWhole);
  const seconds = Math.floor((whole + ms) / 1000);
  const nanoseconds = ((whole + ms) % 1000) * 1_000_000 + Math.floor((sinceWhole - ms) * 1_000_000);
  return { seconds, nanoseconds };
}

let known = Number.NaN;
let date = '';
let zone = '';

/** RFC 3339 in the machine's time zone; nanoseconds without trailing zeros, and none when there are none. */
export function rfc3339Nano({ seconds, nanoseconds }: Instant): string {
  const text = rfc3339At(seconds);
  if (nanoseconds === 0) return text + zone;
  let end = 9;
  const digits = String(nanoseconds).padStart(9, '0');
  while (digits.charCodeAt(end - 1) === 48) end--;
  return `${text}.${digits.slice(0, end)}${zone}`;
}

export function rfc3339({ seconds }: Instant): string {
  return rfc3339At(seconds) + zone;
}

/** Date and time without a zone, which `zone` then holds: samples of the same second come one after the other. */
function rfc3339At(seconds: number): string {
  if (seconds === known) return date;
  const utc = new Date(seconds * 1000);
  const offset = -utc.getTimezoneOffset();
  date = new Date((seconds + offset * 60) * 1000).toISOString().slice(0, 19);
  zone = offset === 0 ? 'Z' : `${offset < 0 ? '-' : '+'}${clock(Math.abs(offset))}`;
  known = seconds;
  return date;
}

function clock(minutes: number): string {
  return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':');
}
