-- What the tables of this release promise and a CHECK cannot say; as in …_guards, once a statement where tables grow.

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['pool_rules', 'session_cuts', 'loss_event_markets', 'settlement_parts', 'settlement_leaves',
                           'settlement_seeds', 'haircut_parts', 'recoveries', 'reversals', 'returned_shares'] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
                    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', t);
    EXECUTE format('CREATE TRIGGER at_pool_sequence AFTER INSERT ON %I REFERENCING NEW TABLE AS added
                    FOR EACH STATEMENT EXECUTE FUNCTION check_sequence()', t);
  END LOOP;
END $$;
--> statement-breakpoint
-- Hashes do not compress: trying to costs more than writing them.
ALTER TABLE settlement_leaves ALTER COLUMN leaves SET STORAGE EXTERNAL;
--> statement-breakpoint

-- ── the rules: a pool's present ones are its last version ──────────────────────────────────────────────────────
CREATE FUNCTION check_pool_rules() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM pool_rules r WHERE r.pool_id = NEW.pool_id AND r.version = NEW.rules_version
      AND (r.waterfall, r.tiers, r.method, r.leverage_exponent, r.max_leverage, r.profit_basis, r.scope, r.overflow,
           r.max_haircut_rate, r.fund_reserve, r.fund_cap, r.operator_cap, r.withdrawals_while_loss_open)
        IS NOT DISTINCT FROM
          (NEW.waterfall, NEW.tiers, NEW.method, NEW.leverage_exponent, NEW.max_leverage, NEW.profit_basis, NEW.scope, NEW.overflow,
           NEW.max_haircut_rate, NEW.fund_reserve, NEW.fund_cap, NEW.operator_cap, NEW.withdrawals_while_loss_open))
     OR EXISTS (SELECT FROM pool_rules r WHERE r.pool_id = NEW.pool_id AND r.version = NEW.rules_version + 1) THEN
    RAISE EXCEPTION 'the rules of pool % are not those of their last version', NEW.pool_id
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER versioned AFTER INSERT OR UPDATE OF rules_version, waterfall, tiers, method, leverage_exponent,
  max_leverage, profit_basis, scope, overflow, max_haircut_rate, fund_reserve, fund_cap, operator_cap, withdrawals_while_loss_open
  ON pools DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_pool_rules();
--> statement-breakpoint
CREATE FUNCTION check_rules_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.version <> 1 + coalesce((SELECT max(r.version) FROM pool_rules r WHERE r.pool_id = NEW.pool_id AND r.version < NEW.version), 0)
     OR NEW.version <> (SELECT p.rules_version FROM pools p WHERE p.pool_id = NEW.pool_id) THEN
    RAISE EXCEPTION 'rules version % does not follow the one before', NEW.version USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER versioned AFTER INSERT ON pool_rules DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION check_rules_version();
--> statement-breakpoint

-- ── settlements, recoveries and reversals: the parts add up to the whole ───────────────────────────────────────
CREATE OR REPLACE FUNCTION check_haircuts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  n record;
  s record;
  bad record;
