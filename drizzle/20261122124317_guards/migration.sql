-- What the tables promise and a CHECK cannot say. Triggers on tables that grow by the hundred thousand work once a
-- statement, over its transition table: they cost next to nothing beside a row trigger.

-- ── append-only tables ─────────────────────────────────────────────────────────────────────────────────────────
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$;
--> statement-breakpoint
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['journal', 'idempotency_records', 'postings', 'fund_entries', 'settlements',
                           'settlement_events', 'settlement_marks', 'haircuts', 'outbox'] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
                    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', t);
  END LOOP;
END $$;
--> statement-breakpoint

-- ── the pool's sequence: steps by one, and each step has its journal row ───────────────────────────────────────
CREATE FUNCTION guard_pool() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF (NEW.sequence, NEW.fund_balance, NEW.account_count, NEW.market_count) <> (0, 0, 0, 0) THEN
      RAISE EXCEPTION 'a pool begins empty, at sequence 0' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF NEW.sequence NOT IN (OLD.sequence, OLD.sequence + 1) THEN
    RAISE EXCEPTION 'pool sequence must step by one, from % to %', OLD.sequence, NEW.sequence
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF (NEW.pool_id, NEW.name, NEW.asset, NEW.decimals) IS DISTINCT FROM (OLD.pool_id, OLD.name, OLD.asset, OLD.decimals) THEN
    RAISE EXCEPTION 'a pool keeps its name, asset and decimals' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON pools FOR EACH ROW EXECUTE FUNCTION guard_pool();
--> statement-breakpoint
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON pools FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
CREATE FUNCTION check_pool_commit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM journal j WHERE j.pool_id = NEW.pool_id AND j.sequence = NEW.sequence) THEN
    RAISE EXCEPTION 'pool % stepped to % without a journal row', NEW.pool_id, NEW.sequence
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.fund_balance <> coalesce((SELECT f.balance_after FROM fund_entries f WHERE f.pool_id = NEW.pool_id
                                   ORDER BY f.sequence DESC LIMIT 1), 0) THEN
    RAISE EXCEPTION 'the fund of pool % is not at its last entry', NEW.pool_id
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER committed AFTER UPDATE ON pools DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION check_pool_commit();
--> statement-breakpoint
CREATE FUNCTION check_journal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.sequence <> (SELECT p.sequence FROM pools p WHERE p.pool_id = NEW.pool_id) THEN
    RAISE EXCEPTION 'journal row % is not the pool''s sequence', NEW.sequence USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER at_pool_sequence AFTER INSERT ON journal DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION check_journal();
--> statement-breakpoint

