CREATE TABLE "session_cuts" (
	"pool_id" integer,
	"sequence" bigint,
	"account_no" integer,
	"unrealized" numeric(120,0) NOT NULL,
	CONSTRAINT "session_cuts_pkey" PRIMARY KEY("pool_id","account_no","sequence")
);
--> statement-breakpoint
CREATE TABLE "haircut_parts" (
	"pool_id" integer,
	"sequence" bigint,
	"ordinal" integer,
	"part" integer,
	"amount" numeric(120,0) NOT NULL,
	"profit" numeric(120,0) NOT NULL,
	"cap" numeric(120,0) NOT NULL,
	"weight" numeric(200,0) NOT NULL,
	CONSTRAINT "haircut_parts_pkey" PRIMARY KEY("pool_id","sequence","ordinal","part"),
	CONSTRAINT "haircut_parts_amount" CHECK ("amount" > 0 and "amount" <= "cap" and "cap" <= "profit")
);
--> statement-breakpoint
CREATE TABLE "loss_event_markets" (
	"pool_id" integer,
	"sequence" bigint,
	"market_no" integer,
	"loss" numeric(120,0) NOT NULL,
	CONSTRAINT "loss_event_markets_pkey" PRIMARY KEY("pool_id","sequence","market_no"),
	CONSTRAINT "loss_event_markets_loss" CHECK ("loss" > 0)
);
--> statement-breakpoint
CREATE TABLE "pool_rules" (
	"pool_id" integer,
	"version" integer,
	"sequence" bigint NOT NULL,
	"waterfall" text NOT NULL,
	"tiers" text[] NOT NULL,
	"method" text NOT NULL,
	"leverage_exponent" smallint NOT NULL,
	"max_leverage" numeric,
	"profit_basis" text NOT NULL,
	"scope" text NOT NULL,
	"overflow" text NOT NULL,
	"max_haircut_rate" numeric NOT NULL,
	"fund_reserve" numeric(38,0) NOT NULL,
	"fund_cap" numeric(38,0),
	"operator_cap" numeric(38,0) NOT NULL,
	"withdrawals_while_loss_open" text NOT NULL,
	"since" timestamp(6) with time zone NOT NULL,
	CONSTRAINT "pool_rules_pkey" PRIMARY KEY("pool_id","version"),
	CONSTRAINT "pool_rules_version" CHECK ("version" >= 1)
);
--> statement-breakpoint
CREATE TABLE "recoveries" (
	"pool_id" integer,
	"sequence" bigint,
	"event_sequence" bigint NOT NULL,
	"amount" numeric(38,0) NOT NULL,
	"uncovered" numeric(38,0) NOT NULL,
	"ref" text,
	"recorded_at" timestamp(6) with time zone NOT NULL,
	CONSTRAINT "recoveries_pkey" PRIMARY KEY("pool_id","sequence"),
	CONSTRAINT "recoveries_amount" CHECK ("amount" > 0 and 0 <= "uncovered" and "uncovered" <= "amount")
);
--> statement-breakpoint
CREATE TABLE "returned_shares" (
	"pool_id" integer,
	"sequence" bigint,
	"event_sequence" bigint,
	"settlement_sequence" bigint,
	"recourse" numeric(38,0) DEFAULT '0' NOT NULL,
	"operator_capital" numeric(38,0) DEFAULT '0' NOT NULL,
	"fund_draw" numeric(38,0) DEFAULT '0' NOT NULL,
	"socialized" numeric(38,0) DEFAULT '0' NOT NULL,
	CONSTRAINT "returned_shares_pkey" PRIMARY KEY("pool_id","event_sequence","settlement_sequence","sequence"),
	CONSTRAINT "returned_shares_amounts" CHECK (least("recourse", "operator_capital", "fund_draw", "socialized") >= 0)
);
--> statement-breakpoint
CREATE TABLE "reversals" (
	"pool_id" integer,
	"sequence" bigint,
	"settlement_sequence" bigint NOT NULL,
	"reason" text NOT NULL,
	"reversed_at" timestamp(6) with time zone NOT NULL,
	CONSTRAINT "reversals_pkey" PRIMARY KEY("pool_id","sequence"),
	CONSTRAINT "reversals_settlement" UNIQUE("pool_id","settlement_sequence")
);
--> statement-breakpoint
CREATE TABLE "settlement_leaves" (
	"pool_id" integer,
	"sequence" bigint,
	"chunk" integer,
	"first" text COLLATE "C" NOT NULL,
	"hash" text NOT NULL,
	"sum" numeric(120,0) NOT NULL,
	"leaves" text NOT NULL,
	CONSTRAINT "settlement_leaves_pkey" PRIMARY KEY("pool_id","sequence","chunk")
);
--> statement-breakpoint
CREATE TABLE "settlement_parts" (
	"pool_id" integer,
	"sequence" bigint,
	"part" integer,
	"scope" text NOT NULL,
	"market_no" integer,
	"method" text NOT NULL,
	"loss" numeric(120,0) NOT NULL,
	"profit_total" numeric(120,0) NOT NULL,
	"capacity" numeric(120,0) NOT NULL,
	"phase" smallint NOT NULL,
	"level" text NOT NULL,
	"last_remainder" text NOT NULL,
	CONSTRAINT "settlement_parts_pkey" PRIMARY KEY("pool_id","sequence","part"),
	CONSTRAINT "settlement_parts_scope" CHECK (("scope" = 'MARKET') = ("market_no" is not null)),
	CONSTRAINT "settlement_parts_loss" CHECK ("loss" > 0 and "loss" <= "capacity" and "capacity" <= "profit_total")
);
--> statement-breakpoint
CREATE TABLE "settlement_seeds" (
	"pool_id" integer,
	"sequence" bigint,
	"seed" bytea NOT NULL,
	CONSTRAINT "settlement_seeds_pkey" PRIMARY KEY("pool_id","sequence"),
	CONSTRAINT "settlement_seeds_seed" CHECK (octet_length("seed") = 32)
);
--> statement-breakpoint
ALTER TABLE "settlement_events" DROP CONSTRAINT "settlement_events_first";--> statement-breakpoint
ALTER TABLE "settlement_events" DROP CONSTRAINT "settlement_events_again";--> statement-breakpoint
ALTER TABLE "loss_events" DROP CONSTRAINT "loss_events_deficit";--> statement-breakpoint
ALTER TABLE "settlement_events" DROP CONSTRAINT "settlement_events_uncovered";--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "max_haircut_rate" numeric;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "session_realized" numeric(120,0) DEFAULT '0' NOT NULL;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "session_sequence" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "haircuts" ADD COLUMN "weight" numeric(200,0);--> statement-breakpoint
ALTER TABLE "haircuts" ADD COLUMN "recourse" numeric(120,0);--> statement-breakpoint
ALTER TABLE "haircuts" ADD COLUMN "restores" bigint;--> statement-breakpoint
ALTER TABLE "loss_events" ADD COLUMN "recourse" numeric(38,0) DEFAULT '0' NOT NULL;--> statement-breakpoint
ALTER TABLE "loss_events" ADD COLUMN "operator_capital" numeric(38,0) DEFAULT '0' NOT NULL;--> statement-breakpoint
ALTER TABLE "loss_events" ADD COLUMN "recovered" numeric(38,0) DEFAULT '0' NOT NULL;--> statement-breakpoint
ALTER TABLE "loss_events" ADD COLUMN "standing" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "pools" ADD COLUMN "halt_reason" text;--> statement-breakpoint
ALTER TABLE "pools" ADD COLUMN "tiers" text[];--> statement-breakpoint
ALTER TABLE "pools" ADD COLUMN "leverage_exponent" smallint;--> statement-breakpoint
ALTER TABLE "pools" ADD COLUMN "max_leverage" numeric;--> statement-breakpoint
ALTER TABLE "pools" ADD COLUMN "scope" text;--> statement-breakpoint
ALTER TABLE "pools" ADD COLUMN "overflow" text;--> statement-breakpoint
ALTER TABLE "pools" ADD COLUMN "fund_cap" numeric(38,0);--> statement-breakpoint
ALTER TABLE "pools" ADD COLUMN "operator_cap" numeric(38,0);--> statement-breakpoint
ALTER TABLE "pools" ADD COLUMN "rules_version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "pools" ADD COLUMN "session_sequence" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "settlement_events" ADD COLUMN "recourse" numeric(38,0) DEFAULT '0' NOT NULL;--> statement-breakpoint
ALTER TABLE "settlement_events" ADD COLUMN "operator_capital" numeric(38,0) DEFAULT '0' NOT NULL;--> statement-breakpoint
ALTER TABLE "settlements" ADD COLUMN "rules_version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "settlements" ADD COLUMN "recourse" numeric(120,0) DEFAULT '0' NOT NULL;--> statement-breakpoint
ALTER TABLE "settlements" ADD COLUMN "operator_capital" numeric(120,0) DEFAULT '0' NOT NULL;--> statement-breakpoint
ALTER TABLE "settlements" ADD COLUMN "root" text;--> statement-breakpoint
ALTER TABLE "settlements" ADD COLUMN "tree" text;--> statement-breakpoint
-- Pools that are there already keep the rules that they had: as version 1, with their waterfall as a list of tiers. What
-- watches over a pool's commits would take this for one.
ALTER TABLE "pools" DISABLE TRIGGER USER;--> statement-breakpoint
UPDATE "pools" SET "tiers" = array_remove(ARRAY['OWN_COLLATERAL', CASE WHEN "waterfall" <> 'SOCIALIZE_ONLY' THEN 'INSURANCE_FUND' END,
    CASE WHEN "waterfall" <> 'FUND_ONLY' THEN 'SOCIALIZATION' END], NULL),
  "leverage_exponent" = 1, "scope" = 'POOL', "overflow" = 'POOL', "operator_cap" = 0;--> statement-breakpoint
