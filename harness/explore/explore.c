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
#include "explore/explore_inside.h"
#include "model/check.h"
#include "proxy/hold.h"
#include "scenario/scenario.h"

#define TEXT_MAX ((size_t)16 << 20)

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
    if (explore->stack && explore->base.scenario.limit == limit)
        return stack_reset(explore->stack, engine->stop, explore->run, err);
    stack_stop(explore->stack);
    explore->stack = NULL;
    plan_make(explore->scenario, limit, PLAN_OWN, 0, &explore->base);
    return engine_open(&explore->base.scenario, engine, explore->run, &explore->stack, err);
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
    return rc == -(int)ERR_INVALID ? 0 : rc;
}

/* ---- observe and trace ---- */

bool explore_is_exempt(const char *check)
{
    const struct check *row = checks_find(check);
    return (row && row->spoiled) || !strcmp(check, "sql") || !strcmp(check, "redis");
}

enum verdict explore_judge(const struct run *run)
{
    const struct findings *findings = &run->findings;
    bool whole = findings->count && !(run->scenario->faults_count && run->invalid[0]);
    enum verdict verdict = whole ? VERDICT_PASS : VERDICT_UNKNOWN;
    for (size_t i = 0; i < findings->count; i++)
        if (!explore_is_exempt(findings->v[i].check))
            verdict = verdict_merge(verdict, findings->v[i].verdict);
    return verdict;
}

static int observe(struct explore *explore, struct err *err)
{
    struct explore_result *result = explore->result;
    struct run *run;
    int rc = explore_play(explore,
                          &(struct explore_round){.kind = PLAN_OWN, .limit = result->limit}, err);
    if (rc)
        return rc;
    run = explore->run;
    observed_free(&result->observed);
    result->observed = run->observed;
    run->observed = (struct observed){0};
    const struct finding *seen = findings_find(&run->findings, "observed");
    result->own_failed = explore_judge(run) == VERDICT_FAIL;
    snprintf(result->own_text, sizeof result->own_text, "%.511s", run->explanation);
    result->unseen[0] = '\0';
    if (!seen || seen->verdict != VERDICT_PASS) {
        snprintf(result->unseen, sizeof result->unseen, "%s",
                 seen ? seen->message : "nothing was observed");
        snprintf(result->advice, sizeof result->advice, "%.255s", seen ? seen->hint : run->advice);
    }
    explore_tell(explore, "observe",
                 "%" PRId64 " requests: %" PRId64 " statements of %u shapes on %" PRId64
                 " connections, %" PRId64 " inside the stores at once%s",
                 run->tally.sent, result->observed.statements, result->observed.count,
                 result->observed.connections, result->observed.at_once,
                 result->own_failed ? "; a violation, with nothing held" : "");
    /* Its files are those of an ordinary run. */
    struct observed lent = result->observed;
    run->observed = lent;
    rc = explore->settings->save ? explore->settings->save(run, err) : 0;
    run->observed = (struct observed){0};
    return rc;
}

void explore_learn_words(struct explore_result *result, const struct trace *trace)
{
    for (unsigned i = 0; i < trace->shapes_count && i < TRACE_SHAPES_MAX; i++)
        result->shapes[i] = trace->shapes[i];
    for (unsigned i = 0; i < trace->stores_count && i < TRACE_STORES_MAX; i++)
        result->doors[i] = trace->doors[i];
}

static int trace(struct explore *explore, struct err *err)
{
    struct explore_result *result = explore->result;
    const struct explore_round round = {.kind = PLAN_TRACE, .limit = result->limit};
    int rc = explore_play(explore, &round, err);
    if (rc)
        return rc;
    const struct run *run = explore->run;
    result->traced = run->tally.sent;
    result->yes = run->tally.accepted;
    result->no = run->tally.rejected;
    gaps_find(&run->trace, &run->history, &result->gaps);
    explore_learn_words(result, &run->trace);
    explore_tell(explore, "trace",
                 "%" PRId64 " requests one at a time (limit %" PRId64 "): %" PRId64 " yes, %" PRId64
                 " no; %u gap%s between %" PRId64 " statements",
                 result->traced, result->limit, result->yes, result->no, result->gaps.count,
                 result->gaps.count == 1 ? "" : "s", result->gaps.statements);
    return 0;
}

/* Does the service keep the limit that it was given? One that has another one of its own sells
 * more, or fewer. */
static bool keeps_limit(const struct explore_result *result)
{
    return result->yes == result->limit && result->no >= PLAN_NO;
}

static int learn(struct explore *explore, int64_t limit, struct err *err)
{
    explore->result->limit = limit;
    explore->result->rounds = explore->result->decided = 0;
    int rc = observe(explore, err);
    return rc ? rc : trace(explore, err);
}

/* Rounds in which nobody wins prove nothing, not even that the last place was given to nobody. With
 * some sold before, they do. */
static bool nobody_won(const struct explore *explore)
{
    const struct explore_result *result = explore->result;
    return result->rounds && !result->decided && result->yes && result->limit < PLAN_LIMIT &&
           plan_gives_limit(explore->scenario);
}

/* ---- all of it ---- */

static int explore_all(struct explore *explore, struct err *err)
{
    const struct scenario *scenario = explore->scenario;
    struct explore_result *result = explore->result;
    ns_t give_up = clock_now() + explore->settings->time;
    bool other = plan_limit(scenario) != scenario->limit;
    int rc = learn(explore, plan_limit(scenario), err);
    if (!rc && other && plan_has_edge(scenario) && !keeps_limit(result)) {
        explore_tell(explore, "trace", "the service has a limit of its own: explored at %" PRId64,
                     scenario->limit);
        rc = learn(explore, scenario->limit, err);
    }
    if (!rc && plan_has_edge(scenario) && !keeps_limit(result) && result->yes + result->no > 0)
        explore_tell(explore, "trace", "one request after the other sold %" PRId64 " of %" PRId64,
                     result->yes, result->limit);
    if (rc || result->unseen[0])
        return rc;
    rc = explore_hold(explore, give_up, err);
    if (!rc && nobody_won(explore)) {
        explore_tell(explore, "trace",
                     "nobody was told yes in any round: explored at a limit of %d", PLAN_LIMIT);
        rc = learn(explore, PLAN_LIMIT, err);
        rc = rc || result->unseen[0] ? rc : explore_hold(explore, give_up, err);
    }
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
                                .deadline = HOLD_DEADLINE};
    run_init(&runs[0]);
    run_init(&runs[1]);
    rng_seed(&explore->rng, (uint64_t)scenario->seed);
    rc = make_dir(explore, err);
    if (!rc)
        rc = explore_all(explore, err);
    stack_stop(explore->stack);
    log_close();
    ret_result->took = clock_now() - begun;
    run_free(&runs[0]);
    run_free(&runs[1]);
    free(runs);
    free(explore);
    return rc;
}