-- What a commit writes carries the commit's own number: nothing is added to an old one, or to one that never was.
CREATE FUNCTION check_sequence() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
  SELECT a.sequence INTO bad FROM (SELECT DISTINCT pool_id, sequence FROM added) a
    LEFT JOIN pools p ON p.pool_id = a.pool_id WHERE a.sequence IS DISTINCT FROM p.sequence LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION '% at sequence % is not at its pool''s sequence', TG_TABLE_NAME, bad.sequence
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['idempotency_records', 'postings', 'fund_entries', 'loss_events', 'settlements',
                           'settlement_events', 'settlement_marks', 'haircuts', 'outbox'] LOOP
    EXECUTE format('CREATE TRIGGER at_pool_sequence AFTER INSERT ON %I REFERENCING NEW TABLE AS added
                    FOR EACH STATEMENT EXECUTE FUNCTION check_sequence()', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['accounts', 'markets', 'positions'] LOOP
    EXECUTE format('CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON %I
                    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', t);
  END LOOP;
END $$;
--> statement-breakpoint

-- ── double entry ───────────────────────────────────────────────────────────────────────────────────────────────
CREATE FUNCTION check_postings() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
  SELECT pool_id, sequence, sum(amount) AS total INTO bad FROM added GROUP BY pool_id, sequence HAVING sum(amount) <> 0 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'postings of sequence % are off by %', bad.sequence, bad.total USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER balanced AFTER INSERT ON postings REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION check_postings();
--> statement-breakpoint
CREATE FUNCTION check_fund_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.balance_after <> NEW.amount + coalesce((SELECT f.balance_after FROM fund_entries f
      WHERE f.pool_id = NEW.pool_id AND f.sequence < NEW.sequence ORDER BY f.sequence DESC LIMIT 1), 0) THEN
    RAISE EXCEPTION 'fund entry % does not continue the fund''s balance', NEW.sequence
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER chained AFTER INSERT ON fund_entries FOR EACH ROW EXECUTE FUNCTION check_fund_entry();
--> statement-breakpoint

-- ── settlements: the parts add up to the whole ─────────────────────────────────────────────────────────────────
CREATE FUNCTION check_haircuts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
  SELECT n.sequence INTO bad
    FROM (SELECT pool_id, sequence, count(*) AS count, sum(amount) AS total, min(ordinal) AS lowest, max(ordinal) AS highest
          FROM added GROUP BY pool_id, sequence) n
    LEFT JOIN settlements s ON s.pool_id = n.pool_id AND s.sequence = n.sequence
    WHERE s.sequence IS NULL OR s.haircut_count <> n.count OR s.socialized <> n.total OR n.lowest <> 1 OR n.highest <> n.count
    LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'haircuts of settlement % do not add up to it', bad.sequence USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER add_up AFTER INSERT ON haircuts REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION check_haircuts();
--> statement-breakpoint
CREATE FUNCTION check_settlement() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE parts record;
BEGIN
  IF NEW.haircut_count > 0 AND NOT EXISTS (SELECT FROM haircuts h WHERE h.pool_id = NEW.pool_id
      AND h.sequence = NEW.sequence AND h.ordinal = NEW.haircut_count) THEN
    RAISE EXCEPTION 'settlement % has no haircut rows', NEW.sequence USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  SELECT sum(deficit) AS deficit, sum(fund_draw) AS fund_draw, sum(socialized) AS socialized, sum(uncovered) AS uncovered
    INTO parts FROM settlement_events e WHERE e.pool_id = NEW.pool_id AND e.sequence = NEW.sequence;
  IF (parts.deficit, parts.fund_draw, parts.socialized, parts.uncovered)
     IS DISTINCT FROM (NEW.deficit, NEW.fund_draw, NEW.socialized, NEW.uncovered) THEN
    RAISE EXCEPTION 'events of settlement % do not add up to it', NEW.sequence USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.fund_draw > 0 AND NOT EXISTS (SELECT FROM fund_entries f WHERE f.pool_id = NEW.pool_id
      AND f.sequence = NEW.sequence AND f.amount = -NEW.fund_draw) THEN
    RAISE EXCEPTION 'settlement % draws without a fund entry', NEW.sequence USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER add_up AFTER INSERT ON settlements DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION check_settlement();
--> statement-breakpoint
CREATE FUNCTION guard_loss_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.pool_id, NEW.sequence, NEW.ref, NEW.account_no, NEW.deficit, NEW.opened_at)
     IS DISTINCT FROM (OLD.pool_id, OLD.sequence, OLD.ref, OLD.account_no, OLD.deficit, OLD.opened_at) THEN
    RAISE EXCEPTION 'a loss event keeps what it was opened with' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER guard BEFORE UPDATE ON loss_events FOR EACH ROW EXECUTE FUNCTION guard_loss_event();
--> statement-breakpoint
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON loss_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
CREATE FUNCTION check_loss_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE parts record;
BEGIN
  SELECT count(*) AS rounds, coalesce(sum(fund_draw), 0) AS fund_draw, coalesce(sum(socialized), 0) AS socialized
    INTO parts FROM settlement_events e WHERE e.pool_id = NEW.pool_id AND e.event_sequence = NEW.sequence;
  IF (parts.rounds, parts.fund_draw, parts.socialized) IS DISTINCT FROM (NEW.rounds::bigint, NEW.fund_draw, NEW.socialized) THEN
    RAISE EXCEPTION 'loss event % is not the sum of its settlements', NEW.ref USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER add_up AFTER INSERT OR UPDATE ON loss_events DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION check_loss_event();
--> statement-breakpoint

-- ── valuation ──────────────────────────────────────────────────────────────────────────────────────────────────
-- Unrealized PnL of one position, exact, in units of the asset. A market without a mark is valued at entry.
CREATE FUNCTION position_pnl(size numeric, cost numeric, contract_size numeric, mark numeric) RETURNS numeric
  LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN coalesce(size * contract_size * mark - cost, 0);
--> statement-breakpoint
CREATE FUNCTION position_notional(size numeric, cost numeric, contract_size numeric, mark numeric) RETURNS numeric
  LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN abs(coalesce(size * contract_size * mark, cost));
--> statement-breakpoint
CREATE FUNCTION atoms_per_unit(decimals smallint) RETURNS numeric
  LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN ('1e' || decimals)::numeric;
--> statement-breakpoint

-- The head of an account: its own row, or its latest haircut where that is newer.
CREATE VIEW account_head AS
SELECT a.pool_id, a.account_no, a.ref, a.owner, a.status,
       CASE WHEN h.sequence > a.head_sequence THEN h.balance_after ELSE a.balance END AS balance,
       CASE WHEN h.sequence > a.head_sequence THEN h.borne_after ELSE a.borne END AS borne,
       CASE WHEN h.sequence > a.head_sequence THEN h.realized_after ELSE a.realized END AS realized,
       h.sequence AS last_notice_sequence
FROM accounts a
LEFT JOIN LATERAL (
  SELECT h.sequence, h.balance_after, h.borne_after, h.realized_after FROM haircuts h
  WHERE h.pool_id = a.pool_id AND h.account_no = a.account_no ORDER BY h.sequence DESC LIMIT 1
) h ON true;
--> statement-breakpoint

-- An account as it stands now: its head and its positions at the current marks. For the accounts of a page; a
-- settlement reads the whole pool set-wise (src/settlement/bearers.ts).
CREATE VIEW account_state AS
SELECT a.*,
       coalesce(floor(v.pnl * atoms_per_unit(p.decimals)), 0) AS unrealized,
       coalesce(ceil(v.initial_margin * atoms_per_unit(p.decimals)), 0) AS initial_margin,
       coalesce(v.unmarked, false) AS unmarked,
       v.open_positions::integer AS open_positions
FROM account_head a
JOIN pools p ON p.pool_id = a.pool_id
CROSS JOIN LATERAL (
  SELECT sum(position_pnl(s.size, s.cost, m.contract_size, m.mark_price)) AS pnl,
         sum(position_notional(s.size, s.cost, m.contract_size, m.mark_price) * m.initial_margin_rate) AS initial_margin,
         bool_or(m.mark_price IS NULL) AS unmarked,
         count(*) AS open_positions
  FROM positions s JOIN markets m ON m.pool_id = s.pool_id AND m.market_no = s.market_no
  WHERE s.pool_id = a.pool_id AND s.account_no = a.account_no AND s.size <> 0
) v;
--> statement-breakpoint

-- A haircut with the natural key and the owner of its account.
CREATE VIEW haircut_notice AS
SELECT h.*, a.ref AS account_ref, a.owner AS account_owner
FROM haircuts h JOIN accounts a ON a.pool_id = h.pool_id AND a.account_no = h.account_no;
--> statement-breakpoint

-- An account with its pool's name: the order of lists over all pools.
CREATE VIEW account_of_pool AS
SELECT s.*, p.name AS pool_name FROM account_state s JOIN pools p ON p.pool_id = s.pool_id;
