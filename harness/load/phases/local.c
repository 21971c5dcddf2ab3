/* The load of this process: a worker pool, and one phase under way at a time. */
#include "load/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load/decide/decider.h"
#include "load/http/kinds.h"
#include "load/net/limits.h"
#include "load/phases/actors.h"
#include "load/phases/entered.h"
#include "load/phases/phase.h"
#include "load/phases/phases.h"
#include "load/prepare/prepare.h"

static struct local *own(struct load *load)
{
    return (struct local *)load;
}

static int check_message(const struct spec_request *request, const char *dir,
                         const struct roster *roster, const struct items *items,
                         const struct feeder *captures, struct err *err)
{
    struct message *message = NULL;
    int rc = message_compile(request, dir, roster, items, captures, &message, err);
    message_free(message);
    return rc;
}

static int check_decide(const struct spec_decide *decide, const char *dir,
                        const struct roster *roster, const struct feeder *captures, struct err *err)
{
    if (check_message(spec_decide_asks(decide), dir, roster, NULL, captures, err))
        return err_prefix(err, "%s", spec_decide_key(decide));
    int rc = decide->then ? check_message(decide->then, dir, roster, NULL, captures, err) : 0;
    return rc ? err_prefix(err, "decide.then") : 0;
}

static int unknown_column(const char *name, struct err *err)
{
    return err_set(err, ERR_USAGE,
                   "demand: request.feeder has no column %s, which says what each user wants",
                   name);
}

/* One column of the feeder, a number a row; NULL: it is not asked for. */
static int read_demanded(const struct feeder *feeder, const char *name, const struct items *items,
                         int decimals, int64_t **ret_v, struct err *err)
{
    int column = feeder_column(feeder, name, strlen(name));
    if (column < 0)
        return unknown_column(name, err);
    int64_t *v = *ret_v = calloc(feeder->rows + 1, sizeof *v);
    if (!v)
        return err_set(err, ERR_MEMORY, "no memory for the demand");
    for (size_t row = 0; row < feeder->rows; row++) {
        const char *cell = feeder_cell(feeder, row, (size_t)column);
        bool good =
            items ? items_read(items, cell, strlen(cell), &v[row]) && v[row] < (int64_t)items->count
                  : items_amount(decimals, cell, strlen(cell), &v[row]) && v[row] > 0 &&
                        v[row] <= UNITS_MAX;
        if (!good)
            return err_set(err, ERR_USAGE, "demand: row %zu of request.feeder wants %s '%.40s'%s",
                           row + 1, name, cell,
                           items ? ", which items does not have" : "; allowed: from 1");
    }
    return 0;
}

static int make_demand(const struct scenario *scenario, const struct items *items,
                       const struct message *message, struct demand **ret_demand, struct err *err)
{
    int rc = demand_make(scenario, items, ret_demand, err);
    struct demand *demand = *ret_demand;
    if (rc || !demand->form.feeder)
        return rc;
    demand->rows = message->feeder.rows;
    if (demand->form.item.kind == DEMAND_FEEDER)
        rc = read_demanded(&message->feeder, "item", items, 0, &demand->items, err);
    if (!rc && demand->form.moves && demand->form.to.kind == DEMAND_FEEDER)
        rc = read_demanded(&message->feeder, "to", items, 0, &demand->to, err);
    if (!rc && !strcmp(scenario->demand.units, "feeder"))
        rc = read_demanded(&message->feeder, "units", NULL, items->decimals, &demand->units, err);
    return rc;
}

static int check_actions(const struct scenario *scenario, const char *dir,
                         const struct roster *roster, const struct items *items,
                         const struct feeder *captures, struct err *err)
{
    int rc = 0;
    for (unsigned i = 0; i < scenario->actions_count && !rc; i++) {
        rc = check_message(&scenario->actions[i].request, dir, roster, items, captures, err);
        if (rc)
            rc = err_prefix(err, "actions.%u", i);
    }
    return rc;
}

int load_check(const struct scenario *scenario, const char *dir, struct err *err)
{
    struct message *message = NULL;
    struct roster *roster = NULL;
    struct items *items = NULL;
    struct demand *demand = NULL;
    struct feeder captures = {0};
    int rc = load_people(scenario, dir, &roster, err);
    if (!rc)
        rc = items_make(scenario, &items, err);
    if (!rc)
        rc = prepare_columns(scenario, &captures, err);
    if (!rc)
        rc = message_compile(&scenario->request, dir, roster, items, &captures, &message, err);
    if (!rc)
        rc = message_check_users(message, &scenario->users, phases_users(scenario), err);
    if (!rc && items)
        rc = make_demand(scenario, items, message, &demand, err);
    if (!rc)
        rc = check_actions(scenario, dir, roster, items, &captures, err);
    message_free(message);
    demand_free(demand);
    items_free(items);
    if (!rc && scenario->decide)
        rc = check_decide(scenario->decide, dir, roster, &captures, err);
    feeder_free(&captures);
    roster_free(roster);
    return rc;
}