BEGIN
  FOR n IN SELECT pool_id, sequence, count(*) AS count, sum(amount) AS total, min(ordinal) AS lowest, max(ordinal) AS highest,
                  count(restores) AS restoring, bool_or(amount > cap) AS beyond
           FROM added GROUP BY pool_id, sequence LOOP
    SELECT haircut_count, socialized, recourse INTO s FROM settlements x WHERE x.pool_id = n.pool_id AND x.sequence = n.sequence;
    IF n.lowest <> 1 OR n.highest <> n.count THEN
      RAISE EXCEPTION 'haircuts of sequence % do not add up to it', n.sequence USING ERRCODE = 'integrity_constraint_violation';
    ELSIF n.restoring = 0 THEN
      -- What a settlement takes is what it decided; only recourse, which is a debt of its owner, takes more than a cap.
      IF s IS NULL OR s.haircut_count <> n.count OR s.socialized + s.recourse <> n.total OR (n.beyond AND s.recourse = 0) THEN
        RAISE EXCEPTION 'haircuts of sequence % do not add up to it', n.sequence USING ERRCODE = 'integrity_constraint_violation';
      END IF;
    ELSE
      -- What another commit gives back is what it returns of the shares, and never more than a haircut took.
      IF n.restoring <> n.count OR s IS NOT NULL OR -n.total IS DISTINCT FROM (
          SELECT sum(r.socialized + r.recourse) FROM returned_shares r WHERE r.pool_id = n.pool_id AND r.sequence = n.sequence) THEN
        RAISE EXCEPTION 'haircuts of sequence % do not add up to it', n.sequence USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      SELECT g.restores INTO bad FROM (
          SELECT account_no, restores, -sum(amount) AS total FROM haircuts
          WHERE pool_id = n.pool_id AND restores IN (SELECT DISTINCT restores FROM added) GROUP BY account_no, restores) g
        LEFT JOIN haircuts h ON h.pool_id = n.pool_id AND h.sequence = g.restores AND h.account_no = g.account_no AND h.restores IS NULL
        WHERE h.amount IS NULL OR h.amount < g.total LIMIT 1;
      IF FOUND THEN
        RAISE EXCEPTION 'sequence % gives back more than the haircut of % took', n.sequence, bad.restores
          USING ERRCODE = 'integrity_constraint_violation';
      END IF;
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION check_settlement() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE parts record;
BEGIN
  IF NEW.haircut_count > 0 AND NOT EXISTS (SELECT FROM haircuts h WHERE h.pool_id = NEW.pool_id
      AND h.sequence = NEW.sequence AND h.ordinal = NEW.haircut_count) THEN
    RAISE EXCEPTION 'settlement % has no haircut rows', NEW.sequence USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF (NEW.haircut_count > 0) IS DISTINCT FROM (NEW.root IS NOT NULL AND NEW.tree IS NOT NULL AND EXISTS (
      SELECT FROM settlement_seeds s WHERE s.pool_id = NEW.pool_id AND s.sequence = NEW.sequence)) THEN
    RAISE EXCEPTION 'settlement % does not commit to its haircuts', NEW.sequence USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  SELECT sum(deficit) AS deficit, sum(recourse) AS recourse, sum(operator_capital) AS operator_capital, sum(fund_draw) AS fund_draw,
         sum(socialized) AS socialized, sum(uncovered) AS uncovered
    INTO parts FROM settlement_events e WHERE e.pool_id = NEW.pool_id AND e.sequence = NEW.sequence;
  IF (parts.deficit, parts.recourse, parts.operator_capital, parts.fund_draw, parts.socialized, parts.uncovered)
     IS DISTINCT FROM (NEW.deficit, NEW.recourse, NEW.operator_capital, NEW.fund_draw, NEW.socialized, NEW.uncovered) THEN
    RAISE EXCEPTION 'events of settlement % do not add up to it', NEW.sequence USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.recourse + NEW.socialized <> coalesce((SELECT sum(p.loss) FROM settlement_parts p
      WHERE p.pool_id = NEW.pool_id AND p.sequence = NEW.sequence), 0) THEN
    RAISE EXCEPTION 'parts of settlement % do not add up to it', NEW.sequence USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.fund_draw > 0 AND NOT EXISTS (SELECT FROM fund_entries f WHERE f.pool_id = NEW.pool_id
      AND f.sequence = NEW.sequence AND f.amount = -NEW.fund_draw) THEN
    RAISE EXCEPTION 'settlement % draws without a fund entry', NEW.sequence USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION check_round() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
  SELECT n.round, e.ref INTO bad FROM added n
    LEFT JOIN loss_events e ON e.pool_id = n.pool_id AND e.sequence = n.event_sequence
    WHERE (n.deficit, n.round) IS DISTINCT FROM (e.uncovered, e.rounds + 1) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'round % of loss event % does not settle what is uncovered', bad.round, bad.ref
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER continues AFTER INSERT ON settlement_events REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION check_round();
--> statement-breakpoint
CREATE OR REPLACE FUNCTION check_loss_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  taken record;
  returned record;
BEGIN
  SELECT count(*) AS rounds, count(*) FILTER (WHERE r.sequence IS NULL) AS standing, coalesce(sum(e.recourse), 0) AS recourse,
         coalesce(sum(e.operator_capital), 0) AS operator_capital, coalesce(sum(e.fund_draw), 0) AS fund_draw,
         coalesce(sum(e.socialized), 0) AS socialized
    INTO taken FROM settlement_events e
    LEFT JOIN reversals r ON r.pool_id = e.pool_id AND r.settlement_sequence = e.sequence
    WHERE e.pool_id = NEW.pool_id AND e.event_sequence = NEW.sequence;
  SELECT coalesce(sum(recourse), 0) AS recourse, coalesce(sum(operator_capital), 0) AS operator_capital,
         coalesce(sum(fund_draw), 0) AS fund_draw, coalesce(sum(socialized), 0) AS socialized
    INTO returned FROM returned_shares e WHERE e.pool_id = NEW.pool_id AND e.event_sequence = NEW.sequence;
  IF (taken.rounds, taken.standing, taken.recourse - returned.recourse, taken.operator_capital - returned.operator_capital,
      taken.fund_draw - returned.fund_draw, taken.socialized - returned.socialized)
     IS DISTINCT FROM
     (NEW.rounds::bigint, NEW.standing::bigint, NEW.recourse, NEW.operator_capital, NEW.fund_draw, NEW.socialized)
     OR NEW.recovered <> coalesce((SELECT sum(c.amount) FROM recoveries c
          WHERE c.pool_id = NEW.pool_id AND c.event_sequence = NEW.sequence), 0) THEN
    RAISE EXCEPTION 'loss event % is not the sum of its settlements, recoveries and reversals', NEW.ref
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION check_returned() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
  SELECT n.sequence, n.settlement_sequence INTO bad FROM added n
    JOIN settlement_events e ON e.pool_id = n.pool_id AND e.sequence = n.settlement_sequence AND e.event_sequence = n.event_sequence
    CROSS JOIN LATERAL (
      SELECT sum(recourse) AS recourse, sum(operator_capital) AS operator_capital, sum(fund_draw) AS fund_draw,
             sum(socialized) AS socialized
      FROM returned_shares r WHERE r.pool_id = n.pool_id AND r.event_sequence = n.event_sequence
        AND r.settlement_sequence = n.settlement_sequence) r
    WHERE r.recourse > e.recourse OR r.operator_capital > e.operator_capital OR r.fund_draw > e.fund_draw
       OR r.socialized > e.socialized
    LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'sequence % returns more than settlement % took', bad.sequence, bad.settlement_sequence
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER within_share AFTER INSERT ON returned_shares REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION check_returned();
--> statement-breakpoint
CREATE FUNCTION check_recovery() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  returned record;
  repaid numeric;
  funded numeric;
