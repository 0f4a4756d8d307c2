/** Units of the base currency in one lot, and how many times its margin a position may be worth. */
export const contractSize = 100_000;
export const leverage = 100;
export const openingBalance = '1000000.00';
/** Lots of one order, and of one symbol's position, that an account may have unless it was given others. */
const orderLimitLots = 100;
const positionLimitLots = 500;

/**
 * The key of a partitioned table must hold the partition column, so it is (id, created_at). `CREATE INDEX
 * CONCURRENTLY` is not allowed on a partitioned parent: the index is made with the table, and each partition gets
 * its own from it. Accounts and positions leave room in their pages, so that an update stays on its page and
 * touches no index.
 */
export const tables = `
CREATE TABLE IF NOT EXISTS accounts (
  id uuid PRIMARY KEY,
  balance numeric(18,2) NOT NULL,
  margin_used numeric(18,2) NOT NULL DEFAULT 0 CHECK (margin_used >= 0),
  order_limit_lots numeric(18,2) NOT NULL DEFAULT ${orderLimitLots},
  position_limit_lots numeric(18,2) NOT NULL DEFAULT ${positionLimitLots}
) WITH (fillfactor = 70);

CREATE TABLE IF NOT EXISTS positions (
  user_id uuid NOT NULL REFERENCES accounts (id),
  symbol varchar(10) NOT NULL,
  volume numeric(18,2) NOT NULL,
  average_price numeric(20,10) NOT NULL,
  margin numeric(18,2) NOT NULL CHECK (margin >= 0),
  realised numeric(18,2) NOT NULL DEFAULT 0,
  PRIMARY KEY (user_id, symbol)
) WITH (fillfactor = 70);
DO $$ BEGIN
  -- The tables of an earlier version.
  IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'positions'::regclass AND attname = 'realised') THEN
    ALTER TABLE accounts
      ADD COLUMN IF NOT EXISTS order_limit_lots numeric(18,2) NOT NULL DEFAULT ${orderLimitLots},
      ADD COLUMN IF NOT EXISTS position_limit_lots numeric(18,2) NOT NULL DEFAULT ${positionLimitLots};
    ALTER TABLE positions ADD COLUMN realised numeric(18,2) NOT NULL DEFAULT 0;
  END IF;
END $$;
COMMENT ON COLUMN positions.volume IS 'net lots, above zero long and below zero short';
COMMENT ON COLUMN positions.realised IS 'profit of what was closed, in US dollars; a balance is what the account opened with and the sum of these';

CREATE TABLE IF NOT EXISTS trades (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  symbol varchar(10) NOT NULL,
  action varchar(10) NOT NULL CHECK (action IN ('buy', 'sell')),
  volume numeric(10,2) NOT NULL CHECK (volume > 0),
  price numeric(10,5) NOT NULL CHECK (price > 0),
  usd numeric(18,2),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);
DO $$ BEGIN
  -- Not ADD COLUMN IF NOT EXISTS, which waits for every reader, though there is nothing to do.
  IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'trades'::regclass AND attname = 'usd') THEN
    ALTER TABLE trades ADD COLUMN usd numeric(18,2);
  END IF;
END $$;
COMMENT ON COLUMN trades.usd IS 'what was traded in dollars, at the rate of then; null for a trade of the demo history';
CREATE INDEX IF NOT EXISTS trades_user_created ON trades (user_id, created_at DESC);
CREATE TABLE IF NOT EXISTS trades_default PARTITION OF trades DEFAULT;

CREATE TABLE IF NOT EXISTS trade_keys (
  user_id uuid NOT NULL,
  key text NOT NULL,
  trade_id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (user_id, key)
);
COMMENT ON TABLE trade_keys IS 'Idempotency-Key of each trade that had one: unique, as no index of a partitioned table can be';

CREATE TABLE IF NOT EXISTS api_keys (
  hash bytea PRIMARY KEY,
  id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL REFERENCES accounts (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  revoked_at timestamptz
);
CREATE INDEX IF NOT EXISTS api_keys_user ON api_keys (user_id);
COMMENT ON TABLE api_keys IS 'SHA-256 of each API key; the keys themselves are nowhere';

CREATE TABLE IF NOT EXISTS outbox (
  destination text NOT NULL CHECK (destination IN ('kafka', 'jobs')),
  seq bigint GENERATED ALWAYS AS IDENTITY,
  user_id uuid NOT NULL,
  payload json NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (destination, seq)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
COMMENT ON TABLE outbox IS 'what the relay has to carry to Kafka and to the job queue, committed with its trade; for one account seq is the order of the commits';
`;

/**
 * Places a trade in one statement, so in one transaction and one round trip. The lock on the account's row makes the
 * trades of one account follow each other; those of different accounts do not meet. A refusal writes nothing.
 * Margin is judged against the balance (realised profit is in it, unrealised is not), and only when a trade
 * needs more of it than it frees; its limits only when it opens something: a position can always be reduced. A limit's
 * outcome has its lots behind it. A row for each destination goes to the outbox, and `transaction` tells when a
 * standby has the trade. The function of an earlier version, without these two, is dropped.
 */
