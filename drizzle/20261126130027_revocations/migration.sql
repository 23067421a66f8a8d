-- Tokens that were taken back before they expired: of no pool, numbered in the order of their commits.
CREATE TABLE "revocations" (
	"number" bigint PRIMARY KEY,
	"subject" text COLLATE "C" NOT NULL,
	"issued_before" timestamp(6) with time zone NOT NULL,
	"reason" text,
	"revoked_by" text COLLATE "C" NOT NULL,
	"revoked_at" timestamp(6) with time zone NOT NULL,
	CONSTRAINT "revocations_past" CHECK ("issued_before" <= "revoked_at")
);
--> statement-breakpoint
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON revocations
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
