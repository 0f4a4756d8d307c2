/** Units of the base currency in one lot, and how many times its margin a position may be worth. */
export const contractSize = 100_000;
export const leverage = 100;
export const openingBalance = '1000000.00';

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
  margin_used numeric(18,2) NOT NULL DEFAULT 0 CHECK (margin_used >= 0)
) WITH (fillfactor = 70);

CREATE TABLE IF NOT EXISTS positions (
  user_id uuid NOT NULL REFERENCES accounts (id),
  symbol varchar(10) NOT NULL,
  volume numeric(18,2) NOT NULL,
  average_price numeric(20,10) NOT NULL,
  margin numeric(18,2) NOT NULL CHECK (margin >= 0),
  PRIMARY KEY (user_id, symbol)
) WITH (fillfactor = 70);
COMMENT ON COLUMN positions.volume IS 'net lots, above zero long and below zero short';

CREATE TABLE IF NOT EXISTS trades (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  symbol varchar(10) NOT NULL,
  action varchar(10) NOT NULL CHECK (action IN ('buy', 'sell')),
  volume numeric(10,2) NOT NULL CHECK (volume > 0),
  price numeric(10,5) NOT NULL CHECK (price > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);
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
`;

/**
 * Places a trade in one statement, so in one transaction and one round trip. The lock on the account's row makes the
 * trades of one account follow each other; those of different accounts do not meet. A refusal writes nothing.
 * Margin is judged against the balance (realised profit is in it, unrealised is not), and only when a trade
 * needs more of it than it frees: a position can always be reduced.
 */
export const placeTradeFunction = `
CREATE OR REPLACE FUNCTION place_trade(
  p_user uuid, p_symbol text, p_action text, p_volume numeric, p_price numeric,
  p_usd_per_base numeric, p_usd_per_quote numeric, p_key text,
  OUT outcome text, OUT id uuid, OUT price numeric, OUT created_at timestamptz
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  account accounts;
  held positions;
  signed numeric := CASE p_action WHEN 'buy' THEN p_volume ELSE -p_volume END;
  closing numeric := 0;
  realised numeric := 0;
  freed numeric := 0;
  taken numeric;
BEGIN
  SELECT * INTO account FROM accounts a WHERE a.id = p_user FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    outcome := 'unknown_user';
    RETURN;
  END IF;

  IF p_key IS NOT NULL THEN
    SELECT CASE WHEN (t.symbol, t.action, t.volume) = (p_symbol, p_action, p_volume)
             THEN 'repeated' ELSE 'key_reused' END, t.id, t.price, t.created_at
      INTO outcome, id, price, created_at
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
    realised := round(closing * ${contractSize} * (p_price - held.average_price)
      * sign(held.volume) * p_usd_per_quote, 2);
    freed := round(held.margin * closing / abs(held.volume), 2);
  END IF;
  taken := round((p_volume - closing) * ${contractSize} * p_usd_per_base / ${leverage}, 2);
  IF taken > freed AND account.margin_used - freed + taken > account.balance + realised THEN
    outcome := 'insufficient_margin';
    RETURN;
  END IF;

  UPDATE accounts a SET balance = balance + realised, margin_used = margin_used - freed + taken
    WHERE a.id = p_user;
  INSERT INTO positions VALUES (p_user, p_symbol, signed, p_price, taken)
    ON CONFLICT (user_id, symbol) DO UPDATE SET
      volume = held.volume + signed,
      average_price = CASE
        WHEN closing = 0 THEN (held.volume * held.average_price + signed * p_price) / (held.volume + signed)
        WHEN closing = p_volume THEN held.average_price
        ELSE p_price END,
      margin = held.margin - freed + taken;
  -- The clock is read under the lock: the trades of an account are in the order of their times.
  created_at := clock_timestamp();
  INSERT INTO trades (user_id, symbol, action, volume, price, created_at, updated_at)
    VALUES (p_user, p_symbol, p_action, p_volume, p_price, place_trade.created_at, place_trade.created_at)
    RETURNING trades.id INTO id;
  IF p_key IS NOT NULL THEN
    INSERT INTO trade_keys VALUES (p_user, p_key, place_trade.id, place_trade.created_at);
  END IF;
  price := p_price::numeric(10,5);
  outcome := 'placed';
END $$;
`;
