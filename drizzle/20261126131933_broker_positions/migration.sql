CREATE TABLE "broker_positions" (
	"pool_id" integer PRIMARY KEY,
	"sequence" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "broker_positions" ADD CONSTRAINT "broker_positions_pool" FOREIGN KEY ("pool_id") REFERENCES "pools"("pool_id");