export const placeTradeFunction = `
DROP FUNCTION IF EXISTS place_trade(uuid, text, text, numeric, numeric, numeric, numeric, text);
CREATE OR REPLACE FUNCTION place_trade(
  p_user uuid, p_symbol text, p_action text, p_volume numeric, p_price numeric,
  p_usd_per_base numeric, p_usd_per_quote numeric, p_key text, p_destinations text[],
  OUT outcome text, OUT id uuid, OUT price numeric, OUT created_at timestamptz, OUT transaction xid8
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  account accounts;
  held positions;
  signed numeric := CASE p_action WHEN 'buy' THEN p_volume ELSE -p_volume END;
  closing numeric := 0;
  profit numeric := 0;
  freed numeric := 0;
  taken numeric;
  volume_after numeric;
  price_after numeric;
  event json;
  worth numeric := round(p_volume * ${contractSize} * p_usd_per_base, 2);
BEGIN
  SELECT * INTO account FROM accounts a WHERE a.id = p_user FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    outcome := 'unknown_user';
    RETURN;
  END IF;

  IF p_key IS NOT NULL THEN
    SELECT CASE WHEN (t.symbol, t.action, t.volume) = (p_symbol, p_action, p_volume)
             THEN 'repeated' ELSE 'key_reused' END, t.id, t.price, t.created_at,
             ((pg_snapshot_xmax(pg_current_snapshot())::text)::bigint - 1)::text::xid8
      INTO outcome, id, price, created_at, transaction
      FROM trade_keys k JOIN trades t ON t.id = k.trade_id AND t.created_at = k.created_at
      WHERE k.user_id = p_user AND k.key = p_key;
    IF FOUND THEN
      RETURN;
    END IF;
  END IF;

  SELECT * INTO held FROM positions p WHERE p.user_id = p_user AND p.symbol = p_symbol;
  IF NOT FOUND THEN
    held.volume := 0;
    held.average_price := 0;
    held.margin := 0;
  END IF;
  IF sign(held.volume) = -sign(signed) THEN
    closing := least(abs(held.volume), p_volume);
    profit := round(closing * ${contractSize} * (p_price - held.average_price)
      * sign(held.volume) * p_usd_per_quote, 2);
    freed := round(held.margin * closing / abs(held.volume), 2);
  END IF;
  volume_after := held.volume + signed;
  IF p_volume > closing AND p_volume > account.order_limit_lots THEN
    outcome := 'order_limit ' || account.order_limit_lots;
    RETURN;
  END IF;
  IF p_volume > closing AND abs(volume_after) > account.position_limit_lots THEN
    outcome := 'position_limit ' || account.position_limit_lots;
    RETURN;
  END IF;
  taken := round((p_volume - closing) * ${contractSize} * p_usd_per_base / ${leverage}, 2);
  IF taken > freed AND account.margin_used - freed + taken > account.balance + profit THEN
    outcome := 'insufficient_margin';
    RETURN;
  END IF;

  UPDATE accounts a SET balance = balance + profit, margin_used = margin_used - freed + taken
    WHERE a.id = p_user;
  price_after := CASE
    WHEN closing = 0 THEN (held.volume * held.average_price + signed * p_price) / volume_after
    WHEN closing = p_volume THEN held.average_price
    ELSE p_price END;
  IF held.user_id IS NULL THEN
    INSERT INTO positions (user_id, symbol, volume, average_price, margin)
      VALUES (p_user, p_symbol, volume_after, price_after, taken);
  ELSE
    UPDATE positions p SET volume = volume_after, average_price = price_after,
        margin = held.margin - freed + taken, realised = held.realised + profit
      WHERE p.user_id = p_user AND p.symbol = p_symbol;
  END IF;
  -- The clock is read under the lock: the trades of an account are in the order of their times.
  created_at := clock_timestamp();
  INSERT INTO trades (user_id, symbol, action, volume, price, usd, created_at, updated_at)
    VALUES (p_user, p_symbol, p_action, p_volume, p_price, worth, place_trade.created_at, place_trade.created_at)
    RETURNING trades.id INTO id;
  IF p_key IS NOT NULL THEN
    INSERT INTO trade_keys VALUES (p_user, p_key, place_trade.id, place_trade.created_at);
  END IF;
  price := p_price::numeric(10,5);
  IF cardinality(p_destinations) > 0 THEN
    event := json_build_object(
      'tradeId', place_trade.id, 'userId', p_user, 'symbol', p_symbol, 'action', p_action,
      'volume', p_volume::text, 'price', place_trade.price::text, 'usd', worth::text,
      'createdAt', place_trade.created_at,
      'positionVolume', volume_after::text, 'positionPrice', round(price_after, 5)::text);
    INSERT INTO outbox (destination, user_id, payload, created_at)
      SELECT destination, p_user, event, place_trade.created_at FROM unnest(p_destinations) AS destination;
  END IF;
  outcome := 'placed';
  transaction := pg_current_xact_id();
END $$;
`;
