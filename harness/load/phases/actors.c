#include "load/phases/actors.h"

#include <stdlib.h>

#include "load/http/kinds.h"

struct actors {
    struct setup setups[ACTIONS_MAX]; /* by their places in the scenario */
    unsigned count;
    struct answers *answers; /* owned; one a worker */
    unsigned workers;
};

static int make(const struct load_settings *settings, const struct setup *setup, unsigned place,
                struct setup *made, struct err *err)
{
    const struct spec_action *action = &settings->scenario->actions[place];
    *made = (struct setup){.request = &settings->acts[place],
                           .instance_header = setup->instance_header,
                           .progress = setup->progress,
                           .roster = setup->roster,
                           .items = setup->items,
                           .history = settings->actions};
    int rc = message_compile(made->request, settings->dir, settings->roster, settings->items,
                             settings->prepared, &made->message, err);
    if (!rc)
        rc = message_resolve(made->message, err);
    if (!rc)
        rc = transport_meet(made->message, err);
    if (!rc)
        rc = rules_compile(&action->responses, &made->rules, err);
    if (!rc)
        message_settle(made->message);
    return rc ? err_prefix(err, "actions.%u", place) : 0;
}

int actors_open(const struct load_settings *settings, const struct setup *setup, unsigned workers,
                struct actors **ret_actors, struct err *err)
{
    struct actors *actors = calloc(1, sizeof *actors);
    *ret_actors = actors;
    if (!actors)
        return err_set(err, ERR_MEMORY, "out of memory");
    actors->workers = workers;
    actors->answers = calloc(workers, sizeof *actors->answers);
    int rc = actors->answers ? 0 : err_set(err, ERR_MEMORY, "out of memory");
    for (unsigned i = 0; i < settings->scenario->actions_count && !rc; i++)
        rc = make(settings, setup, i, &actors->setups[actors->count++], err);
    if (!rc)
        rc = history_order(settings->actions, err);
    if (!rc)
        rc = history_act(settings->actions, err);
    if (!rc)
        rc = history_name(settings->actions, err);
    return rc ? rc : history_name(settings->history, err);
}

void actors_free(struct actors *actors)
{
    if (!actors)
        return;
    for (unsigned i = 0; i < actors->count; i++) {
        message_free(actors->setups[i].message);
        rules_free(actors->setups[i].rules);
    }
    free(actors->answers);
    free(actors);
}

void actors_take_over(const struct actors *actors, struct pool *pool,
                      const struct scenario *scenario, const struct spec_act *act)
{
    for (unsigned i = 0; i < pool->count; i++) {
        int place = spec_action_find(scenario, act->names[i % act->names_count]);
        pool->workers[i].carrier.setup = &actors->setups[place];
        pool->workers[i].carrier.answers = &actors->answers[i];
    }
}

void actors_hand_back(struct pool *pool, const struct setup *setup)
{
    for (unsigned i = 0; i < pool->count; i++) {
        pool->workers[i].carrier.setup = setup;
        pool->workers[i].carrier.answers = pool->workers[i].answers;
    }
}

void actors_answers(const struct actors *actors, struct answers *ret_answers)
{
    *ret_answers = (struct answers){0};
    for (unsigned i = 0; actors && i < actors->workers; i++)
        answers_merge(ret_answers, &actors->answers[i]);
    kinds_finish(ret_answers);
}
