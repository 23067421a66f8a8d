CREATE TABLE "fills" (
	"pool_id" integer,
	"sequence" bigint,
	"ordinal" integer,
	"trade" text COLLATE "C" NOT NULL,
	"account_no" integer NOT NULL,
	"market_no" integer NOT NULL,
	"size" numeric NOT NULL,
	"price" numeric NOT NULL,
	"fee" numeric(38,0) NOT NULL,
	"realized" numeric(120,0) NOT NULL,
	CONSTRAINT "fills_pkey" PRIMARY KEY("pool_id","sequence","ordinal"),
	CONSTRAINT "fills_trade" UNIQUE("pool_id","trade","account_no"),
	CONSTRAINT "fills_amounts" CHECK ("size" <> 0 and "price" >= 0)
);
--> statement-breakpoint
CREATE TABLE "liquidation_closes" (
	"pool_id" integer,
	"sequence" bigint,
	"ordinal" integer,
	"market_no" integer NOT NULL,
	"size" numeric NOT NULL,
	"price" numeric NOT NULL,
	"realized" numeric(120,0) NOT NULL,
	CONSTRAINT "liquidation_closes_pkey" PRIMARY KEY("pool_id","sequence","ordinal"),
	CONSTRAINT "liquidation_closes_amounts" CHECK ("size" <> 0 and "price" >= 0)
);
--> statement-breakpoint
CREATE TABLE "liquidations" (
	"pool_id" integer,
	"sequence" bigint,
	"account_no" integer NOT NULL,
	"takeover_account_no" integer,
	"fee_rate" numeric NOT NULL,
	"fee" numeric(38,0) NOT NULL,
	"fund_fee" numeric(38,0) NOT NULL,
	"liquidator_fee" numeric(38,0) NOT NULL,
	"liquidator_account_no" integer,
	"realized" numeric(120,0) NOT NULL,
	"health_before" text NOT NULL,
	"health_after" text NOT NULL,
	"equity_before" numeric(120,0) NOT NULL,
	"equity_after" numeric(120,0) NOT NULL,
	"loss_sequence" bigint,
	"liquidated_at" timestamp(6) with time zone NOT NULL,
	CONSTRAINT "liquidations_pkey" PRIMARY KEY("pool_id","sequence"),
	CONSTRAINT "liquidations_fee" CHECK (least("fund_fee", "liquidator_fee") >= 0 and "fee" = "fund_fee" + "liquidator_fee" and ("liquidator_fee" = 0 or "liquidator_account_no" is not null)),
	CONSTRAINT "liquidations_loss_own" CHECK ("loss_sequence" is null or ("loss_sequence" = "sequence" and "equity_after" < 0 and "fee" = 0))
);
--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "isolated_market_no" integer;--> statement-breakpoint
ALTER TABLE "markets" ADD COLUMN "tier_floors" numeric[] DEFAULT '{}'::numeric[] NOT NULL;--> statement-breakpoint
ALTER TABLE "markets" ADD COLUMN "tier_initial_rates" numeric[] DEFAULT '{}'::numeric[] NOT NULL;--> statement-breakpoint
ALTER TABLE "markets" ADD COLUMN "tier_maintenance_rates" numeric[] DEFAULT '{}'::numeric[] NOT NULL;--> statement-breakpoint
ALTER TABLE "markets" ADD COLUMN "mark_band" numeric;--> statement-breakpoint
ALTER TABLE "markets" ADD COLUMN "max_position" numeric;--> statement-breakpoint
ALTER TABLE "pool_rules" ADD COLUMN "position_source" text DEFAULT 'SNAPSHOTS' NOT NULL;--> statement-breakpoint
ALTER TABLE "pool_rules" ADD COLUMN "max_mark_age_seconds" integer;--> statement-breakpoint
ALTER TABLE "pool_rules" ADD COLUMN "liquidation_order" text DEFAULT 'LARGEST_MARGIN' NOT NULL;--> statement-breakpoint
ALTER TABLE "pool_rules" ADD COLUMN "liquidation_fee_rate" numeric DEFAULT '0' NOT NULL;--> statement-breakpoint
ALTER TABLE "pool_rules" ADD COLUMN "liquidator_share" numeric DEFAULT '0' NOT NULL;--> statement-breakpoint
ALTER TABLE "pool_rules" ADD COLUMN "liquidator_account" text COLLATE "C";--> statement-breakpoint
ALTER TABLE "pools" ADD COLUMN "position_source" text DEFAULT 'SNAPSHOTS' NOT NULL;--> statement-breakpoint
ALTER TABLE "pools" ADD COLUMN "max_mark_age_seconds" integer;--> statement-breakpoint
ALTER TABLE "pools" ADD COLUMN "liquidation_order" text DEFAULT 'LARGEST_MARGIN' NOT NULL;--> statement-breakpoint
ALTER TABLE "pools" ADD COLUMN "liquidation_fee_rate" numeric DEFAULT '0' NOT NULL;--> statement-breakpoint
ALTER TABLE "pools" ADD COLUMN "liquidator_share" numeric DEFAULT '0' NOT NULL;--> statement-breakpoint
ALTER TABLE "pools" ADD COLUMN "liquidator_account" text COLLATE "C";--> statement-breakpoint
ALTER TABLE "settlements" ADD COLUMN "stale_marks_reason" text;--> statement-breakpoint
ALTER TABLE "fills" ADD CONSTRAINT "fills_committed" FOREIGN KEY ("pool_id","sequence") REFERENCES "journal"("pool_id","sequence");--> statement-breakpoint
ALTER TABLE "liquidation_closes" ADD CONSTRAINT "liquidation_closes_of" FOREIGN KEY ("pool_id","sequence") REFERENCES "liquidations"("pool_id","sequence");--> statement-breakpoint
ALTER TABLE "liquidations" ADD CONSTRAINT "liquidations_committed" FOREIGN KEY ("pool_id","sequence") REFERENCES "journal"("pool_id","sequence");--> statement-breakpoint
ALTER TABLE "liquidations" ADD CONSTRAINT "liquidations_loss" FOREIGN KEY ("pool_id","loss_sequence") REFERENCES "loss_events"("pool_id","sequence");--> statement-breakpoint
ALTER TABLE "markets" ADD CONSTRAINT "markets_tiers" CHECK (cardinality("tier_floors") = cardinality("tier_initial_rates") and cardinality("tier_floors") = cardinality("tier_maintenance_rates"));--> statement-breakpoint
ALTER TABLE "markets" ADD CONSTRAINT "markets_limits" CHECK ("mark_band" > 0 and "max_position" >= 0);--> statement-breakpoint
ALTER TABLE "pools" ADD CONSTRAINT "pools_positions" CHECK ("position_source" in ('SNAPSHOTS', 'FILLS') and "max_mark_age_seconds" > 0);--> statement-breakpoint
ALTER TABLE "pools" ADD CONSTRAINT "pools_liquidation" CHECK ("liquidation_order" in ('LARGEST_MARGIN', 'LARGEST_LOSS', 'SMALLEST_LOSS') and "liquidation_fee_rate" between 0 and 1 and "liquidator_share" between 0 and 1 and ("liquidator_share" = 0 or "liquidator_account" is not null));