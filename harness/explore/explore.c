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

#define TEXT_MAX ((size_t)16 << 20)
/* So long nobody says anything to a store before the next single request comes. */
#define CALM_LEAST (100 * NS_PER_MS)
#define CALM_MOST  NS_PER_S

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

/* Answers that no rule knows are no race, and what a service does that has died proves nothing. */
static enum verdict read_finding(const struct finding *finding, bool crashed)
{
    static const char *const no_race[] = {"response_classified", "processes", NULL};
    if (explore_is_exempt(finding->check))
        return VERDICT_PASS;
    return finding->verdict == VERDICT_FAIL && !crashed && words_find(no_race, finding->check) >= 0
               ? VERDICT_UNKNOWN
               : finding->verdict;
}

static bool has_died(const struct run *run)
{
    const struct finding *finding = findings_find(&run->findings, "processes");
    return finding && finding->verdict == VERDICT_FAIL && !run->scenario->faults_count;
}

enum verdict explore_judge(const struct run *run)
{
    const struct findings *findings = &run->findings;
    bool crashed = run->scenario->faults_count > 0;
    bool whole = findings->count && !(crashed && run->invalid[0]);
    enum verdict verdict = whole ? VERDICT_PASS : VERDICT_UNKNOWN;
    if (has_died(run))
        return VERDICT_UNKNOWN;
    for (size_t i = 0; i < findings->count; i++)
        verdict = verdict_merge(verdict, read_finding(&findings->v[i], crashed));
    return verdict;
}

void explore_why(const struct run *run, char *ret_text, size_t size)
{
    const struct findings *findings = &run->findings;
    bool crashed = run->scenario->faults_count > 0;
    int64_t failed = run->tally.failed, unanswered = run->tally.unknown;
    if (findings->count)
        snprintf(ret_text, size, "%" PRId64 " requests failed and %" PRId64 " had no decision",
                 failed, unanswered);
    else
        snprintf(ret_text, size, "%s", run->invalid[0] ? run->invalid : run->error);
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->v[i];
        if (read_finding(finding, crashed) != VERDICT_UNKNOWN)
            continue;
        snprintf(ret_text, size, "%s: %s", finding->check, finding->message);
        if (finding->verdict == VERDICT_FAIL)
            return;
    }
}

/* Nothing is held, so whatever fails does. How a burst was measured says nothing of the service. */
static enum verdict judge_own(const struct run *run)
{
    if (run->verdict == VERDICT_FAIL)
        return VERDICT_FAIL;
    enum verdict verdict = run->findings.count ? VERDICT_PASS : VERDICT_UNKNOWN;
    for (size_t i = 0; i < run->findings.count; i++) {
        const struct finding *finding = &run->findings.v[i];
        const struct check *row = checks_find(finding->check);
        bool told = !strcmp(finding->check, "observed"); /* as unseen */
        if (!told && (!row || !row->spoiled))
            verdict = verdict_merge(verdict, finding->verdict);
    }
    return verdict;
}

/* What the own load comes to, and what of its statements is known. */
static void keep_own(struct explore_result *result, const struct run *run)
{
    const struct finding *seen = findings_find(&run->findings, "observed");
    result->own = judge_own(run);
    if (result->own == VERDICT_FAIL)
        snprintf(result->own_text, sizeof result->own_text, "%.511s", run->explanation);
    else if (result->own == VERDICT_UNKNOWN) {
        explore_why(run, result->own_text, sizeof result->own_text);
        snprintf(result->advice, sizeof result->advice, "%.255s", run->advice);
    }
    if (!seen || seen->verdict != VERDICT_PASS) {
        snprintf(result->unseen, sizeof result->unseen, "%s",
                 seen ? seen->message : "nothing was observed");
        snprintf(result->advice, sizeof result->advice, "%.255s", seen ? seen->hint : run->advice);
    }
    steps_list(&run->trace, run->history.origin, &result->own_steps);
}

/* Where no more come than may win, too many can never be seen. */
static void doubt_own(const struct scenario *scenario, struct explore_result *result)
{
    if (result->own != VERDICT_PASS || plan_has_edge(scenario) || scenario->users.repeat > 1)
        return;
    result->own = VERDICT_UNKNOWN;
    snprintf(result->own_text, sizeof result->own_text,
             "no more users ask than may win (%" PRId64 "), so too many could not show",
             scenario->limit);
    snprintf(result->advice, sizeof result->advice,
             "load: let more users ask than `limit` lets win");
}

