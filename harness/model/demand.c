#include "model/demand.h"

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

/* The first so many per cent of the items, at least one. */
static size_t hot_count(const struct demand *demand, const struct demand_pick *pick)
{
    size_t hot = demand->count * (size_t)pick->part / 100;
    return hot ? hot : 1;
}

static bool parse_two(const char *text, const char *between, int decimals, int64_t *ret_first,
                      int64_t *ret_second)
{
    const char *at = strstr(text, between), *second = at ? at + strlen(between) : NULL;
    return at && items_amount(decimals, text, (size_t)(at - text), ret_first) &&
           items_amount(decimals, second, strlen(second), ret_second);
}

static const char *parse_pick(const char *text, struct demand_pick *pick)
{
    static const char *const words[] = {
        [DEMAND_UNIFORM] = "uniform", [DEMAND_EACH] = "each",     [DEMAND_HOT] = "hot",
        [DEMAND_ZIPF] = "zipf",       [DEMAND_FEEDER] = "feeder", [DEMAND_ANY] = "any",
    };
    pick->share = 80;
    pick->part = 20;
    size_t length = strcspn(text, " ");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == length && !strncmp(words[i], text, length))
            pick->kind = (enum demand_kind)i;
    if (text[length] &&
        (!parse_two(text + length + 1, "/", 0, &pick->share, &pick->part) || pick->share > 100 ||
         pick->part > 100 || pick->share < 0 || pick->part < 0))
        return "of item are two shares in per cent; allowed: as in hot 80/20";
    return NULL;
}

static const char *parse_units(const char *text, int decimals, struct demand_form *form)
{
    form->least = form->most = 1;
    if (!strcmp(text, "feeder")) {
        form->feeder = true;
        return NULL;
    }
    if (!parse_two(text, "..", decimals, &form->least, &form->most)) {
        if (!items_amount(decimals, text, strlen(text), &form->least))
            return "of units is no number; allowed: a number, or two as in 1..3";
        form->most = form->least;
    }
    if (form->least < 1 || form->most > UNITS_MAX || form->least > form->most)
        return "of units are from the lesser to the greater number; allowed: as in 1..3";
    return NULL;
}

const char *demand_parse(const struct spec_demand *spec, int decimals, struct demand_form *ret_form)
{
    *ret_form = (struct demand_form){.moves = spec->to != NULL,
                                     .lines = spec->lines > 1 ? (unsigned)spec->lines : 1};
    const char *why = parse_pick(spec->item, &ret_form->item);
    if (!why && spec->to)
        why = parse_pick(spec->to, &ret_form->to);
    ret_form->feeder =
        ret_form->item.kind == DEMAND_FEEDER || (spec->to && ret_form->to.kind == DEMAND_FEEDER);
    return why ? why : parse_units(spec->units, decimals, ret_form);
}

static int add_weights(struct demand *demand, struct err *err)
{
    double sum = 0;
    demand->sums = calloc(demand->count, sizeof *demand->sums);
    if (!demand->sums)
        return err_set(err, ERR_MEMORY, "no memory for the demand");
    for (size_t i = 0; i < demand->count; i++)
        demand->sums[i] = sum += 1.0 / (double)(i + 1);
    return 0;
}

int demand_make(const struct scenario *scenario, const struct items *items,
                struct demand **ret_demand, struct err *err)
{
    struct demand *demand = calloc(1, sizeof *demand);
    *ret_demand = demand;
    if (!demand)
        return err_set(err, ERR_MEMORY, "no memory for the demand");
    demand->count = items->count;
    demand->seed = (uint64_t)scenario->seed;
    const char *why = demand_parse(&scenario->demand, items->decimals, &demand->form);
    if (why)
        return err_set(err, ERR_USAGE, "demand: %s", why);
    bool weighs = demand->form.item.kind == DEMAND_ZIPF ||
                  (demand->form.moves && demand->form.to.kind == DEMAND_ZIPF);
    return weighs ? add_weights(demand, err) : 0;
}

