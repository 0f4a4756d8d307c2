import type { Period } from '../trading/trades.ts';
import { ApiError } from './errors.ts';

export type PeriodQuery = { userId?: string; from?: string; to?: string };

/** In a form that means the same to PostgreSQL: `date-time` also allows zones and spaces that it refuses. */
const time = {
  type: 'string',
  format: 'date-time',
  pattern: String.raw`^\d{4}-\d\d-\d\dT[\d:]{8}(\.\d{1,9})?(Z|[+-](0\d|1[0-4]):\d\d)$`,
};

export const periodProperties = {
  userId: { type: 'string', format: 'uuid' },
  from: time,
  to: time,
};

const dayMs = 86_400_000;
/** The database's clock may be ahead of ours, and a trade just placed must be in the answer. */
const skewMs = 60_000;

/** The period asked for; by default the day up to now. */
export function parsePeriod(
  { userId, from, to }: PeriodQuery & { userId: string },
  now = Date.now(),
): Period {
  const end = to === undefined ? now + skewMs : instant('to', to);
  const start = from === undefined ? (to === undefined ? now : end) - dayMs : instant('from', from);
  if (start >= end) throw new ApiError('INVALID_REQUEST', 'from must be before to');
  return { userId, from: from ?? new Date(start).toISOString(), to: to ?? new Date(end).toISOString() };
}

/** Milliseconds since 1970. PostgreSQL and Date agree on the years 1 to 9999. */
function instant(name: string, text: string): number {
  const ms = Date.parse(text);
  const year = new Date(ms).getUTCFullYear();
  if (!(year >= 1 && year <= 9999)) throw new ApiError('INVALID_REQUEST', `${name} is not a point in time`);
  return ms;
}