static int observe(struct explore *explore, struct err *err)
{
    struct explore_result *result = explore->result;
    int64_t limit = explore->scenario->limit;
    int rc = explore_play(explore, &(struct explore_round){.kind = PLAN_OWN, .limit = limit}, err);
    if (rc)
        return rc;
    struct run *run = explore->run;
    keep_own(result, run);
    doubt_own(explore->scenario, result);
    result->own_strange = !run->tally.accepted && run->tally.rejected < run->tally.sent;
    explore_tell(explore, "observe",
                 "%" PRId64 " requests (limit %" PRId64 "): %" PRId64 " statements of %u shapes on "
                 "%" PRId64 " connections, %" PRId64 " inside the stores at once%s",
                 run->tally.sent, limit, run->observed.statements, run->observed.count,
                 run->observed.connections, run->observed.at_once,
                 result->own == VERDICT_FAIL      ? "; a violation, with nothing held"
                 : result->own == VERDICT_UNKNOWN ? "; undecided, with nothing held"
                                                  : "");
    /* Its files are those of an ordinary run. */
    rc = explore->settings->save ? explore->settings->save(run, err) : 0;
    result->observed = run->observed;
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

/* The requests of a trace that were sent one at a time. */
static struct history single_requests(const struct explore *explore)
{
    struct history single = explore->run->history;
    while (single.count && single.v->phase < explore->plan.single) {
        single.v++;
        single.count--;
    }
    return single;
}

/* How long after the last request was decided its processes still asked something. */
static ns_t how_late(const struct run *run)
{
    ns_t end = 0, late = 0;
    for (size_t i = 0; i < run->history.count; i++) {
        ns_t at = history_decided(&run->history, &run->history.v[i]);
        at = at ? at : run->history.v[i].done;
        end = at > end ? at : end;
    }
    for (size_t i = 0; end && i < run->trace.count; i++) {
        const struct trace_statement *traced = &run->trace.v[i];
        if ((traced->what == TRACE_READ || traced->what == TRACE_WRITE) && traced->asked > end)
            late = traced->asked - end;
    }
    return late;
}

/* What goes on behind the answer belongs to its request: those who come after it wait for that. */
static int play_trace(struct explore *explore, struct err *err)
{
    const struct explore_round round = {.kind = PLAN_TRACE, .limit = explore->result->limit};
    int rc = explore_play(explore, &round, err);
    for (ns_t late; !rc && explore->calm < CALM_MOST; rc = explore_play(explore, &round, err)) {
        late = how_late(explore->run);
        if (2 * late <= explore->calm)
            return 0;
        explore->calm = 3 * late < CALM_MOST ? 3 * late : CALM_MOST;
    }
    return rc;
}

static int64_t users_told_yes(const struct history *history)
{
    int64_t users = 0;
    for (size_t i = 0; i < history->count; i++) {
        bool first = history->v[i].cls == CLASS_ACCEPTED;
        for (size_t k = 0; first && k < i; k++)
            first = history->v[k].cls != CLASS_ACCEPTED || history->v[k].user != history->v[i].user;
        users += first;
    }
    return users;
}

static int trace(struct explore *explore, struct err *err)
{
    struct explore_result *result = explore->result;
    int rc = play_trace(explore, err);
    if (rc)
        return rc;
    const struct run *run = explore->run;
    _cleanup_free_ struct steps *steps = calloc(1, sizeof *steps);
    if (!steps)
        return err_set(err, ERR_MEMORY, "no room for the statements of the trace");
    struct history single = single_requests(explore);
    result->traced = run->tally.sent;
    result->yes = users_told_yes(&run->history);
    result->no = run->tally.rejected;
    result->all_told = run->tally.accepted + run->tally.rejected == run->tally.sent;
    gaps_find(&run->trace, &single, &result->gaps);
    explore_learn_words(result, &run->trace);
    steps_of_requests(&run->trace, &single, steps);
    steps_mark_gaps(steps, &run->trace, &result->gaps);
    result->unheld.count = 0;
    steps_unheld(&result->own_steps, steps, &result->gaps, &run->trace, &result->unheld);
    steps_unheld(steps, steps, &result->gaps, &run->trace, &result->unheld);
    explore_tell(explore, "trace",
                 "%" PRId64 " requests one at a time (limit %" PRId64 "): %" PRId64 " yes, %" PRId64
                 " no; %u gap%s between %" PRId64 " statements",
                 result->traced, result->limit, result->yes, result->no, result->gaps.count,
                 result->gaps.count == 1 ? "" : "s", result->gaps.statements);
    return 0;
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
    return trace(explore, err);
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
    result->limit = plan_limit(scenario);
    int rc = observe(explore, err);
    /* Nothing can be told of a service that answers nobody, or in words that no rule knows. */
    if (rc || result->unseen[0] || (result->own != VERDICT_PASS && result->own_strange))
        return rc;
    rc = learn(explore, plan_limit(scenario), err);
    if (!rc && other && plan_has_edge(scenario) && !keeps_limit(result)) {
        explore_tell(explore, "trace", "the service has a limit of its own: explored at %" PRId64,
                     scenario->limit);
        rc = learn(explore, scenario->limit, err);
    }
    if (!rc && plan_has_edge(scenario) && result->yes != result->limit)
        explore_tell(explore, "trace", "one request after the other sold %" PRId64 " of %" PRId64,
                     result->yes, result->limit);
    if (rc)
        return rc;
    rc = explore_hold(explore, give_up, err);
    if (!rc && nobody_won(explore)) {
        explore_tell(explore, "trace",
                     "nobody was told yes in any round: explored at a limit of %d", PLAN_LIMIT);
        rc = learn(explore, PLAN_LIMIT, err);
        rc = rc ? rc : explore_hold(explore, give_up, err);
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
    run_free(&runs[0]);
    run_free(&runs[1]);
    free(runs);
    free(explore);
    return rc;
}