static int make_decider(struct local *load, const struct load_settings *settings, struct err *err)
{
    const struct decider_settings decider = {.scenario = settings->scenario,
                                             .poll = settings->poll,
                                             .then = settings->then,
                                             .prepared = settings->prepared,
                                             .dir = settings->dir,
                                             .history = settings->history,
                                             .progress = settings->progress,
                                             .roster = settings->roster};
    return settings->poll ? decider_new(&decider, &load->setup, &load->decider, err) : 0;
}

/* The request, as every transport will encode it, for users that are the scenario's. */
static int make_message(struct local *load, const struct load_settings *settings, struct err *err)
{
    const struct spec_request *request = load->setup.request;
    int rc = message_compile(request, settings->dir, load->setup.roster, settings->items,
                             settings->prepared, &load->setup.message, err);
    if (!rc)
        rc = message_resolve(load->setup.message, err);
    if (!rc)
        rc = transport_meet(load->setup.message, err);
    if (!rc && request->socket &&
        transport_find(load->setup.message, TRANSPORT_SATURATED) == &transport_curl)
        rc = err_set(err, ERR_USAGE,
                     "request.unix: the headers Connection, Content-Length, Expect and "
                     "Transfer-Encoding are ours there; allowed: without them");
    return rc ? rc
              : message_check_users(load->setup.message, &load->scenario->users,
                                    phases_users(load->scenario), err);
}

/* What the requests ask for, where the scenario has items. */
static int make_orders(struct local *load, const struct load_settings *settings, struct err *err)
{
    if (!settings->items)
        return 0;
    int rc = make_demand(load->scenario, settings->items, load->setup.message, &load->demand, err);
    load->setup.demand = load->demand;
    if (!rc)
        rc = history_order(settings->history, err);
    if (!rc && load->demand->form.lines > 1)
        rc = history_line(settings->history, load->demand->form.lines, err);
    return rc || !load->demand->form.moves ? rc : history_move(settings->history, err);
}

static int make_parts(struct local *load, const struct load_settings *settings, struct err *err)
{
    unsigned workers = (unsigned)load->scenario->workers;
    limits_raise_files(); /* before anybody counts on them */
    int rc = make_message(load, settings, err);
    if (!rc)
        rc = rules_compile(&load->scenario->responses, &load->setup.rules, err);
    if (!rc)
        rc = make_orders(load, settings, err);
    if (!rc)
        rc = make_decider(load, settings, err);
    if (rc)
        return rc;
    message_settle(load->setup.message);
    if (settings->scenario->actions_count)
        rc = actors_open(settings, &load->setup, workers, &load->actors, err);
    if (rc)
        return rc;
    /* Other UUIDs than those of the other shares. */
    uint64_t seed = (uint64_t)load->scenario->seed ^ (uint64_t)load->setup.share.rank << 32;
    return pool_new(&load->setup, workers, seed, &load->pool, err);
}

static void free_load(struct load *base)
{
    struct local *load = own(base);
    listener_stop(&load->listener);
    pool_free(load->pool);
    decider_free(load->decider);
    actors_free(load->actors);
    rendezvous_free(&load->rendezvous);
    users_free(&load->users);
    demand_free(load->demand);
    message_free(load->setup.message);
    rules_free(load->setup.rules);
    free(load->setup.entered);
    free(load->schedule);
    free(load);
    transport_finish();
}

static int open_load(const struct load_settings *settings, struct load **ret_load, struct err *err)
{
    struct local *load = calloc(1, sizeof *load);
    if (!load)
        return err_set(err, ERR_MEMORY, "out of memory");
    int rc = transport_begin(err);
    if (rc) {
        free(load);
        return rc;
    }
    load->base.ops = &load_local;
    load->scenario = settings->scenario;
    load->history = load->orders = settings->history;
    load->actions = settings->actions;
    load->setup = (struct setup){.request = settings->request,
                                 .progress = settings->progress,
                                 .roster = settings->roster,
                                 .items = settings->items,
                                 .history = settings->history};
    load->setup.instance_header = load->scenario->responses.instance;
    load->memory = (struct load_memory){-1, (int64_t)sizeof(struct request)};
    if (settings->freezer)
        load->freezer = *settings->freezer;
    users_init(&load->users, &load->scenario->users, settings->roster, &settings->share);
    load->setup.share = settings->share;
    rc = entered_open(&load->setup, load->scenario->responses.entered, err);
    rc = rc ? rc : make_parts(load, settings, err);
    if (rc)
        free_load(&load->base);
    else
        *ret_load = &load->base;
    return rc;
}

