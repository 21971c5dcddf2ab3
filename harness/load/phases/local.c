/* The load of this process: a worker pool, and one phase under way at a time. */
#include "load/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load/http/kinds.h"
#include "load/net/limits.h"
#include "load/phases/phase.h"
#include "load/phases/phases.h"

static struct local *own(struct load *load)
{
    return (struct local *)load;
}

int load_check(const struct scenario *scenario, const char *dir, struct err *err)
{
    struct message *message = NULL;
    struct roster *roster = NULL;
    int rc = load_people(scenario, dir, &roster, err);
    if (!rc)
        rc = message_compile(&scenario->request, dir, roster, &message, err);
    if (!rc)
        rc = message_check_users(message, &scenario->users, phases_users(scenario), err);
    message_free(message);
    roster_free(roster);
    return rc;
}

static int make_parts(struct local *load, const char *dir, struct err *err)
{
    const struct spec_request *request = load->setup.request;
    int rc = message_compile(request, dir, load->setup.roster, &load->setup.message, err);
    if (!rc)
        rc = message_resolve(load->setup.message, err);
    if (!rc)
        rc = message_check_users(load->setup.message, &load->scenario->users,
                                 phases_users(load->scenario), err);
    if (!rc)
        rc = rules_compile(&load->scenario->responses, &load->setup.rules, err);
    if (rc)
        return rc;
    message_settle(load->setup.message);
    limits_raise_files();
    return pool_new(&load->setup, (unsigned)load->scenario->workers, (uint64_t)load->scenario->seed,
                    &load->pool, err);
}

static void free_load(struct load *base)
{
    struct local *load = own(base);
    listener_stop(&load->listener);
    pool_free(load->pool);
    rendezvous_free(&load->rendezvous);
    users_free(&load->users);
    message_free(load->setup.message);
    rules_free(load->setup.rules);
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
    load->history = settings->history;
    load->setup = (struct setup){
        .request = settings->request, .progress = settings->progress, .roster = settings->roster};
    load->memory = (struct load_memory){-1, (int64_t)sizeof(struct request)};
    if (settings->freezer)
        load->freezer = *settings->freezer;
    users_init(&load->users, &load->scenario->users, settings->roster);
    rc = make_parts(load, settings->dir, err);
    if (rc)
        free_load(&load->base);
    else
        *ret_load = &load->base;
    return rc;
}

static int stage(struct load *base, unsigned index, struct load_phase_info *ret_info,
                 struct err *err)
{
    struct local *load = own(base);
    if (load->ops)
        return err_set(err, ERR_BUG, "a phase is under way");
    const struct spec_phase *spec = &load->scenario->load[index];
    const struct phase_ops *ops = phases_find(spec);
    size_t room = ops->room(spec, load->history->count);
    if (load->history->count + room > load->history->room)
        return err_set(err, ERR_BUG, "no room for %zu more records", room);
    struct load_phase_info info = {0};
    snprintf(info.kind, sizeof info.kind, "%s", ops->kind);
    load->index = index;
    load->spec = spec;
    load->info = &info;
    load->records = load->history->v + load->history->count;
    users_plan(&load->users, spec->again, (uint8_t)index, &load->plan);
    ns_t began = clock_now();
    struct progress *progress = load->setup.progress;
    atomic_store(&progress->staged, 0);
    atomic_store(&progress->planned, 0);
    int rc = ops->stage(load, err);
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

static int release(struct load *base, struct err *err)
{
    struct local *load = own(base);
    if (!load->ops)
        return err_set(err, ERR_BUG, "no phase is staged");
    int rc = load->ops->release(load, err);
    if (!rc && !load->history->origin && load->count)
        load->history->origin = load->origin;
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
        answers_merge(ret_answers, load->pool->workers[i].carrier.answers);
    kinds_finish(ret_answers);
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
    .close = close_load,
    .free = free_load,
    .answers = answers,
    .memory = memory,
};
