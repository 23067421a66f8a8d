CREATE TABLE "pool_audits" (
	"pool_id" integer PRIMARY KEY,
	"sequence" bigint NOT NULL,
	"broken" integer NOT NULL,
	"audited_at" timestamp(6) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "outbox" ADD COLUMN "reason" text;--> statement-breakpoint
ALTER TABLE "pool_audits" ADD CONSTRAINT "pool_audits_pool" FOREIGN KEY ("pool_id") REFERENCES "pools"("pool_id");--> statement-breakpoint
ALTER TABLE "outbox" ADD CONSTRAINT "outbox_reason" CHECK (("kind" = 'HALTED') = ("reason" is not null));--> statement-breakpoint
ALTER TABLE "outbox" DROP CONSTRAINT "outbox_kind", ADD CONSTRAINT "outbox_kind" CHECK ("kind" in ('LOSS_OPENED', 'SETTLED', 'RECOVERED', 'REVERSED', 'HALTED', 'RESUMED'));--> statement-breakpoint
-- A pool whose rows are broken must still be haltable: what it stands at is looked at where it changes, and while the pool is ACTIVE.
CREATE OR REPLACE FUNCTION check_pool_commit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.status = 'ACTIVE' OR NEW.sequence <> OLD.sequence)
     AND NOT EXISTS (SELECT FROM journal j WHERE j.pool_id = NEW.pool_id AND j.sequence = NEW.sequence) THEN
    RAISE EXCEPTION 'pool % stepped to % without a journal row', NEW.pool_id, NEW.sequence
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF (NEW.status = 'ACTIVE' OR NEW.fund_balance <> OLD.fund_balance)
     AND NEW.fund_balance <> coalesce((SELECT f.balance_after FROM fund_entries f WHERE f.pool_id = NEW.pool_id
                                       ORDER BY f.sequence DESC LIMIT 1), 0) THEN
    RAISE EXCEPTION 'the fund of pool % is not at its last entry', NEW.pool_id
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