/* Who asks again is who has no decision yet, and listens already. */
static int stage_decider(struct local *load, const struct spec_phase *spec, size_t count,
                         struct err *err)
{
    const ns_t patience = 10 * NS_PER_S;
    bool about = spec->kind == LOAD_RETRY || spec->kind == LOAD_ACTION;
    bool again = about || spec->kind == LOAD_PAUSE;
    ns_t deadline = clock_now() + (spec->kind == LOAD_BURST ? spec->burst.deadline : patience);
    int rc = about ? decider_settle(load->decider, err) : 0;
    if (!rc && !again)
        rc = decider_stage(load->decider, &load->plan, count, deadline, err);
    return rc ? rc : decider_start(load->decider, err);
}

static void tell_sources(const struct spec_request *request, struct load_phase_info *ret_info)
{
    char *text = ret_info->source_addresses;
    size_t size = sizeof ret_info->source_addresses;
    for (unsigned i = 0; i < request->source_addresses_count; i++)
        snprintf(text + strlen(text), size - strlen(text), "%s%s", i ? ", " : "",
                 request->source_addresses[i]);
}

static int stage(struct load *base, unsigned index, struct load_phase_info *ret_info,
                 struct err *err)
{
    struct local *load = own(base);
    if (load->ops)
        return err_set(err, ERR_BUG, "a phase is under way");
    const struct spec_phase *spec = &load->scenario->load[index];
    const struct phase_ops *ops = phases_find(spec);
    size_t room = ops->room(spec, load->orders->count);
    load->history = spec->kind == LOAD_ACTION ? load->actions : load->orders;
    actors_hand_back(load->pool, &load->setup);
    load->beside = 0;
    if (load->history->count + room > load->history->room)
        return err_set(err, ERR_BUG, "no room for %zu more records", room);
    users_plan(&load->users, spec->again, (uint8_t)index, &load->plan);
    load->whole = 0;
    load->setup.reuse = (enum key_reuse)spec->reuse;
    load->setup.keyed = load->users.known;
    int rc = load->decider ? stage_decider(load, spec, users_part(&load->plan, room), err) : 0;
    if (rc)
        return rc;
    struct load_phase_info info = {0};
    snprintf(info.kind, sizeof info.kind, "%s", ops->kind);
    tell_sources(load->setup.request, &info);
    load->index = index;
    load->spec = spec;
    load->info = &info;
    load->records = load->history->v + load->history->count;
    ns_t began = clock_now();
    struct progress *progress = load->setup.progress;
    atomic_store(&progress->staged, 0);
    atomic_store(&progress->planned, 0);
    rc = ops->stage(load, err);
    if (rc)
        return rc;
    bool open_ended = spec->kind == LOAD_CLOSED && !spec->closed.requests;
    atomic_store(&progress->planned, open_ended ? 0 : (long long)load->count);
    info.staged_in = clock_now() - began;
    *ret_info = info;
    load->info = ret_info;
    load->ops = ops;
    return 0;
}

static int release(struct load *base, ns_t at, struct err *err)
{
    struct local *load = own(base);
    load->at = at;
    if (!load->ops)
        return err_set(err, ERR_BUG, "no phase is staged");
    int rc = load->ops->release(load, err);
    if (!rc && !load->orders->origin && load->count)
        load->orders->origin = load->origin;
    return rc;
}

static int settle(struct load *base, struct err *err)
{
    struct local *load = own(base);
    if (!load->ops)
        return err_set(err, ERR_BUG, "no phase is released");
    int rc = load->ops->settle(load, err);
    load->ops = NULL;
    free(load->schedule);
    load->schedule = NULL;
    return rc ? rc : phase_note(load, err);
}

static void close_load(struct load *base)
{
    struct local *load = own(base);
    pool_close(load->pool);
}

static void answers(const struct load *base, struct answers *ret_answers)
{
    const struct local *load = (const struct local *)base;
    *ret_answers = (struct answers){0};
    for (unsigned i = 0; i < load->pool->count; i++)
        answers_merge(ret_answers, load->pool->workers[i].answers);
    ret_answers->served = load->served;
    kinds_finish(ret_answers);
}

static int decide(struct load *base, struct err *err)
{
    struct local *load = own(base);
    return load->decider ? decider_settle(load->decider, err) : 0;
}

static void decisions(const struct load *base, struct load_decisions *ret_decisions,
                      struct answers *ret_polled)
{
    const struct local *load = (const struct local *)base;
    *ret_decisions = (struct load_decisions){0};
    *ret_polled = (struct answers){0};
    if (load->decider)
        decider_tell(load->decider, ret_decisions, ret_polled);
}

static void acted(const struct load *base, struct answers *ret_answers)
{
    actors_answers(((const struct local *)base)->actors, ret_answers);
}

static void memory(const struct load *base, struct load_memory *ret_memory)
{
    const struct local *load = (const struct local *)base;
    *ret_memory = load->memory;
}

const struct load_ops load_local = {
    .open = open_load,
    .stage = stage,
    .release = release,
    .settle = settle,
    .decide = decide,
    .decisions = decisions,
    .close = close_load,
    .free = free_load,
    .answers = answers,
    .acted = acted,
    .memory = memory,
};
