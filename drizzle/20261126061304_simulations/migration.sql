CREATE TABLE "settlement_forecasts" (
	"pool_id" integer,
	"sequence" bigint,
	"simulation_no" integer NOT NULL,
	"rate" numeric(19,18) NOT NULL,
	"low" numeric(19,18) NOT NULL,
	"high" numeric(19,18) NOT NULL,
	CONSTRAINT "settlement_forecasts_pkey" PRIMARY KEY("pool_id","sequence"),
	CONSTRAINT "settlement_forecasts_range" CHECK ("rate" between 0 and 1 and 0 <= "low" and "low" <= "high" and "high" <= 1)
);
--> statement-breakpoint
CREATE TABLE "simulation_data" (
	"pool_id" integer,
	"simulation_no" integer,
	"name" text,
	"data" bytea NOT NULL,
	CONSTRAINT "simulation_data_pkey" PRIMARY KEY("pool_id","simulation_no","name")
);
--> statement-breakpoint
CREATE TABLE "simulations" (
	"pool_id" integer,
	"simulation_no" integer,
	"idempotency_key" text COLLATE "C" NOT NULL,
	"subject" text COLLATE "C" NOT NULL,
	"status" text NOT NULL,
	"sequence" bigint NOT NULL,
	"accounts" integer NOT NULL,
	"spec" text NOT NULL,
	"input" text NOT NULL,
	"batches" integer NOT NULL,
	"batches_done" integer NOT NULL,
	"attempts" integer NOT NULL,
	"held_by" text,
	"held_until" timestamp(6) with time zone,
	"result" text,
	"problem" text,
	"created_at" timestamp(6) with time zone NOT NULL,
	"started_at" timestamp(6) with time zone,
	"finished_at" timestamp(6) with time zone,
	CONSTRAINT "simulations_pkey" PRIMARY KEY("pool_id","simulation_no"),
	CONSTRAINT "simulations_key" UNIQUE("pool_id","idempotency_key"),
	CONSTRAINT "simulations_status" CHECK ("status" in ('QUEUED', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED')),
	CONSTRAINT "simulations_progress" CHECK ("batches_done" between 0 and "batches" and "batches" > 0),
	CONSTRAINT "simulations_result" CHECK (("status" = 'DONE') = ("result" is not null)),
	CONSTRAINT "simulations_problem" CHECK (("status" = 'FAILED') = ("problem" is not null)),
	CONSTRAINT "simulations_finished" CHECK (("status" in ('DONE', 'FAILED', 'CANCELLED')) = ("finished_at" is not null))
);
--> statement-breakpoint
CREATE INDEX "simulations_open" ON "simulations" ("pool_id","status") WHERE "status" in ('QUEUED', 'RUNNING');--> statement-breakpoint
ALTER TABLE "settlement_forecasts" ADD CONSTRAINT "settlement_forecasts_of" FOREIGN KEY ("pool_id","simulation_no") REFERENCES "simulations"("pool_id","simulation_no");--> statement-breakpoint
ALTER TABLE "simulation_data" ADD CONSTRAINT "simulation_data_of" FOREIGN KEY ("pool_id","simulation_no") REFERENCES "simulations"("pool_id","simulation_no");--> statement-breakpoint
ALTER TABLE "simulations" ADD CONSTRAINT "simulations_pool" FOREIGN KEY ("pool_id") REFERENCES "pools"("pool_id");
--> statement-breakpoint
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON settlement_forecasts
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
-- What has come to an end stays as it ended.
CREATE FUNCTION check_simulation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.status IN ('DONE', 'FAILED', 'CANCELLED') THEN
    RAISE EXCEPTION 'simulation % of pool % has ended', OLD.simulation_no, OLD.pool_id USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER ended BEFORE UPDATE ON simulations FOR EACH ROW EXECUTE FUNCTION check_simulation();
