-- What a settlement commits to is known when its haircuts are hashed, which goes on while PostgreSQL takes their rows: so the
-- root has a row of its own, written after them.
CREATE TABLE "settlement_roots" (
	"pool_id" integer,
	"sequence" bigint,
	"root" text NOT NULL,
	"tree" text NOT NULL,
	CONSTRAINT "settlement_roots_pkey" PRIMARY KEY("pool_id","sequence")
);
--> statement-breakpoint
ALTER TABLE "settlement_roots" ADD CONSTRAINT "settlement_roots_settlement" FOREIGN KEY ("pool_id","sequence") REFERENCES "settlements"("pool_id","sequence");--> statement-breakpoint
INSERT INTO "settlement_roots" SELECT "pool_id", "sequence", "root", "tree" FROM "settlements" WHERE "root" IS NOT NULL;--> statement-breakpoint
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON settlement_roots
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();--> statement-breakpoint
CREATE TRIGGER at_pool_sequence AFTER INSERT ON settlement_roots REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION check_sequence();--> statement-breakpoint
CREATE OR REPLACE FUNCTION check_settlement() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE parts record;
BEGIN
  IF NEW.haircut_count > 0 AND NOT EXISTS (SELECT FROM haircuts h WHERE h.pool_id = NEW.pool_id
      AND h.sequence = NEW.sequence AND h.ordinal = NEW.haircut_count) THEN
    RAISE EXCEPTION 'settlement % has no haircut rows', NEW.sequence USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF (NEW.haircut_count > 0) IS DISTINCT FROM EXISTS (
        SELECT FROM settlement_roots r WHERE r.pool_id = NEW.pool_id AND r.sequence = NEW.sequence)
     OR (NEW.haircut_count > 0) IS DISTINCT FROM EXISTS (
        SELECT FROM settlement_seeds s WHERE s.pool_id = NEW.pool_id AND s.sequence = NEW.sequence) THEN
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
ALTER TABLE "settlements" DROP COLUMN "root";--> statement-breakpoint
ALTER TABLE "settlements" DROP COLUMN "tree";--> statement-breakpoint
-- Hashes do not compress: trying to takes longer than writing them.
ALTER TABLE "settlement_leaves" ALTER COLUMN "leaves" SET STORAGE EXTERNAL;
