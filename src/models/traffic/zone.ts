/**
 * Local time of a zone, as the tz database that JavaScript carries has it. Clocks change twice a year at most, on a
 * quarter of an hour, so that the offset is looked up once a quarter of an hour at most, and mostly once a day.
 */
export class Zone {
  readonly name: string;
  #format: Intl.DateTimeFormat | undefined;
  readonly #offsets = new Map<number, number>();

  /**
   * An IANA name such as `Europe/London`. One that is not known throws a RangeError when the zone is first asked: looking
   * it up takes tens of milliseconds, which a command that needs no zone should not wait for.
   */
  constructor(name: string) {
    this.name = name;
  }

  /** Seconds by which local time is ahead of UTC at `t`, seconds since 1970. */
  offset(t: number): number {
    const day = Math.floor(t / DAY);
    const start = this.#lookUp(day * DAY);
    // On a day without a change both ends agree.
    return start === this.#lookUp((day + 1) * DAY) ? start : this.#lookUp(Math.floor(t / QUARTER) * QUARTER);
  }

  /** Seconds since local midnight, 0 to 86,400, and the day of the week, 0 for Sunday. */
  local(t: number): { seconds: number; weekday: number } {
    const shifted = t + this.offset(t);
    const day = Math.floor(shifted / DAY);
    // 1 January 1970 was a Thursday.
    return { seconds: shifted - day * DAY, weekday: (((day + 4) % 7) + 7) % 7 };
  }

  /** Seconds since 1970 at which the local day begins that is `day` days after 1 January 1970. */
  midnight(day: number): number {
    const utc = day * DAY;
    // The offset at midnight UTC may be that of the other side of a change of clocks.
    return utc - this.offset(utc - this.offset(utc));
  }

  #lookUp(t: number): number {
    const known = this.#offsets.get(t);
    if (known !== undefined) return known;
    this.#format ??= new Intl.DateTimeFormat('en-US', {
      ...{ timeZone: this.name, hourCycle: 'h23' },
      ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
      ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
    });
    const part: Record<string, number> = {};
    for (const { type, value } of this.#format.formatToParts(t * 1000)) part[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    const offset = Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - Math.floor(t);
    this.#offsets.set(t, offset);
    return offset;
  }
}

const DAY = 86_400;
const QUARTER = 900;