void demand_free(struct demand *demand)
{
    if (demand) {
        free(demand->sums);
        free(demand->items);
        free(demand->to);
        free(demand->units);
    }
    free(demand);
}

/* The first whose sum is beyond. */
static size_t draw_zipf(const struct demand *demand, struct rng *rng)
{
    double at = rng_unit(rng) * demand->sums[demand->count - 1];
    size_t low = 0, high = demand->count - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (demand->sums[middle] <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static size_t draw_hot(const struct demand *demand, const struct demand_pick *pick, struct rng *rng)
{
    size_t hot = hot_count(demand, pick), cold = demand->count - hot;
    bool chosen = (int64_t)rng_below(rng, 100) < pick->share;
    return chosen || !cold ? rng_below(rng, hot) : hot + rng_below(rng, cold);
}

/* told: what the feeder's rows say. */
static int64_t draw(const struct demand *demand, const struct demand_pick *pick,
                    const int64_t *told, size_t place, struct rng *rng)
{
    switch (pick->kind) {
    case DEMAND_UNIFORM:
        return (int64_t)rng_below(rng, demand->count);
    case DEMAND_EACH:
        return (int64_t)(place % demand->count);
    case DEMAND_HOT:
        return (int64_t)draw_hot(demand, pick, rng);
    case DEMAND_ZIPF:
        return (int64_t)draw_zipf(demand, rng);
    case DEMAND_FEEDER:
        return told ? told[place % demand->rows] : ITEM_UNKNOWN;
    case DEMAND_ANY:
        break;
    }
    return ITEM_UNKNOWN;
}

/* Never to itself, where the seed says so: to the next one. */
static int32_t draw_to(const struct demand *demand, int64_t item, size_t place, struct rng *rng)
{
    if (!demand->form.moves)
        return ITEM_UNKNOWN;
    int64_t to = draw(demand, &demand->form.to, demand->to, place, rng);
    bool self = to == item && demand->form.to.kind != DEMAND_FEEDER;
    return (int32_t)(self ? (to + 1) % (int64_t)demand->count : to);
}

static int64_t draw_units(const struct demand_form *form, struct rng *rng)
{
    return form->least + (int64_t)rng_below(rng, (uint64_t)(form->most - form->least) + 1);
}

void demand_fill(const struct demand *demand, size_t place, struct order *ret_order,
                 int32_t *ret_to)
{
    struct rng rng;
    rng_seed(&rng, demand->seed * UINT64_C(0x9e3779b97f4a7c15) + place);
    int64_t item = draw(demand, &demand->form.item, demand->items, place, &rng);
    int64_t units =
        demand->units ? demand->units[place % demand->rows] : draw_units(&demand->form, &rng);
    *ret_order = (struct order){
        .asked = (int32_t)item, .item = (int32_t)item, .asked_units = units, .units = units};
    *ret_to = draw_to(demand, item, place, &rng);
}

static bool is_asked_for(const struct order *order, const struct order *more, unsigned count,
                         int64_t item)
{
    bool asked = order->asked == item;
    for (unsigned i = 0; i < count; i++)
        asked = asked || more[i].asked == item;
    return asked;
}

/* What would be asked for twice is the next one instead. */
void demand_fill_more(const struct demand *demand, size_t place, const struct order *order,
                      struct order *ret_more)
{
    struct rng rng;
    rng_seed(&rng, ~demand->seed * UINT64_C(0x9e3779b97f4a7c15) + place);
    for (unsigned i = 0; i + 1 < demand->form.lines; i++) {
        int64_t item = draw(demand, &demand->form.item, NULL, place, &rng);
        int64_t units = draw_units(&demand->form, &rng);
        while (is_asked_for(order, ret_more, i, item))
            item = (item + 1) % (int64_t)demand->count;
        ret_more[i] = (struct order){
            .asked = (int32_t)item, .item = (int32_t)item, .asked_units = units, .units = units};
    }
}

void demand_alter(const struct demand *demand, struct order *order)
{
    const struct demand_form *form = &demand->form;
    bool fewer = order->asked_units >= form->most && order->asked_units > form->least;
    order->units = order->asked_units += fewer ? -1 : 1;
}
