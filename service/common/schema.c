#include "common/schema.h"

/* Any number would do as the lock's key, as long as all of ours use the same: "rush" in ASCII. */
#define LOCK "SELECT pg_advisory_xact_lock(1920299880);"

const char SCHEMA_CONTRACT[] =
    LOCK "CREATE TABLE IF NOT EXISTS coupon ("
         "  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id bigint NOT NULL);"
         "CREATE TABLE IF NOT EXISTS failed_event ("
         "  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id bigint NOT NULL);";

#define SALE                                                                                       \
    "CREATE TABLE IF NOT EXISTS sale ("                                                            \
    "  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id bigint NOT NULL,"               \
    "  item text NOT NULL, units bigint NOT NULL);"

const char SCHEMA_STOCK[] =
    LOCK SALE "CREATE TABLE IF NOT EXISTS stock (item text PRIMARY KEY, quantity bigint NOT NULL);";

const char SCHEMA_SEAT[] = LOCK SALE "CREATE UNIQUE INDEX IF NOT EXISTS sale_once ON sale (item);";

const char SCHEMA_CONSUMER[] =
    LOCK "CREATE TABLE IF NOT EXISTS malformed_record ("
         "  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
         "  topic text NOT NULL, partition int NOT NULL, record_offset bigint NOT NULL,"
         "  value bytea, seen_at timestamptz NOT NULL DEFAULT now(),"
         "  UNIQUE (topic, partition, record_offset));";

const char SCHEMA_EXACT[] =
    LOCK "CREATE TABLE IF NOT EXISTS consumer_offset ("
         "  consumer_group text NOT NULL, topic text NOT NULL, partition int NOT NULL,"
         "  next_offset bigint NOT NULL, PRIMARY KEY (consumer_group, topic, partition));"
         "CREATE UNIQUE INDEX IF NOT EXISTS coupon_once ON coupon (user_id);"
         "CREATE UNIQUE INDEX IF NOT EXISTS failed_event_once ON failed_event (user_id);";
