import { type Centre, centreNames } from '../../models/traffic/centre.ts';
import { type Holiday, holidayOf } from '../../models/traffic/holiday.ts';
import { Zone } from '../../models/traffic/zone.ts';
import { parseNumber } from '../../units.ts';
import { wrong } from '../flags.ts';

/** The flags that describe traffic. Every parser throws USAGE with what would be right. */

/**
 * `2026-12-25`, a day in UTC without traffic; `2026-12-25:Europe/Paris=0.3`, a local day with 0.3 of it; or
 * `2026-12-28:London=0.6`, a day on which a financial centre trades 0.6 of what it usually does.
 */
export function parseHoliday(text: string): Holiday {
  const match = /^(\d{4}-\d\d-\d\d)(?::([^=]+))?(?:=(.+))?$/.exec(text);
  if (!match) {
    const right = 'write DATE, DATE:PLACE or DATE:PLACE=FACTOR, for example 2026-12-28:London=0.6';
    throw wrong(text, 'a holiday', right);
  }
  const [, date = '', place, share] = match;
  const factor = share === undefined ? 0 : parseNumber(share);
  if (factor > 1) throw wrong(text, 'a holiday', 'its factor is from 0 to 1; more traffic is an --event');
  return holidayOf(text, dayOf(date), place === undefined ? parseZone('UTC') : placeOf(place), factor);
}

/** Days since 1970 of a date that the calendar has. */
function dayOf(date: string): number {
  const at = Date.parse(`${date}T00:00:00Z`);
  // Some engines take 2026-02-30 for 2 March.
  if (Number.isNaN(at) || !new Date(at).toISOString().startsWith(date))
    throw wrong(date, 'a date', 'write a day that there is, for example 2026-12-25');
  return at / 86_400_000;
}

function placeOf(text: string): Centre | Zone {
  const plain = (name: string) => name.toLowerCase().replaceAll(/[^a-z]/g, '');
  return centreNames.find((name) => plain(name) === plain(text)) ?? parseZone(text);
}

/** An IANA name such as `Europe/London`. */
export function parseZone(text: string): Zone {
  try {
    const zone = new Zone(text);
    zone.offset(0);
    return zone;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const right = `write a name such as Europe/London or UTC, or for a holiday one of ${centreNames.join(', ')}`;
    throw wrong(text, 'a time zone', right);
  }
}