ALTER TABLE "pools" ENABLE TRIGGER USER;--> statement-breakpoint
ALTER TABLE "pools" ALTER COLUMN "tiers" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "pools" ALTER COLUMN "leverage_exponent" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "pools" ALTER COLUMN "scope" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "pools" ALTER COLUMN "overflow" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "pools" ALTER COLUMN "operator_cap" SET NOT NULL;--> statement-breakpoint
INSERT INTO "pool_rules" SELECT "pool_id", 1, 0, "waterfall", "tiers", "method", "leverage_exponent", "max_leverage", "profit_basis",
  "scope", "overflow", "max_haircut_rate", "fund_reserve", "fund_cap", "operator_cap", "withdrawals_while_loss_open", "created_at"
FROM "pools";--> statement-breakpoint
ALTER TABLE "loss_events" DISABLE TRIGGER USER;--> statement-breakpoint
UPDATE "loss_events" SET "standing" = "rounds";--> statement-breakpoint
ALTER TABLE "loss_events" ENABLE TRIGGER USER;--> statement-breakpoint
ALTER TABLE "settlement_events" DROP COLUMN "first_deficit";--> statement-breakpoint
ALTER TABLE "settlement_events" DROP COLUMN "previous_round";--> statement-breakpoint
ALTER TABLE "haircuts" ALTER COLUMN "profit" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "haircuts" ALTER COLUMN "cap" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "settlement_events" ALTER COLUMN "fund_draw" SET DEFAULT '0';--> statement-breakpoint
ALTER TABLE "settlement_events" ALTER COLUMN "socialized" SET DEFAULT '0';--> statement-breakpoint
ALTER TABLE "settlements" ALTER COLUMN "fund_draw" SET DEFAULT '0';--> statement-breakpoint
ALTER TABLE "settlements" ALTER COLUMN "socialized" SET DEFAULT '0';--> statement-breakpoint
ALTER TABLE "haircuts" DROP CONSTRAINT "haircuts_account";--> statement-breakpoint
ALTER TABLE "haircuts" ADD CONSTRAINT "haircuts_account" UNIQUE NULLS NOT DISTINCT("pool_id","account_no","sequence","restores");--> statement-breakpoint
CREATE INDEX "haircuts_restores" ON "haircuts" ("pool_id","restores","account_no") WHERE "restores" is not null;--> statement-breakpoint
CREATE INDEX "recoveries_event" ON "recoveries" ("pool_id","event_sequence","sequence");--> statement-breakpoint
ALTER TABLE "session_cuts" ADD CONSTRAINT "session_cuts_committed" FOREIGN KEY ("pool_id","sequence") REFERENCES "journal"("pool_id","sequence");--> statement-breakpoint
ALTER TABLE "loss_event_markets" ADD CONSTRAINT "loss_event_markets_event" FOREIGN KEY ("pool_id","sequence") REFERENCES "loss_events"("pool_id","sequence");--> statement-breakpoint
ALTER TABLE "pool_rules" ADD CONSTRAINT "pool_rules_pool" FOREIGN KEY ("pool_id") REFERENCES "pools"("pool_id");--> statement-breakpoint
ALTER TABLE "recoveries" ADD CONSTRAINT "recoveries_committed" FOREIGN KEY ("pool_id","sequence") REFERENCES "journal"("pool_id","sequence");--> statement-breakpoint
ALTER TABLE "recoveries" ADD CONSTRAINT "recoveries_event" FOREIGN KEY ("pool_id","event_sequence") REFERENCES "loss_events"("pool_id","sequence");--> statement-breakpoint
ALTER TABLE "returned_shares" ADD CONSTRAINT "returned_shares_committed" FOREIGN KEY ("pool_id","sequence") REFERENCES "journal"("pool_id","sequence");--> statement-breakpoint
ALTER TABLE "returned_shares" ADD CONSTRAINT "returned_shares_share" FOREIGN KEY ("pool_id","settlement_sequence","event_sequence") REFERENCES "settlement_events"("pool_id","sequence","event_sequence");--> statement-breakpoint
ALTER TABLE "reversals" ADD CONSTRAINT "reversals_committed" FOREIGN KEY ("pool_id","sequence") REFERENCES "journal"("pool_id","sequence");--> statement-breakpoint
ALTER TABLE "reversals" ADD CONSTRAINT "reversals_of" FOREIGN KEY ("pool_id","settlement_sequence") REFERENCES "settlements"("pool_id","sequence");--> statement-breakpoint
ALTER TABLE "settlement_events" ADD CONSTRAINT "settlement_events_event" FOREIGN KEY ("pool_id","event_sequence") REFERENCES "loss_events"("pool_id","sequence");--> statement-breakpoint
ALTER TABLE "settlement_leaves" ADD CONSTRAINT "settlement_leaves_settlement" FOREIGN KEY ("pool_id","sequence") REFERENCES "settlements"("pool_id","sequence");--> statement-breakpoint
ALTER TABLE "settlement_parts" ADD CONSTRAINT "settlement_parts_settlement" FOREIGN KEY ("pool_id","sequence") REFERENCES "settlements"("pool_id","sequence");--> statement-breakpoint
ALTER TABLE "settlement_seeds" ADD CONSTRAINT "settlement_seeds_settlement" FOREIGN KEY ("pool_id","sequence") REFERENCES "settlements"("pool_id","sequence");--> statement-breakpoint
ALTER TABLE "settlements" ADD CONSTRAINT "settlements_rules" FOREIGN KEY ("pool_id","rules_version") REFERENCES "pool_rules"("pool_id","version");--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_max_haircut_rate" CHECK ("max_haircut_rate" between 0 and 1);--> statement-breakpoint
ALTER TABLE "haircuts" ADD CONSTRAINT "haircuts_recourse" CHECK (0 < "recourse" and "recourse" <= abs("amount"));--> statement-breakpoint
ALTER TABLE "loss_events" ADD CONSTRAINT "loss_events_rounds" CHECK (0 <= "standing" and "standing" <= "rounds");--> statement-breakpoint
ALTER TABLE "pools" ADD CONSTRAINT "pools_tiers" CHECK ("tiers"[1] = 'OWN_COLLATERAL' and "tiers" <@ array['OWN_COLLATERAL', 'OWNER_RECOURSE', 'OPERATOR_CAPITAL', 'INSURANCE_FUND', 'SOCIALIZATION'] and "waterfall" = case when not 'SOCIALIZATION' = any("tiers") then 'FUND_ONLY' when 'INSURANCE_FUND' = any("tiers") then 'FUND_THEN_SOCIALIZE' else 'SOCIALIZE_ONLY' end);--> statement-breakpoint
ALTER TABLE "pools" ADD CONSTRAINT "pools_leverage" CHECK ("leverage_exponent" between 0 and 4 and "max_leverage" > 0);--> statement-breakpoint
ALTER TABLE "pools" ADD CONSTRAINT "pools_scope" CHECK ("scope" in ('POOL', 'MARKET') and "overflow" in ('POOL', 'UNCOVERED') and ("scope" = 'POOL' or "profit_basis" = 'UNREALIZED'));--> statement-breakpoint
ALTER TABLE "fund_entries" DROP CONSTRAINT "fund_entries_kind", ADD CONSTRAINT "fund_entries_kind" CHECK ("kind" in ('LIQUIDATION_FEE', 'OPERATOR_CONTRIBUTION', 'LOSS_DRAW', 'WITHDRAWAL', 'RECOVERY', 'REVERSAL'));--> statement-breakpoint
ALTER TABLE "haircuts" DROP CONSTRAINT "haircuts_amount", ADD CONSTRAINT "haircuts_amount" CHECK (case when "restores" is null then "amount" > 0 and greatest("amount", "cap") <= "profit" else "amount" < 0 and "restores" < "sequence" and coalesce("profit", "cap", "weight") is null end);--> statement-breakpoint
ALTER TABLE "haircuts" DROP CONSTRAINT "haircuts_borne", ADD CONSTRAINT "haircuts_borne" CHECK ("borne_after" >= "amount" and "borne_after" >= 0);--> statement-breakpoint
ALTER TABLE "haircuts" DROP CONSTRAINT "haircuts_previous", ADD CONSTRAINT "haircuts_previous" CHECK ("previous_sequence" <= "sequence");--> statement-breakpoint
ALTER TABLE "loss_events" DROP CONSTRAINT "loss_events_amounts", ADD CONSTRAINT "loss_events_amounts" CHECK (least("recourse", "operator_capital", "fund_draw", "socialized", "uncovered", "recovered") >= 0);--> statement-breakpoint
ALTER TABLE "loss_events" DROP CONSTRAINT "loss_events_sum", ADD CONSTRAINT "loss_events_sum" CHECK ("deficit" > 0 and "deficit" = "recourse" + "operator_capital" + "fund_draw" + "socialized" + "uncovered" + "recovered");--> statement-breakpoint
ALTER TABLE "loss_events" DROP CONSTRAINT "loss_events_status", ADD CONSTRAINT "loss_events_status" CHECK ("status" = case when "uncovered" = 0 then 'SETTLED' when "standing" = 0 then 'OPEN' else 'PARTIALLY_COVERED' end);--> statement-breakpoint
ALTER TABLE "outbox" DROP CONSTRAINT "outbox_kind", ADD CONSTRAINT "outbox_kind" CHECK ("kind" in ('LOSS_OPENED', 'SETTLED', 'RECOVERED', 'REVERSED'));--> statement-breakpoint
ALTER TABLE "pools" DROP CONSTRAINT "pools_method", ADD CONSTRAINT "pools_method" CHECK ("method" in ('PRO_RATA', 'RISK_WEIGHTED', 'CONSTRAINED_EQUAL_LOSSES', 'CONSTRAINED_EQUAL_AWARDS', 'TALMUD', 'OPEN_INTEREST', 'ADL_QUEUE'));--> statement-breakpoint
ALTER TABLE "pools" DROP CONSTRAINT "pools_status", ADD CONSTRAINT "pools_status" CHECK ("status" in ('ACTIVE', 'HALTED') and ("status" = 'HALTED' or "halt_reason" is null));--> statement-breakpoint
ALTER TABLE "pools" DROP CONSTRAINT "pools_profit_basis", ADD CONSTRAINT "pools_profit_basis" CHECK ("profit_basis" in ('UNREALIZED', 'SESSION'));--> statement-breakpoint
ALTER TABLE "pools" DROP CONSTRAINT "pools_fund", ADD CONSTRAINT "pools_fund" CHECK ("fund_reserve" >= 0 and "fund_balance" >= 0 and "fund_cap" >= 0 and "operator_cap" >= 0);--> statement-breakpoint
ALTER TABLE "settlement_events" DROP CONSTRAINT "settlement_events_amounts", ADD CONSTRAINT "settlement_events_amounts" CHECK ("deficit" > 0 and least("recourse", "operator_capital", "fund_draw", "socialized", "uncovered") >= 0);--> statement-breakpoint
ALTER TABLE "settlement_events" DROP CONSTRAINT "settlement_events_sum", ADD CONSTRAINT "settlement_events_sum" CHECK ("deficit" = "recourse" + "operator_capital" + "fund_draw" + "socialized" + "uncovered");--> statement-breakpoint
ALTER TABLE "settlements" DROP CONSTRAINT "settlements_amounts", ADD CONSTRAINT "settlements_amounts" CHECK ("deficit" > 0 and least("recourse", "operator_capital", "fund_draw", "socialized", "uncovered") >= 0);--> statement-breakpoint
ALTER TABLE "settlements" DROP CONSTRAINT "settlements_residual", ADD CONSTRAINT "settlements_residual" CHECK ("residual" = "deficit" - "recourse" - "operator_capital" - "fund_draw");--> statement-breakpoint
ALTER TABLE "settlements" DROP CONSTRAINT "settlements_count", ADD CONSTRAINT "settlements_count" CHECK (("haircut_count" = 0) = ("socialized" + "recourse" = 0));