BEGIN
  SELECT coalesce(sum(recourse), 0) AS recourse, coalesce(sum(operator_capital), 0) AS operator_capital,
         coalesce(sum(fund_draw), 0) AS fund_draw, coalesce(sum(socialized), 0) AS socialized
    INTO returned FROM returned_shares r WHERE r.pool_id = NEW.pool_id AND r.sequence = NEW.sequence;
  SELECT coalesce(-sum(amount), 0) INTO repaid FROM haircuts h WHERE h.pool_id = NEW.pool_id AND h.sequence = NEW.sequence;
  SELECT coalesce(sum(amount), 0) INTO funded FROM fund_entries f WHERE f.pool_id = NEW.pool_id AND f.sequence = NEW.sequence;
  IF repaid <> returned.recourse + returned.socialized OR funded <> returned.fund_draw THEN
    RAISE EXCEPTION 'sequence % does not give back what it returns', NEW.sequence USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF TG_TABLE_NAME = 'recoveries' THEN
    IF NEW.amount <> NEW.uncovered + returned.recourse + returned.operator_capital + returned.fund_draw + returned.socialized THEN
      RAISE EXCEPTION 'recovery % does not go to those whom it repays', NEW.sequence USING ERRCODE = 'integrity_constraint_violation';
    END IF;
  ELSIF (returned.recourse, returned.operator_capital, returned.fund_draw, returned.socialized) IS DISTINCT FROM (
      SELECT (s.recourse, s.operator_capital, s.fund_draw, s.socialized) FROM settlements s
      WHERE s.pool_id = NEW.pool_id AND s.sequence = NEW.settlement_sequence) THEN
    RAISE EXCEPTION 'reversal % does not undo its settlement', NEW.sequence USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER add_up AFTER INSERT ON recoveries DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION check_recovery();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER add_up AFTER INSERT ON reversals DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION check_recovery();
--> statement-breakpoint

-- ── views: what was kept until the last session cut counts no more, and profit is by the pool's basis ─────────
DROP VIEW account_of_pool;
--> statement-breakpoint
DROP VIEW account_state;
--> statement-breakpoint
DROP VIEW account_head;
--> statement-breakpoint
DROP VIEW haircut_notice;
--> statement-breakpoint
-- The head of an account: its own row, or its latest haircut (or what was given back of one) where that is newer.
CREATE VIEW account_head AS
SELECT a.pool_id, a.account_no, a.ref, a.owner, a.status, a.max_haircut_rate,
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
         sum(position_notional(s.size, s.cost, m.contract_size, m.mark_price) * m.initial_margin_rate) AS initial_margin,
         bool_or(m.mark_price IS NULL) AS unmarked,
         count(*) AS open_positions
  FROM positions s JOIN markets m ON m.pool_id = s.pool_id AND m.market_no = s.market_no
  WHERE s.pool_id = a.pool_id AND s.account_no = a.account_no AND s.size <> 0
) v;
--> statement-breakpoint
-- A haircut, or what was given back of one, with the natural key and the owner of its account.
CREATE VIEW haircut_notice AS
SELECT h.*, a.ref AS account_ref, a.owner AS account_owner
FROM haircuts h JOIN accounts a ON a.pool_id = h.pool_id AND a.account_no = h.account_no;
--> statement-breakpoint
-- An account with its pool's name: the order of lists over all pools.
CREATE VIEW account_of_pool AS
SELECT s.*, p.name AS pool_name FROM account_state s JOIN pools p ON p.pool_id = s.pool_id;
