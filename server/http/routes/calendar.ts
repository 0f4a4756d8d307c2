import type { FastifyInstance } from 'fastify';
import { type Calendar, createCalendar } from '../../trading/news.ts';

const dayMs = 86_400_000;

/** The news of the next 24 hours, the earliest first. */
export function calendarRoutes(
  app: FastifyInstance,
  { calendar = createCalendar() }: { calendar?: Calendar },
): void {
  app.get('/api/calendar', () => {
    const now = Date.now();
    const news = calendar.between(now, now + dayMs);
    return { news: news.map(({ at, ...rest }) => ({ time: new Date(at).toISOString(), ...rest })) };
  });
}
