#include "load/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load/http/kinds.h"
#include "load/net/limits.h"
#include "load/phases/phase.h"

static const struct phase_ops *find_ops(const struct spec_phase *spec)
{
    const struct {
        const void *set;
        const struct phase_ops *ops;
    } rows[] = {
        {spec->burst, &phase_burst},   {spec->waves, &phase_waves}, {spec->rate, &phase_rate},
        {spec->closed, &phase_closed}, {spec->retry, &phase_retry}, {spec->pause, &phase_pause},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].set)
            return rows[i].ops;
    return &phase_pause; /* never: the scenario was validated */
}

size_t load_room(const struct scenario *scenario)
{
    size_t room = 0;
    for (unsigned i = 0; i < scenario->load_count; i++)
        room += find_ops(&scenario->load[i])->room(&scenario->load[i], room);
    return room;
}

size_t load_users(const struct scenario *scenario)
{
    size_t users = 0, records = 0, repeat = (size_t)scenario->users.repeat;
    for (unsigned i = 0; i < scenario->load_count; i++) {
        const struct spec_phase *spec = &scenario->load[i];
        size_t count = find_ops(spec)->room(spec, records);
        records += count;
        if (spec->again || spec->retry || spec->pause)
            continue;
        if (spec->closed && !spec->closed->requests)
            return SIZE_MAX;
        users += (count + repeat - 1) / repeat;
    }
    return users;
}

static int make_parts(struct load *load, const char *dir, struct err *err)
{
    const struct spec_request *request = load->setup.request;
    int rc = message_compile(request, dir, load->setup.roster, &load->setup.message, err);
    if (!rc)
        rc = message_check_users(load->setup.message, load_users(load->scenario), err);
    if (!rc)
        rc = rules_compile(&load->scenario->responses, &load->setup.rules, err);
    if (rc)
        return rc;
    limits_raise_files();
    return pool_new(&load->setup, (unsigned)load->scenario->workers, (uint64_t)load->scenario->seed,
                    &load->pool, err);
}

int load_new(const struct scenario *scenario, const struct roster *roster,
             const struct spec_request *request, const char *dir, struct history *history,
             struct progress *progress, const struct load_freezer *freezer, struct load **ret_load,
             struct err *err)
{
    struct load *load = calloc(1, sizeof *load);
    if (!load)
        return err_set(err, ERR_MEMORY, "out of memory");
    load->scenario = scenario;
    load->history = history;
    load->setup.request = request;
    load->setup.progress = progress;
    load->setup.roster = roster;
    load->memory = (struct load_memory){-1, (int64_t)sizeof(struct request)};
    if (freezer)
        load->freezer = *freezer;
    users_init(&load->users, &scenario->users, roster);
    int rc = make_parts(load, dir, err);
    if (rc) {
        load_free(load);
        return rc;
    }
    *ret_load = load;
    return 0;
}

int load_stage(struct load *load, unsigned index, struct load_phase_info *ret_info, struct err *err)
{
    if (load->ops)
        return err_set(err, ERR_BUG, "a phase is under way");
    const struct spec_phase *spec = &load->scenario->load[index];
    const struct phase_ops *ops = find_ops(spec);
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
    bool open_ended = spec->closed && !spec->closed->requests;
    atomic_store(&progress->planned, open_ended ? 0 : (long long)load->count);
    info.staged_in = clock_now() - began;
    *ret_info = info;
    load->info = ret_info;
    load->ops = ops;
    return 0;
}

int load_release(struct load *load, struct err *err)
{
    if (!load->ops)
        return err_set(err, ERR_BUG, "no phase is staged");
    int rc = load->ops->release(load, err);
    if (!rc && !load->history->origin && load->count)
        load->history->origin = load->origin;
    return rc;
}

int load_settle(struct load *load, struct err *err)
{
    if (!load->ops)
        return err_set(err, ERR_BUG, "no phase is released");
    int rc = load->ops->settle(load, err);
    load->ops = NULL;
    free(load->schedule);
    load->schedule = NULL;
    return rc ? rc : phase_note(load, err);
}

void load_close(struct load *load)
{
    pool_close(load->pool);
}

void load_free(struct load *load)
{
    if (!load)
        return;
    pool_free(load->pool);
    rendezvous_free(&load->rendezvous);
    users_free(&load->users);
    message_free(load->setup.message);
    rules_free(load->setup.rules);
    free(load->schedule);
    free(load);
}

void load_answers(const struct load *load, struct answers *ret_answers)
{
    *ret_answers = (struct answers){0};
    for (unsigned i = 0; i < load->pool->count; i++)
        answers_merge(ret_answers, load->pool->workers[i].carrier.answers);
    kinds_finish(ret_answers);
}

void load_memory(const struct load *load, struct load_memory *ret_memory)
{
    *ret_memory = load->memory;
}
