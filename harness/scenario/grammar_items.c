/* Rows of the grammar: what is sold, and who wants how much of it. */
#include "model/items.h"
#include "scenario/grammar_rows.h"

static const struct rule ttl_rows[] = {
    SPANS(spec_ttl, ttl, NEEDED, NS_PER_MS, NULL, "How long an order is held"),
    SPANS(spec_ttl, grace, 0, 0, NULL,
          "So much later its units must be there again; not given: nobody is told by then"),
};
SHAPE(ttl, spec_ttl, .key = "ttl");

static const struct rule items_rows[] = {
    {LISTED_AS("each", spec_items, each, RULE_PAIRS), .flags = RULE_OPEN, .high = 10000,
     .allowed = "items",
     .help = "Items by name, and the stock of each; {sku-a: 100, sku-b: 7} alone means this"},
    FORM(spec_items, ids, 0, 200,
         FORM_OF("^[^{}]*[{][{] *n *[}][}][^{}]*$", "a text with {{n}} in it"), NULL,
         "Instead of each: what they are called, n from 1 on"),
    INT(spec_items, count, 0, 0, 1000000, NULL, "ids: how many of them"),
    INT(spec_items, stock, 0, 0, INT64_C(1000000000000), "1", "ids: units of each"),
    INT(spec_items, overbook, 0, 0, INT64_C(1000000000000), "0",
        "Units that may be sold of each beyond its stock"),
    INT(spec_items, own_limit, 0, 0, INT64_C(1000000000000), NULL,
        "Units that one user may have, of all items together; not given: the service knows"),
    INT(spec_items, decimals, 0, 0, DECIMALS_MAX, "0",
        "Stock, units and what is left are amounts of so many decimals, such as a balance"),
    BOOL(spec_items, partial, "false", "An order may be granted in part"),
    MAP(spec_items, hold, ttl, RULE_APART,
        "Orders that no action keeps expire, and their units are there again"),
};
const struct shape grammar_items = SHAPE_OF(items, spec_items, .rest = "each");

#define AMOUNT "[0-9]+([.][0-9]+)?"

static const struct rule demand_rows[] = {
    FORM(spec_demand, item, 0, 32,
         FORM_OF("^(uniform|each|hot( [0-9]+/[0-9]+)?|zipf|feeder|any)$",
                 "uniform, each, hot, hot 80/20, zipf, feeder, any"),
         "uniform",
         "Which item a user wants: uniform, each (one after the other), hot 80/20 (80 % want the "
         "first 20 % of them), zipf, feeder (its column item), any (the service chooses)"),
    FORM(spec_demand, to, 0, 32,
         FORM_OF("^(uniform|hot( [0-9]+/[0-9]+)?|zipf|feeder)$",
                 "uniform, hot, hot 80/20, zipf, feeder"),
         NULL,
         "Whose the units become, another one of the items: a transfer from the one to the other; "
         "{{to}} of the request; not given: nobody's"),
    {ROW(spec_demand, units, RULE_TEXT), .flags = RULE_SCALAR, RANGE(1, 32),
     FORM_OF("^(" AMOUNT "([.][.]" AMOUNT ")?|feeder)$", "a number, two as in 1..3, feeder"),
     .def = "1",
     .help = "How many units: the same for all, between two numbers, or the feeder's "
             "column units"},
    INT(spec_demand, lines, 0, 1, ORDER_LINES_MAX, "1",
        "Lines of an order, each of another item: {{item2}} and {{units2}} are of the second one"),
};
const struct shape grammar_demand = SHAPE_OF(demand, spec_demand);
