/* What is sold, and who wants it. */
#include <stdio.h>
#include <string.h>

#include "model/demand.h"
#include "model/items.h"
#include "scenario/fits.h"

static int fits_limit(const struct fits *fits)
{
    const struct scenario *scenario = fits->scenario;
    const struct node *given = node_find(fits->tree->root, "limit");
    char sum[AMOUNT_TEXT];
    int64_t limit;
    if (!given && !scenario->items)
        return tree_error(fits->name, fits->tree->root->line, fits->err,
                          "limit is missing: How many may win; 'rushproof init' prints a whole "
                          "scenario");
    if (given && scenario->items && given->kind == NODE_SCALAR &&
        (!items_amount((int)scenario->items->decimals, given->text, strlen(given->text), &limit) ||
         limit != scenario->limit))
        return fits_refuse(fits, "limit",
                           "is the sum of the items' stock, %s; allowed: without limit",
                           items_spell_limit(scenario, sum));
    return 0;
}

static int fits_names(const struct fits *fits)
{
    struct items *items = NULL;
    struct err err = {0};
    int rc = items_make(fits->scenario, &items, &err);
    size_t count = items ? items->count : 0;
    int64_t lines = fits->scenario->demand.lines;
    items_free(items);
    if (rc)
        return fits_refuse(fits, "items", "%s", err.message);
    if (!count)
        return fits_refuse(fits, "items", "there is none; allowed: at least one");
    return lines <= (int64_t)count
               ? 0
               : fits_refuse(fits, "demand.lines", "each is of another item; allowed: at most %zu",
                             count);
}

static int fits_demand(const struct fits *fits)
{
    const struct scenario *scenario = fits->scenario;
    struct demand_form form;
    const char *why = demand_parse(&scenario->demand, (int)scenario->items->decimals, &form);
    if (why)
        return fits_refuse(fits, "demand", "%s", why);
    if (form.moves && form.item.kind == DEMAND_ANY)
        return fits_refuse(fits, "demand.to",
                           "from which item? allowed: where demand.item says it");
    if (form.feeder && !scenario->request.feeder)
        return fits_refuse(fits, "demand",
                           "feeder means a column of request.feeder; allowed: with request.feeder");
    return 0;
}

/* The rule whose units are of no line, or of one that there is not; NULL: none. */
static const struct spec_rule *misreads_lines(const struct scenario *scenario)
{
    for (unsigned i = 0; i < scenario->responses.accepted_count; i++) {
        const struct spec_rule *rule = &scenario->responses.accepted[i];
        bool told = rule->units && strstr(rule->units, "{{line}}");
        if (rule->units && told != (scenario->demand.lines > 1))
            return rule;
    }
    return NULL;
}

/* Does an accepted answer say which item it was? */
static bool tells_item(const struct scenario *scenario)
{
    for (unsigned i = 0; i < scenario->responses.accepted_count; i++)
        if (scenario->responses.accepted[i].item)
            return true;
    return false;
}

