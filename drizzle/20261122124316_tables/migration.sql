CREATE TABLE "accounts" (
	"pool_id" integer,
	"account_no" integer,
	"ref" text COLLATE "C" NOT NULL,
	"owner" text COLLATE "C" NOT NULL,
	"status" text DEFAULT 'ACTIVE' NOT NULL,
	"balance" numeric(120,0) DEFAULT '0' NOT NULL,
	"borne" numeric(120,0) DEFAULT '0' NOT NULL,
	"realized" numeric(120,0) DEFAULT '0' NOT NULL,
	"head_sequence" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "accounts_pkey" PRIMARY KEY("pool_id","account_no"),
	CONSTRAINT "accounts_ref" UNIQUE("pool_id","ref"),
	CONSTRAINT "accounts_status" CHECK ("status" in ('ACTIVE', 'BANKRUPT', 'CLOSED')),
	CONSTRAINT "accounts_borne" CHECK ("borne" >= 0 and ("borne" > 0 or "realized" = 0))
);
--> statement-breakpoint
CREATE TABLE "fund_entries" (
	"pool_id" integer,
	"sequence" bigint,
	"kind" text NOT NULL,
	"amount" numeric(38,0) NOT NULL,
	"balance_after" numeric(38,0) NOT NULL,
	"ref" text,
	"created_at" timestamp(6) with time zone NOT NULL,
	CONSTRAINT "fund_entries_pkey" PRIMARY KEY("pool_id","sequence"),
	CONSTRAINT "fund_entries_amount" CHECK ("amount" <> 0 and "balance_after" >= 0),
	CONSTRAINT "fund_entries_kind" CHECK ("kind" in ('LIQUIDATION_FEE', 'OPERATOR_CONTRIBUTION', 'LOSS_DRAW', 'WITHDRAWAL', 'RECOVERY')),
	CONSTRAINT "fund_entries_sign" CHECK (("kind" in ('LOSS_DRAW', 'WITHDRAWAL')) = ("amount" < 0))
);
--> statement-breakpoint
CREATE TABLE "haircuts" (
	"pool_id" integer,
	"sequence" bigint,
	"ordinal" integer,
	"account_no" integer NOT NULL,
	"previous_sequence" bigint,
	"profit" numeric(120,0) NOT NULL,
	"cap" numeric(120,0) NOT NULL,
	"amount" numeric(120,0) NOT NULL,
	"balance_after" numeric(120,0) NOT NULL,
	"borne_after" numeric(120,0) NOT NULL,
	"realized_after" numeric(120,0) NOT NULL,
	CONSTRAINT "haircuts_pkey" PRIMARY KEY("pool_id","sequence","ordinal"),
	CONSTRAINT "haircuts_account" UNIQUE("pool_id","account_no","sequence"),
	CONSTRAINT "haircuts_amount" CHECK ("amount" > 0 and "amount" <= "cap" and "cap" <= "profit"),
	CONSTRAINT "haircuts_borne" CHECK ("borne_after" >= "amount"),
	CONSTRAINT "haircuts_previous" CHECK ("previous_sequence" < "sequence")
);
--> statement-breakpoint
CREATE TABLE "idempotency_records" (
	"pool_id" integer,
	"key" text COLLATE "C",
	"mutation" text NOT NULL,
	"input_hash" bytea NOT NULL,
	"sequence" bigint NOT NULL,
	"count" integer NOT NULL,
	CONSTRAINT "idempotency_records_pkey" PRIMARY KEY("pool_id","key"),
	CONSTRAINT "idempotency_hash" CHECK (octet_length("input_hash") = 32)
);
--> statement-breakpoint
CREATE TABLE "journal" (
	"pool_id" integer,
	"sequence" bigint,
	"previous" bigint GENERATED ALWAYS AS (nullif("sequence" - 1, 0)) STORED,
	"mutation" text NOT NULL,
	"committed_at" timestamp(6) with time zone NOT NULL,
	CONSTRAINT "journal_pkey" PRIMARY KEY("pool_id","sequence"),
	CONSTRAINT "journal_sequence" CHECK ("sequence" > 0)
);
--> statement-breakpoint
CREATE TABLE "loss_events" (
	"pool_id" integer,
	"sequence" bigint,
	"ref" text COLLATE "C" NOT NULL,
	"account_no" integer NOT NULL,
	"deficit" numeric(38,0) NOT NULL,
	"opened_at" timestamp(6) with time zone NOT NULL,
	"status" text DEFAULT 'OPEN' NOT NULL,
	"fund_draw" numeric(38,0) DEFAULT '0' NOT NULL,
	"socialized" numeric(38,0) DEFAULT '0' NOT NULL,
	"uncovered" numeric(38,0) NOT NULL,
	"rounds" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "loss_events_pkey" PRIMARY KEY("pool_id","sequence"),
	CONSTRAINT "loss_events_ref" UNIQUE("pool_id","ref"),
	CONSTRAINT "loss_events_deficit" UNIQUE("pool_id","sequence","deficit"),
	CONSTRAINT "loss_events_amounts" CHECK ("fund_draw" >= 0 and "socialized" >= 0 and "uncovered" >= 0),
	CONSTRAINT "loss_events_sum" CHECK ("deficit" > 0 and "deficit" = "fund_draw" + "socialized" + "uncovered"),
	CONSTRAINT "loss_events_status" CHECK ("status" = case when "rounds" = 0 then 'OPEN' when "uncovered" = 0 then 'SETTLED' else 'PARTIALLY_COVERED' end)
);
--> statement-breakpoint
CREATE TABLE "markets" (
	"pool_id" integer,
	"market_no" integer,
	"symbol" text COLLATE "C" NOT NULL,
	"contract_size" numeric NOT NULL,
	"initial_margin_rate" numeric NOT NULL,
	"maintenance_margin_rate" numeric NOT NULL,
	"mark_price" numeric,
	"marked_at" timestamp(6) with time zone,
	CONSTRAINT "markets_pkey" PRIMARY KEY("pool_id","market_no"),
	CONSTRAINT "markets_symbol" UNIQUE("pool_id","symbol"),
	CONSTRAINT "markets_contract_size" CHECK ("contract_size" > 0),
	CONSTRAINT "markets_margin_rates" CHECK (0 <= "maintenance_margin_rate" and "maintenance_margin_rate" <= "initial_margin_rate" and "initial_margin_rate" <= 1),
	CONSTRAINT "markets_mark" CHECK ("mark_price" >= 0 and ("mark_price" is null) = ("marked_at" is null))
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"pool_id" integer,
	"sequence" bigint,
	"kind" text NOT NULL,
	"previous_sequence" bigint,
	"committed_at" timestamp(6) with time zone NOT NULL,
	CONSTRAINT "outbox_pkey" PRIMARY KEY("pool_id","sequence"),
	CONSTRAINT "outbox_kind" CHECK ("kind" in ('LOSS_OPENED', 'SETTLED')),
	CONSTRAINT "outbox_previous" CHECK ("previous_sequence" < "sequence")
);
--> statement-breakpoint
CREATE TABLE "pools" (
	"pool_id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "pools_pool_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"name" text COLLATE "C" NOT NULL UNIQUE,
	"asset" text NOT NULL,
	"decimals" smallint NOT NULL,
	"status" text DEFAULT 'ACTIVE' NOT NULL,
	"waterfall" text NOT NULL,
	"method" text NOT NULL,
	"profit_basis" text NOT NULL,
	"max_haircut_rate" numeric NOT NULL,
	"fund_reserve" numeric(38,0) NOT NULL,
	"withdrawals_while_loss_open" text NOT NULL,
	"sequence" bigint DEFAULT 0 NOT NULL,
	"fund_balance" numeric(38,0) DEFAULT '0' NOT NULL,
	"account_count" integer DEFAULT 0 NOT NULL,
	"market_count" integer DEFAULT 0 NOT NULL,
	"last_loss_sequence" bigint,
	"created_at" timestamp(6) with time zone NOT NULL,
	CONSTRAINT "pools_decimals" CHECK ("decimals" between 0 and 18),
	CONSTRAINT "pools_status" CHECK ("status" in ('ACTIVE', 'HALTED')),
	CONSTRAINT "pools_waterfall" CHECK ("waterfall" in ('FUND_THEN_SOCIALIZE', 'FUND_ONLY', 'SOCIALIZE_ONLY')),
	CONSTRAINT "pools_method" CHECK ("method" in ('PRO_RATA')),
	CONSTRAINT "pools_profit_basis" CHECK ("profit_basis" in ('UNREALIZED')),
	CONSTRAINT "pools_max_haircut_rate" CHECK ("max_haircut_rate" between 0 and 1),
	CONSTRAINT "pools_fund" CHECK ("fund_reserve" >= 0 and "fund_balance" >= 0),
	CONSTRAINT "pools_withdrawals" CHECK ("withdrawals_while_loss_open" in ('BLOCK', 'ALLOW'))
);
--> statement-breakpoint
CREATE TABLE "positions" (
	"pool_id" integer,
	"account_no" integer,
	"market_no" integer,
	"size" numeric NOT NULL,
	"cost" numeric NOT NULL,
	"updated_at" timestamp(6) with time zone NOT NULL,
	CONSTRAINT "positions_pkey" PRIMARY KEY("pool_id","account_no","market_no"),
	CONSTRAINT "positions_closed" CHECK ("size" <> 0 or "cost" = 0)
);
--> statement-breakpoint
CREATE TABLE "postings" (
	"pool_id" integer,
	"sequence" bigint,
	"ordinal" integer,
	"ledger" text NOT NULL,
	"account_no" integer,
	"kind" text NOT NULL,
	"amount" numeric(120,0) NOT NULL,
	"balance_after" numeric(120,0),
	"ref" text,
	CONSTRAINT "postings_pkey" PRIMARY KEY("pool_id","sequence","ordinal"),
	CONSTRAINT "postings_ledger" CHECK ("ledger" in ('ACCOUNT', 'CLEARING', 'OUTSIDE', 'FUND', 'BEARERS')),
	CONSTRAINT "postings_account" CHECK (("ledger" = 'ACCOUNT') = ("account_no" is not null) and ("account_no" is null) = ("balance_after" is null)),
	CONSTRAINT "postings_amount" CHECK ("amount" <> 0)
);
--> statement-breakpoint
CREATE TABLE "settlement_events" (
	"pool_id" integer,
	"sequence" bigint,
	"event_sequence" bigint,
	"round" integer NOT NULL,
	"deficit" numeric(38,0) NOT NULL,
	"fund_draw" numeric(38,0) NOT NULL,
	"socialized" numeric(38,0) NOT NULL,
	"uncovered" numeric(38,0) NOT NULL,
	"first_deficit" numeric(38,0) GENERATED ALWAYS AS (case when "round" = 1 then "deficit" end) STORED,
	"previous_round" integer GENERATED ALWAYS AS (nullif("round" - 1, 0)) STORED,
	CONSTRAINT "settlement_events_pkey" PRIMARY KEY("pool_id","sequence","event_sequence"),
	CONSTRAINT "settlement_events_round" UNIQUE("pool_id","event_sequence","round"),
	CONSTRAINT "settlement_events_uncovered" UNIQUE("pool_id","event_sequence","round","uncovered"),
	CONSTRAINT "settlement_events_round_from_one" CHECK ("round" >= 1),
	CONSTRAINT "settlement_events_amounts" CHECK ("deficit" > 0 and "fund_draw" >= 0 and "socialized" >= 0 and "uncovered" >= 0),
	CONSTRAINT "settlement_events_sum" CHECK ("deficit" = "fund_draw" + "socialized" + "uncovered")
);
--> statement-breakpoint
CREATE TABLE "settlement_marks" (
	"pool_id" integer,
	"sequence" bigint,
	"market_no" integer,
	"price" numeric NOT NULL,
	CONSTRAINT "settlement_marks_pkey" PRIMARY KEY("pool_id","sequence","market_no")
);
--> statement-breakpoint
CREATE TABLE "settlements" (
	"pool_id" integer,
	"sequence" bigint,
	"waterfall" text NOT NULL,
	"method" text NOT NULL,
	"profit_basis" text NOT NULL,
	"max_haircut_rate" numeric NOT NULL,
	"deficit" numeric(120,0) NOT NULL,
	"fund_draw" numeric(120,0) NOT NULL,
	"residual" numeric(120,0) NOT NULL,
	"profit_total" numeric(120,0) NOT NULL,
	"haircut_capacity" numeric(120,0) NOT NULL,
	"socialized" numeric(120,0) NOT NULL,
	"uncovered" numeric(120,0) NOT NULL,
	"haircut_count" integer NOT NULL,
	"settled_at" timestamp(6) with time zone NOT NULL,
	CONSTRAINT "settlements_pkey" PRIMARY KEY("pool_id","sequence"),
	CONSTRAINT "settlements_amounts" CHECK ("deficit" > 0 and "fund_draw" >= 0 and "socialized" >= 0 and "uncovered" >= 0),
	CONSTRAINT "settlements_residual" CHECK ("residual" = "deficit" - "fund_draw"),
	CONSTRAINT "settlements_sum" CHECK ("residual" = "socialized" + "uncovered"),
	CONSTRAINT "settlements_capacity" CHECK ("socialized" <= "haircut_capacity" and "haircut_capacity" <= "profit_total"),
	CONSTRAINT "settlements_count" CHECK (("haircut_count" = 0) = ("socialized" = 0))
);
--> statement-breakpoint
CREATE INDEX "accounts_owner" ON "accounts" ("pool_id","owner","ref");--> statement-breakpoint
CREATE INDEX "loss_events_status" ON "loss_events" ("pool_id","status","sequence");--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_pool" FOREIGN KEY ("pool_id") REFERENCES "pools"("pool_id");--> statement-breakpoint
ALTER TABLE "fund_entries" ADD CONSTRAINT "fund_entries_committed" FOREIGN KEY ("pool_id","sequence") REFERENCES "journal"("pool_id","sequence");--> statement-breakpoint
ALTER TABLE "idempotency_records" ADD CONSTRAINT "idempotency_committed" FOREIGN KEY ("pool_id","sequence") REFERENCES "journal"("pool_id","sequence");--> statement-breakpoint
ALTER TABLE "journal" ADD CONSTRAINT "journal_pool" FOREIGN KEY ("pool_id") REFERENCES "pools"("pool_id");--> statement-breakpoint
ALTER TABLE "journal" ADD CONSTRAINT "journal_gapless" FOREIGN KEY ("pool_id","previous") REFERENCES "journal"("pool_id","sequence");--> statement-breakpoint
ALTER TABLE "loss_events" ADD CONSTRAINT "loss_events_committed" FOREIGN KEY ("pool_id","sequence") REFERENCES "journal"("pool_id","sequence");--> statement-breakpoint
ALTER TABLE "loss_events" ADD CONSTRAINT "loss_events_account" FOREIGN KEY ("pool_id","account_no") REFERENCES "accounts"("pool_id","account_no");--> statement-breakpoint
ALTER TABLE "markets" ADD CONSTRAINT "markets_pool" FOREIGN KEY ("pool_id") REFERENCES "pools"("pool_id");--> statement-breakpoint
ALTER TABLE "outbox" ADD CONSTRAINT "outbox_committed" FOREIGN KEY ("pool_id","sequence") REFERENCES "journal"("pool_id","sequence");--> statement-breakpoint
ALTER TABLE "outbox" ADD CONSTRAINT "outbox_chain" FOREIGN KEY ("pool_id","previous_sequence") REFERENCES "outbox"("pool_id","sequence");--> statement-breakpoint
ALTER TABLE "settlement_events" ADD CONSTRAINT "settlement_events_settlement" FOREIGN KEY ("pool_id","sequence") REFERENCES "settlements"("pool_id","sequence");--> statement-breakpoint
ALTER TABLE "settlement_events" ADD CONSTRAINT "settlement_events_first" FOREIGN KEY ("pool_id","event_sequence","first_deficit") REFERENCES "loss_events"("pool_id","sequence","deficit");--> statement-breakpoint
ALTER TABLE "settlement_events" ADD CONSTRAINT "settlement_events_again" FOREIGN KEY ("pool_id","event_sequence","previous_round","deficit") REFERENCES "settlement_events"("pool_id","event_sequence","round","uncovered");--> statement-breakpoint
ALTER TABLE "settlement_marks" ADD CONSTRAINT "settlement_marks_settlement" FOREIGN KEY ("pool_id","sequence") REFERENCES "settlements"("pool_id","sequence");--> statement-breakpoint
ALTER TABLE "settlements" ADD CONSTRAINT "settlements_committed" FOREIGN KEY ("pool_id","sequence") REFERENCES "journal"("pool_id","sequence");