-- What the tables of this release promise and a CHECK cannot say; as in …_guards, once a statement where tables grow.

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['fills', 'liquidations', 'liquidation_closes'] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
                    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', t);
    EXECUTE format('CREATE TRIGGER at_pool_sequence AFTER INSERT ON %I REFERENCING NEW TABLE AS added
                    FOR EACH STATEMENT EXECUTE FUNCTION check_sequence()', t);
  END LOOP;
END $$;
--> statement-breakpoint

-- ── the rules: a pool's present ones are its last version ──────────────────────────────────────────────────────
CREATE OR REPLACE FUNCTION check_pool_rules() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM pool_rules r WHERE r.pool_id = NEW.pool_id AND r.version = NEW.rules_version
      AND (r.waterfall, r.tiers, r.method, r.leverage_exponent, r.max_leverage, r.profit_basis, r.scope, r.overflow,
           r.max_haircut_rate, r.fund_reserve, r.fund_cap, r.operator_cap, r.withdrawals_while_loss_open, r.position_source,
           r.max_mark_age_seconds, r.liquidation_order, r.liquidation_fee_rate, r.liquidator_share, r.liquidator_account)
        IS NOT DISTINCT FROM
          (NEW.waterfall, NEW.tiers, NEW.method, NEW.leverage_exponent, NEW.max_leverage, NEW.profit_basis, NEW.scope, NEW.overflow,
           NEW.max_haircut_rate, NEW.fund_reserve, NEW.fund_cap, NEW.operator_cap, NEW.withdrawals_while_loss_open, NEW.position_source,
           NEW.max_mark_age_seconds, NEW.liquidation_order, NEW.liquidation_fee_rate, NEW.liquidator_share, NEW.liquidator_account))
     OR EXISTS (SELECT FROM pool_rules r WHERE r.pool_id = NEW.pool_id AND r.version = NEW.rules_version + 1) THEN
    RAISE EXCEPTION 'the rules of pool % are not those of their last version', NEW.pool_id
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
DROP TRIGGER versioned ON pools;
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER versioned AFTER INSERT OR UPDATE OF rules_version, waterfall, tiers, method, leverage_exponent,
  max_leverage, profit_basis, scope, overflow, max_haircut_rate, fund_reserve, fund_cap, operator_cap, withdrawals_while_loss_open,
  position_source, max_mark_age_seconds, liquidation_order, liquidation_fee_rate, liquidator_share, liquidator_account
  ON pools DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_pool_rules();
--> statement-breakpoint

-- ── liquidations: the closes add up, and a fee goes where it says ──────────────────────────────────────────────
CREATE FUNCTION check_liquidation() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE closed numeric;
BEGIN
  SELECT coalesce(sum(c.realized), 0) INTO closed FROM liquidation_closes c
    WHERE c.pool_id = NEW.pool_id AND c.sequence = NEW.sequence;
  IF closed <> NEW.realized THEN
    RAISE EXCEPTION 'closes of liquidation % do not add up to it', NEW.sequence USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.fund_fee <> coalesce((SELECT f.amount FROM fund_entries f WHERE f.pool_id = NEW.pool_id AND f.sequence = NEW.sequence), 0) THEN
    RAISE EXCEPTION 'liquidation % pays the fund another fee', NEW.sequence USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER add_up AFTER INSERT ON liquidations DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION check_liquidation();
--> statement-breakpoint

-- ── margin: each part of a notional at the rate of the tier that it lies in ────────────────────────────────────
CREATE FUNCTION requirement(notional numeric, rate numeric, floors numeric[], rates numeric[]) RETURNS numeric
  LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN notional * rate + CASE WHEN floors = '{}' THEN 0 ELSE (
    SELECT sum(greatest(notional - t.floor, 0) * (t.rate - coalesce(rates[t.k - 1], requirement.rate)))
    FROM unnest(floors, rates) WITH ORDINALITY AS t(floor, rate, k)) END;
--> statement-breakpoint
DROP VIEW account_of_pool;
--> statement-breakpoint
DROP VIEW account_state;
--> statement-breakpoint
DROP VIEW account_head;
--> statement-breakpoint
-- The head of an account: its own row, or its latest haircut (or what was given back of one) where that is newer.
CREATE VIEW account_head AS
SELECT a.pool_id, a.account_no, a.ref, a.owner, a.status, a.max_haircut_rate, a.isolated_market_no,
       CASE WHEN h.sequence > a.head_sequence THEN h.balance_after ELSE a.balance END AS balance,
       CASE WHEN greatest(h.sequence, a.head_sequence) <= p.session_sequence THEN 0
            WHEN h.sequence > a.head_sequence THEN h.borne_after ELSE a.borne END AS borne,
       CASE WHEN greatest(h.sequence, a.head_sequence) <= p.session_sequence THEN 0
            WHEN h.sequence > a.head_sequence THEN h.realized_after ELSE a.realized END AS realized,
       CASE WHEN a.session_sequence = p.session_sequence THEN a.session_realized ELSE 0 END AS session_realized,
       h.sequence AS last_notice_sequence
FROM accounts a
JOIN pools p ON p.pool_id = a.pool_id
LEFT JOIN LATERAL (
  SELECT h.sequence, h.balance_after, h.borne_after, h.realized_after FROM haircuts h
  WHERE h.pool_id = a.pool_id AND h.account_no = a.account_no ORDER BY h.sequence DESC, h.restores DESC LIMIT 1
) h ON true;
--> statement-breakpoint
-- An account as it stands now: its head and its positions at the current marks, and `gain`, its profit by the pool's basis.
-- For the accounts of a page; a settlement reads the whole pool set-wise (src/settlement/bearers.ts).
CREATE VIEW account_state AS
SELECT a.*,
       coalesce(floor(v.pnl * atoms_per_unit(p.decimals)), 0) AS unrealized,
       coalesce(floor(v.pnl * atoms_per_unit(p.decimals)), 0)
         + CASE WHEN p.profit_basis = 'SESSION' THEN a.session_realized - coalesce(c.unrealized, 0) ELSE 0 END AS gain,
       coalesce(ceil(v.initial_margin * atoms_per_unit(p.decimals)), 0) AS initial_margin,
       coalesce(v.unmarked, false) AS unmarked,
       v.open_positions::integer AS open_positions
FROM account_head a
JOIN pools p ON p.pool_id = a.pool_id
LEFT JOIN session_cuts c ON p.profit_basis = 'SESSION' AND c.pool_id = a.pool_id AND c.account_no = a.account_no
  AND c.sequence = p.session_sequence
CROSS JOIN LATERAL (
  SELECT sum(position_pnl(s.size, s.cost, m.contract_size, m.mark_price)) AS pnl,
         sum(requirement(position_notional(s.size, s.cost, m.contract_size, m.mark_price), m.initial_margin_rate, m.tier_floors,
                         m.tier_initial_rates)) AS initial_margin,
         bool_or(m.mark_price IS NULL) AS unmarked,
         count(*) AS open_positions
  FROM positions s JOIN markets m ON m.pool_id = s.pool_id AND m.market_no = s.market_no
  WHERE s.pool_id = a.pool_id AND s.account_no = a.account_no AND s.size <> 0
) v;
--> statement-breakpoint
-- An account with its pool's name: the order of lists over all pools.
CREATE VIEW account_of_pool AS
SELECT s.*, p.name AS pool_name FROM account_state s JOIN pools p ON p.pool_id = s.pool_id;
