/* A hold of two seconds, to be paid or cancelled: each step is one change of an order's state,
 * whose row count decides. */
#include "apply/sell.h"
#include "apply/strategy.h"

#define HELD "state = 'held' AND expires_at > clock_timestamp()"

/* Who needs the stock's row takes its lock before those of orders, so that nobody waits in a
 * circle. What has expired is freed when somebody asks for it. */
static const char schema[] =
    "SELECT pg_advisory_xact_lock(1920299880);"
    "CREATE TABLE IF NOT EXISTS stock (item text PRIMARY KEY, quantity bigint NOT NULL);"
    "CREATE TABLE IF NOT EXISTS booking ("
    "  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id bigint NOT NULL,"
    "  item text NOT NULL, units bigint NOT NULL, state text NOT NULL DEFAULT 'held',"
    "  expires_at timestamptz NOT NULL DEFAULT clock_timestamp() + interval '2 seconds');"
    "CREATE OR REPLACE FUNCTION hold(buyer bigint, what text, many bigint) RETURNS bigint AS $$"
    "DECLARE made bigint; BEGIN"
    "  PERFORM 1 FROM stock WHERE item = what FOR UPDATE;"
    "  WITH gone AS (UPDATE booking SET state = 'expired' WHERE item = what AND state = 'held' AND"
    "    expires_at <= clock_timestamp() RETURNING units)"
    "  UPDATE stock SET quantity = quantity + gone.sum FROM (SELECT coalesce(sum(units), 0) AS sum"
    "    FROM gone) gone WHERE item = what;"
    "  UPDATE stock SET quantity = quantity - many WHERE item = what AND quantity >= many;"
    "  IF FOUND THEN INSERT INTO booking (user_id, item, units) VALUES (buyer, what, many)"
    "    RETURNING id INTO made; END IF;"
    "  RETURN made; END $$ LANGUAGE plpgsql;"
    "CREATE OR REPLACE FUNCTION cancel(buyer bigint, of bigint) RETURNS bigint AS $$"
    "DECLARE ended booking; BEGIN"
    "  PERFORM 1 FROM stock JOIN booking USING (item) WHERE booking.id = of FOR UPDATE OF stock;"
    "  UPDATE booking SET state = 'cancelled' WHERE id = of AND user_id = buyer AND state = 'held'"
    "    RETURNING * INTO ended;"
    "  UPDATE stock SET quantity = quantity + ended.units WHERE item = ended.item;"
    "  RETURN ended.id; END $$ LANGUAGE plpgsql;";

static const char *const statements[] = {
    "SELECT hold($1, $2, $3)",
    "UPDATE booking SET state = 'paid' WHERE user_id = $1 AND $2::text IS NOT NULL AND id = $3 "
    "AND " HELD " RETURNING id",
    "SELECT cancel($1, $3) WHERE $2::text IS NOT NULL",
};

static const struct act acts[] = {{"/pay", 1}, {"/cancel", 2}};

const struct strategy strategy_hold = {
    .name = "hold",
    .design = "The stock is taken when it is held, for two seconds; POST /pay and /cancel change "
              "the order's state in one statement, and what has expired is freed when somebody "
              "asks.",
    .flaw = "What has expired is missing until somebody asks for it, and all who ask for one item "
            "wait for its row.",
    .needs = NEEDS_POSTGRES,
    .sells = true,
    .schema = schema,
    .statements = statements,
    .statement_count = 3,
    .acts = acts,
    .acts_count = 2,
    .decide = sell,
};
