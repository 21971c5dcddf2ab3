#include <stdlib.h>

#include "base/cleanup.h"
#include "load/phases/actors.h"

enum { CONNECTIONS_MAX = 1000 };

/* They are no orders: see phases_actions_room. */
static size_t room(const struct spec_phase *spec, size_t before)
{
    (void)spec;
    (void)before;
    return 0;
}

/* Somebody else than whose order it is; the same one where there is nobody else. */
static int64_t stranger(const struct local *load, int64_t user)
{
    const struct users *users = &load->users;
    size_t place = roster_place(users->roster, user) + 1;
    return roster_user(users->roster, place < users->known ? place : 0);
}

static void fill(struct local *load, size_t index, uint32_t of, int action)
{
    const struct history *orders = load->orders;
    size_t place = (size_t)(load->records - load->history->v) + index;
    bool others = load->spec->action.others;
    const struct order *order = &orders->orders[of];
    load->records[index] = (struct request){
        .user = others ? stranger(load, orders->v[of].user) : orders->v[of].user,
        .phase = (uint8_t)load->index,
        .attempt = 1,
    };
    load->history->deeds[place] =
        (struct deed){.order = of, .action = (uint8_t)action, .others = others};
    load->history->orders[place] = (struct order){.asked = order->item,
                                                  .item = order->item,
                                                  .asked_units = order->units,
                                                  .units = order->units,
                                                  .id = order->id};
    load->history->texts[place] = orders->texts[of];
}

/* What is about one order stands together, so that it leaves together. */
static void fill_all(struct local *load, const uint32_t *orders)
{
    const struct spec_act *act = &load->spec->action;
    size_t each = act->names_count * (size_t)act->times;
    for (size_t i = 0; i < load->count; i++)
        fill(load, i, orders[i / each],
             spec_action_find(load->scenario, act->names[i % act->names_count]));
}

static int spread(struct local *load, struct err *err)
{
    const struct spec_act *act = &load->spec->action;
    size_t each = act->names_count * (size_t)act->times, orders = load->count / each;
    if (!act->over)
        return 0;
    load->schedule = calloc(load->count + 1, sizeof *load->schedule);
    if (!load->schedule)
        return err_set(err, ERR_MEMORY, "out of memory");
    for (size_t i = 0; i < load->count; i++)
        load->schedule[i] = (ns_t)((double)act->over * (double)(i / each) / (double)orders);
    return 0;
}

static int stage(struct local *load, struct err *err)
{
    const struct spec_act *act = &load->spec->action;
    _cleanup_free_ uint32_t *orders = NULL;
    size_t count;
    int rc = actors_orders(load, &orders, &count, err);
    load->count = rc ? 0 : count * act->names_count * (size_t)act->times;
    if (rc || !count)
        return rc;
    if (load->history->count + load->count > load->history->room)
        return err_set(err, ERR_BUG, "no room for %zu actions", load->count);
    fill_all(load, orders);
    load->plan.users = NULL; /* the records have their users */
    load->beside = act->names_count;
    actors_take_over(load->actors, load->pool, load->scenario, act);
    rc = spread(load, err);
    size_t connections = load->count < CONNECTIONS_MAX ? load->count : CONNECTIONS_MAX;
    return rc ? rc : phase_open(load, TRANSPORT_SCHEDULED, connections, connections, err);
}

static int release(struct local *load, struct err *err)
{
    if (!load->count)
        return phase_release_now(load, err);
    phase_start(load, 0);
    return 0;
}

static int settle(struct local *load, struct err *err)
{
    return load->count ? phase_finish(load, err) : 0;
}

const struct phase_ops phase_action = {"action", room, stage, release, settle};
