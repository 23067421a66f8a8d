CREATE TABLE "replication_beats" (
	"server" text PRIMARY KEY,
	"beat" bigint NOT NULL
);
