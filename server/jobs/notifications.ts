import type { Database, Statement } from '../database/pool.ts';
import type { TradeJob } from './queues.ts';

export type Notification = { tradeId: string; text: string; createdAt: string };

const insert: Statement = {
  name: 'notify',
  text: `INSERT INTO notifications (trade_id, user_id, text) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
};

const newest: Statement = {
  name: 'notifications',
  text: `SELECT trade_id AS "tradeId", text, created_at AS "createdAt" FROM notifications
         WHERE user_id = $1 ORDER BY created_at DESC LIMIT $2`,
};

/** Tells the user of a trade, once, however often its job runs. */
export async function notify(database: Database, trade: TradeJob): Promise<void> {
  await database.query(insert, [trade.tradeId, trade.userId, notificationText(trade)]);
}

export function notificationText({ action, volume, symbol, price }: TradeJob): string {
  return `${action === 'buy' ? 'Bought' : 'Sold'} ${volume} ${volume === '1.00' ? 'lot' : 'lots'} of ${symbol} at ${price}`;
}

/** The user's newest notifications, newest first. */
export function readNotifications(
  database: Database,
  userId: string,
  limit: number,
): Promise<Notification[]> {
  return database.query<Notification>(newest, [userId, limit]);
}
