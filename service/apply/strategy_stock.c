/* UPDATE … WHERE quantity >= k: what is left is compared and taken in one step. */
#include "apply/sell.h"
#include "apply/strategy.h"
#include "common/schema.h"

static const char *const statements[] = {
    "WITH taken AS (UPDATE stock SET quantity = quantity - $3 WHERE item = $2 AND quantity >= $3 "
    "RETURNING item) INSERT INTO sale (user_id, item, units) SELECT $1, item, $3 FROM taken "
    "RETURNING id",
};

const struct strategy strategy_stock = {
    .name = "stock",
    .design =
        "UPDATE stock … WHERE quantity >= k, and the order, in one statement: its row decides.",
    .flaw =
        "Orders of one item wait for each other, for the row is locked until the commit. An order "
        "of several units is granted whole or not at all: the last units may stay unsold while "
        "those who want more are turned away.",
    .needs = NEEDS_POSTGRES,
    .sells = true,
    .schema = SCHEMA_STOCK,
    .statements = statements,
    .statement_count = 1,
    .decide = sell,
};
