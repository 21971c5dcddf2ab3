#include "explore/explore.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/archive.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/rng.h"
#include "base/words.h"
#include "explore/explore_inside.h"
#include "model/check.h"
#include "proxy/hold.h"
#include "scenario/scenario.h"
#include "verify/race.h"

#define TEXT_MAX ((size_t)16 << 20)
/* So long nobody says anything to a store before the next single request comes. */
#define CALM_LEAST (100 * NS_PER_MS)

void explore_tell(const struct explore *explore, const char *step, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    log_info("explore", "%s: %s", step, text);
    if (explore->settings->tell)
        explore->settings->tell(explore->settings->context, step, text);
}

/* ---- one run of the engine ---- */

static int begin(struct explore *explore, struct err *err)
{
    _cleanup_(buf_free) struct buf text;
    struct run *run = explore->run;
    const struct run *before = explore->before;
    buf_init(&text, TEXT_MAX);
    run_init(run);
    run->scenario = &explore->plan.scenario;
    run->wall_start = clock_wall_ns();
    snprintf(run->dir, sizeof run->dir, "%s", explore->result->dir);
    memcpy(run->servers, before->servers, sizeof run->servers);
    run->servers_count = before->servers_count;
    int rc = scenario_print(&explore->plan.scenario, &text, err);
    if (!rc)
        run->scenario_text = buf_steal(&text);
    return rc;
}

static void make_plan(struct explore *explore, const struct explore_round *round)
{
    struct plan *plan = &explore->plan;
    const char *answers[PLAN_STEPS_MAX];
    plan_make(explore->scenario, round->limit, round->kind, round->requests, plan);
    plan->scenario.calm = round->kind == PLAN_OWN ? 0 : explore->calm;
    for (unsigned i = 0; i < round->answers_count; i++)
        answers[i] = explore->result->shapes[round->answers[i]].text;
    if (round->answers_count)
        plan_hold(plan, answers, round->answers_count, round->deadline);
    if (round->crash[0])
        plan_crash(plan, round->crash);
}

static int prepare(struct explore *explore, int64_t limit, struct err *err)
{
    const struct engine_settings *engine = &explore->settings->engine;
    bool told = explore->base.scenario.limit == limit;
    plan_make(explore->scenario, limit, PLAN_OWN, 0, &explore->base);
    if (!explore->stack)
        return engine_open(&explore->base.scenario, engine, explore->run, &explore->stack, err);
    int rc = told ? 0 : stack_tell_limit(explore->stack, err);
    return rc ? rc : stack_reset(explore->stack, engine->stop, explore->run, err);
}

/* With what the single requests have told of the way of those who are told no. */
static int explain(struct explore *explore, struct err *err)
{
    struct run *run = explore->run;
    if (run->verdict != VERDICT_FAIL || !explore->single.count)
        return 0;
    steps_mark_late(&explore->single, &run->trace);
    return race_explain(run, err);
}

int explore_play(struct explore *explore, const struct explore_round *round, struct err *err)
{
    struct run *run = explore->before;
    explore->before = explore->run;
    explore->run = run;
    run_free(run);
    make_plan(explore, round);
    int rc = begin(explore, err);
    if (!rc)
        rc = prepare(explore, round->limit, err);
    if (rc)
        return rc;
    rc =
        engine_round(&explore->plan.scenario, &explore->settings->engine, explore->stack, run, err);
    return rc && rc != -(int)ERR_INVALID ? rc : explain(explore, err);
}

/* Does the service keep the limit that it was given, as far as its answers tell? One that has
 * another one of its own sells more, or fewer, to users who came one at a time. */
static bool keeps_limit(const struct explore_result *result)
{
    return result->yes == result->limit || !result->all_told;
}

static int learn(struct explore *explore, int64_t limit, struct err *err)
{
    explore->result->limit = limit;
    explore->result->rounds = explore->result->decided = 0;
    return explore_trace(explore, err);
}

/* Rounds in which nobody wins prove nothing, not even that the last place was given to nobody. With
 * some sold before, they do. */
static bool nobody_won(const struct explore *explore)
{
    const struct explore_result *result = explore->result;
    return explore->unserved && !result->violations_count && result->yes &&
           result->limit < PLAN_LIMIT && plan_gives_limit(explore->scenario);
}

/* ---- all of it ---- */

