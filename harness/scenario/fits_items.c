/* What is sold, and who wants it. */
#include <string.h>

#include "model/demand.h"
#include "model/items.h"
#include "scenario/fits.h"

static int fits_limit(const struct fits *fits)
{
    const struct scenario *scenario = fits->scenario;
    const struct node *given = node_find(fits->tree->root, "limit");
    int64_t limit;
    if (!given && !scenario->items)
        return tree_error(fits->name, fits->tree->root->line, fits->err,
                          "limit is missing: How many may win; 'rushproof init' prints a whole "
                          "scenario");
    if (given && scenario->items && given->kind == NODE_SCALAR &&
        (!items_units(given->text, strlen(given->text), &limit) || limit != scenario->limit))
        return fits_refuse(fits, "limit",
                           "is the sum of the items' stock, %lld; allowed: without limit",
                           (long long)scenario->limit);
    return 0;
}

static int fits_names(const struct fits *fits)
{
    struct items *items = NULL;
    struct err err = {0};
    int rc = items_make(fits->scenario, &items, &err);
    size_t count = items ? items->count : 0;
    items_free(items);
    if (rc)
        return fits_refuse(fits, "items", "%s", err.message);
    return count ? 0 : fits_refuse(fits, "items", "there is none; allowed: at least one");
}

static int fits_demand(const struct fits *fits)
{
    const struct scenario *scenario = fits->scenario;
    struct demand_form form;
    const char *why = demand_parse(&scenario->demand, &form);
    if (why)
        return fits_refuse(fits, "demand", "%s", why);
    if (form.feeder && !scenario->request.feeder)
        return fits_refuse(fits, "demand",
                           "feeder means a column of request.feeder; allowed: with request.feeder");
    return 0;
}

/* Of a service that only the stores tell from a wrong one nobody knows when it is done. */
static int fits_told(const struct fits *fits)
{
    if (spec_answers_decide(fits->scenario))
        return 0;
    return fits_refuse(fits, "items",
                       "answers that decide nothing do not tell which orders are served; allowed: "
                       "with responses.accepted and rejected, or decide");
}

int fits_items(const struct fits *fits)
{
    const struct spec_items *items = fits->scenario->items;
    int rc = fits_limit(fits);
    if (rc || !items)
        return !rc && fits->scenario->evidence.stock
                   ? fits_refuse(fits, "evidence.stock", "of which items? allowed: with items")
                   : rc;
    if (!items->ids == !items->each_count)
        return fits_refuse(fits, "items",
                           "allowed: items by name, as in {sku-a: 100}, or ids with count");
    if (items->ids && !items->count)
        return fits_refuse(fits, "items.count", "how many are there? allowed: from 1");
    rc = fits_names(fits);
    if (!rc)
        rc = fits_demand(fits);
    return rc ? rc : fits_told(fits);
}
