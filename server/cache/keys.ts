/** PostgreSQL takes an id in capitals for the same one, and so must the cache. */
export function positionsKey(userId: string): string {
  return `user:${part(userId.toLowerCase())}:positions`;
}

export function recentTradesKey(userId: string): string {
  return `user:${part(userId.toLowerCase())}:trades:recent`;
}

export function priceKey(symbol: string): string {
  return `symbol:${part(symbol)}:price`;
}

export function symbolStatsKey(symbol: string): string {
  return `symbol:${part(symbol)}:stats`;
}

export const activeTradesKey = 'platform:active_trades';
export const volumeKey = 'platform:volume_24h';

/** Everything that a trade makes old. */
export function tradeKeys(userId: string, symbol: string): string[] {
  return [
    positionsKey(userId),
    recentTradesKey(userId),
    priceKey(symbol),
    symbolStatsKey(symbol),
    activeTradesKey,
    volumeKey,
  ];
}

/** What a client may choose stays within its part of the key. */
function part(text: string): string {
  return encodeURIComponent(text);
}
