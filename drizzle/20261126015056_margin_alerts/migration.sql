CREATE TABLE "margin_alerts" (
	"pool_id" integer,
	"alert_no" bigint,
	"account_no" integer NOT NULL,
	"previous_alert_no" bigint,
	"sequence" bigint NOT NULL,
	"health" text NOT NULL,
	"previous_health" text NOT NULL,
	"equity" numeric(120,0) NOT NULL,
	"initial" numeric(120,0) NOT NULL,
	"maintenance" numeric(120,0) NOT NULL,
	"raised_at" timestamp(6) with time zone NOT NULL,
	CONSTRAINT "margin_alerts_pkey" PRIMARY KEY("pool_id","alert_no"),
	CONSTRAINT "margin_alerts_health" CHECK ("health" <> "previous_health" and "alert_no" > 0 and "previous_alert_no" < "alert_no")
);
--> statement-breakpoint
ALTER TABLE "pools" ADD COLUMN "alert_count" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "margin_alerts_account" ON "margin_alerts" ("pool_id","account_no","alert_no");--> statement-breakpoint
ALTER TABLE "margin_alerts" ADD CONSTRAINT "margin_alerts_pool" FOREIGN KEY ("pool_id") REFERENCES "pools"("pool_id");--> statement-breakpoint
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON margin_alerts
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
-- Numbers go on from the last without a gap, and the pool's count follows them by the commit.
CREATE FUNCTION check_alerts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
  SELECT n.pool_id INTO bad FROM (SELECT pool_id, min(alert_no) AS first, max(alert_no) AS last, count(*) AS count FROM added GROUP BY pool_id) n
    JOIN pools p ON p.pool_id = n.pool_id
    WHERE n.first <> p.alert_count + 1 OR n.last - n.first + 1 <> n.count LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'alerts of pool % do not go on from its last', bad.pool_id USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER gapless AFTER INSERT ON margin_alerts REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION check_alerts();
--> statement-breakpoint
CREATE FUNCTION check_alert_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.alert_count <> coalesce((SELECT max(a.alert_no) FROM margin_alerts a WHERE a.pool_id = NEW.pool_id), 0) THEN
    RAISE EXCEPTION 'pool % counts other alerts than it has', NEW.pool_id USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER counted AFTER UPDATE OF alert_count ON pools DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION check_alert_count();