static int fits_lines(const struct fits *fits)
{
    const struct scenario *scenario = fits->scenario;
    const struct spec_demand *demand = &scenario->demand;
    char last[24];
    const char *why = NULL;
    snprintf(last, sizeof last, "{{item%d", (int)demand->lines);
    if (misreads_lines(scenario))
        return fits_refuse(fits, "responses.accepted.units",
                           demand->lines > 1
                               ? "of which line? allowed: with {{line}}, its place from 0, as in "
                                 "/lines/{{line}}/units"
                               : "{{line}} is of demand.lines; allowed: without it");
    if (demand->lines == 1)
        return 0;
    if (demand->to || !strcmp(demand->item, "any") || !strcmp(demand->item, "feeder") ||
        !strcmp(demand->units, "feeder"))
        why = "each line is of another item; allowed: without to, any and feeder";
    else if (scenario->actions_count || scenario->items->hold)
        why = "what becomes of an order of several lines is not followed; allowed: without actions "
              "and items.hold";
    else if (tells_item(scenario))
        why = "the service chooses no item of several lines; allowed: without "
              "responses.accepted.item";
    else if (!fits_sends(&scenario->request, last))
        why =
            "the request asks for fewer; allowed: with {{item}}, {{units}}, {{item2}}, {{units2}} "
            "and so on in it";
    return why ? fits_refuse(fits, "demand.lines", "%s", why) : 0;
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

/* ---- actions ---- */

/* Does a yes say what the order is called? */
static bool names_orders(const struct scenario *scenario)
{
    for (unsigned i = 0; i < scenario->responses.accepted_count; i++)
        if (scenario->responses.accepted[i].order)
            return true;
    return false;
}

static int fits_action(const struct fits *fits, unsigned index)
{
    const struct scenario *scenario = fits->scenario;
    const struct spec_action *action = &scenario->actions[index];
    if (spec_action_find(scenario, action->name) != (int)index)
        return fits_refuse(fits, fits_path("actions", index, ".name").text,
                           "%s stands there twice; allowed: once", action->name);
    if (!strcmp(action->name, "accepted") || !strcmp(action->name, "all"))
        return fits_refuse(fits, fits_path("actions", index, ".name").text,
                           "%s means orders of a phase; allowed: another name", action->name);
    if (action->excludes && (!strcmp(action->excludes, action->name) ||
                             spec_action_find(scenario, action->excludes) < 0))
        return fits_refuse(fits, fits_path("actions", index, ".excludes").text,
                           "%s is no other action; allowed: the name of another one",
                           action->excludes);
    if (fits_sends(&action->request, "{{order") && !names_orders(scenario))
        return fits_refuse(fits, fits_path("actions", index, "").text,
                           "nobody says what orders are called; allowed: {{order}} with "
                           "responses.accepted.order, the JSON pointer of its id");
    return 0;
}

int fits_actions(const struct fits *fits)
{
    const struct scenario *scenario = fits->scenario;
    if (scenario->actions_count && !scenario->items)
        return fits_refuse(fits, "actions",
                           "of which items? allowed: with items; one pool is items: {coupon: 100}");
    int rc = 0;
    for (unsigned i = 0; i < scenario->actions_count && !rc; i++)
        rc = fits_action(fits, i);
    return rc;
}

static int fits_names_of(const struct fits *fits, unsigned index, const struct spec_act *act)
{
    const struct scenario *scenario = fits->scenario;
    for (unsigned i = 0; i < act->names_count; i++)
        if (spec_action_find(scenario, act->names[i]) < 0)
            return fits_refuse(fits, fits_path("load", index, ".action.name").text,
                               "%s is no action; allowed: names of actions", act->names[i]);
    if (strcmp(act->of, "accepted") != 0 && strcmp(act->of, "all") != 0 &&
        spec_action_find(scenario, act->of) < 0)
        return fits_refuse(fits, fits_path("load", index, ".action.of").text,
                           "is '%s'; allowed: accepted, all, or an action", act->of);
    return 0;
}

int fits_act(const struct fits *fits, unsigned index)
{
    const struct spec_act *act = &fits->scenario->load[index].action;
    int64_t from, to;
    if (!spec_act_share(act, &from, &to))
        return fits_refuse(fits, fits_path("load", index, ".action.share").text,
                           "is '%s'; allowed: per cent, or two of them, the lesser one first, as "
                           "in 30..100",
                           act->share);
    if (act->names_count > fits->scenario->workers)
        return fits_refuse(fits, "workers",
                           "%u actions are sent side by side, each by a thread; allowed: from %u",
                           act->names_count, act->names_count);
    return fits_names_of(fits, index, act);
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
    if (items->decimals && (items->overbook || items->own_limit))
        return fits_refuse(fits, items->overbook ? "items.overbook" : "items.own_limit",
                           "is of whole units; allowed: without decimals");
    rc = fits_names(fits);
    if (!rc)
        rc = fits_demand(fits);
    if (!rc)
        rc = fits_lines(fits);
    return rc ? rc : fits_told(fits);
}
