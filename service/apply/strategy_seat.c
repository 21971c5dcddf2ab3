/* INSERT … ON CONFLICT DO NOTHING: a unique constraint knows who was first. */
#include "apply/sell.h"
#include "apply/strategy.h"
#include "common/schema.h"

static const char *const statements[] = {
    "INSERT INTO sale (user_id, item, units) VALUES ($1, $2, $3) ON CONFLICT (item) DO NOTHING "
    "RETURNING id",
};

const struct strategy strategy_seat = {
    .name = "seat",
    .design =
        "INSERT … ON CONFLICT DO NOTHING: each seat is a row, and a unique constraint lets it "
        "be sold once.",
    .flaw =
        "Any name is a seat: which ones there are, it does not know. Who wants several seats gets "
        "those that are free, one request each.",
    .needs = NEEDS_POSTGRES,
    .sells = true,
    .schema = SCHEMA_SEAT,
    .statements = statements,
    .statement_count = 1,
    .decide = sell,
};
