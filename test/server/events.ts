import type pg from 'pg';
import { accountId } from '../../server/database/prepare.ts';

/** US dollars of a lot that `placeTrades` places, whatever the symbol. */
export const usdPerLot = 110_000;

/**
 * Places `count` trades of 0.01 lots straight in the database, on accounts from `first` on in turn, buying and selling,
 * and returns their ids in the order of the commits.
 */
export async function placeTrades(
  client: pg.Client,
  count: number,
  { accounts = 5, first = 0, destinations = ['kafka'] }: PlaceOptions = {},
): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    const { rows } = await client.query<{ id: string }>(
      "SELECT id FROM place_trade($1, $2, $3, 0.01, 1.1, 1.1, 1, NULL, $4) WHERE outcome = 'placed'",
      [
        accountId(first + (i % accounts)),
        i % 3 === 0 ? 'USDJPY' : 'EURUSD',
        i % 4 === 3 ? 'sell' : 'buy',
        destinations,
      ],
    );
    ids.push(...rows.map(({ id }) => id));
  }
  return ids;
}

type PlaceOptions = { accounts?: number; first?: number; destinations?: string[] };

export const silentLog = { info: () => undefined, warn: () => undefined };
