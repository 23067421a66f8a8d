CREATE TABLE "webhook_secrets" (
	"pool_id" integer,
	"webhook_id" text COLLATE "C",
	"secret_no" integer,
	"secret" text NOT NULL,
	"good_until" timestamp(6) with time zone,
	CONSTRAINT "webhook_secrets_pkey" PRIMARY KEY("pool_id","webhook_id","secret_no")
);
--> statement-breakpoint
CREATE TABLE "webhooks" (
	"pool_id" integer,
	"webhook_id" text COLLATE "C",
	"subject" text COLLATE "C" NOT NULL,
	"idempotency_key" text COLLATE "C" NOT NULL,
	"input" text NOT NULL,
	"url" text NOT NULL,
	"description" text,
	"stream" text NOT NULL,
	"owner" text COLLATE "C",
	"accounts" text,
	"has_proofs" boolean NOT NULL,
	"enabled" boolean NOT NULL,
	"authorized_at" timestamp(6) with time zone NOT NULL,
	"sequence" bigint NOT NULL,
	"ordinal" integer NOT NULL,
	"delivered_sequence" bigint,
	"delivered_at" timestamp(6) with time zone,
	"failures" integer DEFAULT 0 NOT NULL,
	"failing_since" timestamp(6) with time zone,
	"next_attempt_at" timestamp(6) with time zone,
	"problem" text,
	"created_at" timestamp(6) with time zone NOT NULL,
	CONSTRAINT "webhooks_pkey" PRIMARY KEY("pool_id","webhook_id"),
	CONSTRAINT "webhooks_key" UNIQUE("pool_id","subject","idempotency_key"),
	CONSTRAINT "webhooks_stream" CHECK ("stream" in ('HAIRCUT_NOTICES', 'LOSS_NOTICES', 'MARGIN_ALERTS')),
	CONSTRAINT "webhooks_place" CHECK ("sequence" >= 0 and "ordinal" >= 0),
	CONSTRAINT "webhooks_failing" CHECK (("failures" = 0) = ("failing_since" is null) and ("failures" = 0) = ("next_attempt_at" is null))
);
--> statement-breakpoint
ALTER TABLE "webhook_secrets" ADD CONSTRAINT "webhook_secrets_of" FOREIGN KEY ("pool_id","webhook_id") REFERENCES "webhooks"("pool_id","webhook_id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "webhooks" ADD CONSTRAINT "webhooks_pool" FOREIGN KEY ("pool_id") REFERENCES "pools"("pool_id");