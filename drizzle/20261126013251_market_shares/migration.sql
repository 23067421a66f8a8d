CREATE TABLE "settlement_event_markets" (
	"pool_id" integer,
	"sequence" bigint,
	"event_sequence" bigint,
	"market_no" integer,
	"loss" numeric(120,0) NOT NULL,
	"socialized" numeric(120,0) NOT NULL,
	CONSTRAINT "settlement_event_markets_pkey" PRIMARY KEY("pool_id","sequence","event_sequence","market_no"),
	CONSTRAINT "settlement_event_markets_amounts" CHECK ("loss" > 0 and 0 <= "socialized" and "socialized" <= "loss")
);
--> statement-breakpoint
ALTER TABLE "settlement_event_markets" ADD CONSTRAINT "settlement_event_markets_share" FOREIGN KEY ("pool_id","sequence","event_sequence") REFERENCES "settlement_events"("pool_id","sequence","event_sequence");--> statement-breakpoint
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON settlement_event_markets
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
CREATE TRIGGER at_pool_sequence AFTER INSERT ON settlement_event_markets REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION check_sequence();
