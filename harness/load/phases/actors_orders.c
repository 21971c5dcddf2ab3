/* Which orders a phase of actions is about. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "load/phases/actors.h"

#define NOBODY UINT32_MAX

struct choice {
    const struct local *load;
    uint8_t *acted;   /* owned; by request: told yes to the action that the phase wants; or NULL */
    uint32_t *latest; /* owned; by the user's place: the request that was chosen last */
    bool all;
};

static void choice_free(struct choice *choice)
{
    free(choice->acted);
    free(choice->latest);
}

static int mark_acted(const struct local *load, int action, struct choice *choice)
{
    const struct history *actions = load->history;
    choice->acted = calloc(load->orders->count + 1, sizeof *choice->acted);
    if (!choice->acted)
        return -(int)ERR_MEMORY;
    for (size_t i = 0; i < actions->count; i++)
        if (actions->deeds[i].action == action && actions->v[i].cls == CLASS_ACCEPTED)
            choice->acted[actions->deeds[i].order] = 1;
    return 0;
}

static int choice_make(const struct local *load, struct choice *choice)
{
    const char *of = load->spec->action.of;
    int action = spec_action_find(load->scenario, of);
    choice->load = load;
    choice->all = !strcmp(of, "all");
    choice->latest = malloc((load->users.known + 1) * sizeof *choice->latest);
    if (!choice->latest)
        return -(int)ERR_MEMORY;
    for (size_t i = 0; i < load->users.known; i++)
        choice->latest[i] = NOBODY;
    return action < 0 ? 0 : mark_acted(load, action, choice);
}

static bool is_wanted(const struct choice *choice, size_t i)
{
    const struct request *request = &choice->load->orders->v[i];
    return choice->acted ? choice->acted[i]
           : choice->all ? request->released != 0
                         : request->cls == CLASS_ACCEPTED;
}

/* One of several answers about the same order: under one key, or of the same name. */
static bool is_again(struct choice *choice, size_t i)
{
    const struct local *load = choice->load;
    const struct order *orders = load->orders->orders;
    size_t place = roster_place(load->users.roster, load->orders->v[i].user);
    uint32_t before = choice->latest[place];
    choice->latest[place] = (uint32_t)i;
    return before != NOBODY && (load->scenario->idempotency ||
                                (orders[i].id != ORDER_NONE && orders[i].id == orders[before].id));
}

int actors_orders(const struct local *load, uint32_t **ret_v, size_t *ret_count, struct err *err)
{
    _cleanup_(choice_free) struct choice choice = {0};
    _cleanup_free_ uint32_t *v = malloc((load->orders->count + 1) * sizeof *v);
    size_t count = 0;
    int64_t from, to;
    if (!v || choice_make(load, &choice))
        return err_set(err, ERR_MEMORY, "no memory to choose among %zu orders",
                       load->orders->count);
    for (size_t i = 0; i < load->orders->count; i++)
        if (is_wanted(&choice, i) && !is_again(&choice, i))
            v[count++] = (uint32_t)i;
    if (!spec_act_share(&load->spec->action, &from, &to))
        return err_set(err, ERR_BUG, "no share: %s", load->spec->action.share);
    size_t first = count * (size_t)from / 100, end = count * (size_t)to / 100;
    memmove(v, v + first, (end - first) * sizeof *v);
    *ret_count = end - first;
    *ret_v = TAKE(v);
    return 0;
}