/* At the limit that the plan asks for, or else at the one that the service keeps. */
static int learn_limit(struct explore *explore, struct err *err)
{
    const struct scenario *scenario = explore->scenario;
    const struct explore_result *result = explore->result;
    bool other = plan_limit(scenario) != scenario->limit;
    int rc = learn(explore, plan_limit(scenario), err);
    if (!rc && other && plan_has_edge(scenario) && !keeps_limit(result)) {
        explore_tell(explore, "trace", "the service has a limit of its own: explored at %" PRId64,
                     scenario->limit);
        rc = learn(explore, scenario->limit, err);
    }
    if (!rc && plan_has_edge(scenario) && result->yes != result->limit)
        explore_tell(explore, "trace", "one request after the other sold %" PRId64 " of %" PRId64,
                     result->yes, result->limit);
    return rc;
}

static int hold_gaps(struct explore *explore, ns_t give_up, struct err *err)
{
    int rc = explore_hold(explore, give_up, err);
    if (rc || !nobody_won(explore))
        return rc;
    explore_tell(explore, "trace",
                 "there were rounds in which nobody was told yes: explored at a limit of %d",
                 PLAN_LIMIT);
    rc = learn(explore, PLAN_LIMIT, err);
    return rc ? rc : explore_hold(explore, give_up, err);
}

static int explore_all(struct explore *explore, struct err *err)
{
    struct explore_result *result = explore->result;
    ns_t give_up = clock_now() + explore->settings->time;
    result->limit = plan_limit(explore->scenario);
    result->faults = explore->scenario->faults_count > 0;
    int rc = explore_observe(explore, err);
    /* Nothing can be told of a service that answers nobody, or in words that no rule knows. */
    if (rc || result->unseen[0] || (result->own != VERDICT_PASS && result->own_strange))
        return rc;
    rc = learn_limit(explore, err);
    if (!rc)
        rc = hold_gaps(explore, give_up, err);
    if (!rc && explore->settings->crash)
        rc = explore_crash(explore, give_up, err);
    return rc ? rc : explore_shrink(explore, err);
}

/* One at a time, and every round anew. */
static int check_limit(const struct scenario *scenario, struct err *err)
{
    if (plan_limit(scenario) <= PLAN_LIMIT_MAX)
        return 0;
    return err_set(err, ERR_USAGE,
                   "limit: all but one of %" PRId64
                   " would be sold one after the other before each "
                   "round; hand ${limit} to the service, so that it can be made small, or --set "
                   "limit=%d where the service has that one",
                   scenario->limit, PLAN_LIMIT);
}

static int make_dir(struct explore *explore, struct err *err)
{
    struct run *run = explore->run;
    run->scenario = explore->scenario;
    int rc = archive_make_dir(explore->settings->output, run, err);
    if (rc)
        return rc;
    snprintf(explore->result->dir, sizeof explore->result->dir, "%s", run->dir);
    char path[sizeof run->dir + 32];
    snprintf(path, sizeof path, "%s/rushproof.log", run->dir);
    return log_open(path, err);
}

int explore_run(const struct scenario *scenario, const struct explore_settings *settings,
                struct explore_result *ret_result, struct err *err)
{
    ns_t begun = clock_now();
    int rc = check_limit(scenario, err);
    if (rc)
        return rc;
    struct run *runs = calloc(2, sizeof *runs);
    struct explore *explore = calloc(1, sizeof *explore);
    if (!runs || !explore) {
        free(runs);
        free(explore);
        return err_set(err, ERR_MEMORY, "no room for a run");
    }
    *explore = (struct explore){.scenario = scenario,
                                .settings = settings,
                                .result = ret_result,
                                .run = &runs[0],
                                .before = &runs[1],
                                .deadline = HOLD_DEADLINE,
                                .calm = CALM_LEAST};
    run_init(&runs[0]);
    run_init(&runs[1]);
    rng_seed(&explore->rng, (uint64_t)scenario->seed);
    rc = make_dir(explore, err);
    if (!rc)
        rc = explore_all(explore, err);
    stack_stop(explore->stack);
    log_close();
    ret_result->took = clock_now() - begun;
    ret_result->broken_off = rc != 0;
    run_free(&runs[0]);
    run_free(&runs[1]);
    free(runs);
    free(explore);
    return rc;
}
