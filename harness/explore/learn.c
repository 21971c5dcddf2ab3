/* What a service does by itself: the scenario's own load, observed, and single requests, one at a
 * time, whose statements are what gaps are made of. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/words.h"
#include "explore/explore_inside.h"
#include "model/check.h"
#include "proxy/hold.h"

/* So long nobody says anything to a store before the next single request comes. */
#define CALM_LEAST (100 * NS_PER_MS)
#define CALM_MOST  NS_PER_S

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

/* Nothing is held, so whatever fails does, and who has no answer counts. How a burst was measured
 * says nothing of the service. */
static enum verdict judge_own(const struct run *run)
{
    if (run->verdict == VERDICT_FAIL)
        return VERDICT_FAIL;
    enum verdict verdict = run->findings.count ? VERDICT_PASS : VERDICT_UNKNOWN;
    for (size_t i = 0; i < run->findings.count; i++) {
        const struct finding *finding = &run->findings.v[i];
        const struct check *row = checks_find(finding->check);
        bool told = !strcmp(finding->check, "observed"); /* as unseen */
        bool unanswered = !strcmp(finding->check, "errors");
        if (!told && (!row || !row->spoiled || unanswered))
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
static void doubt_own(const struct scenario *scenario, const struct run *run,
                      struct explore_result *result)
{
    bool more = plan_is_mixed(scenario) ? run->tally.rejected > 0 : plan_has_edge(scenario);
    if (result->own != VERDICT_PASS || more || scenario->users.repeat > 1)
        return;
    char limit[AMOUNT_TEXT];
    result->own = VERDICT_UNKNOWN;
    snprintf(result->own_text, sizeof result->own_text,
             "no more users ask than may win (%s), so too many could not show",
             items_spell_limit(scenario, limit));
    snprintf(result->advice, sizeof result->advice,
             "load: let more users ask than `limit` lets win");
}

int explore_observe(struct explore *explore, struct err *err)
{
    struct explore_result *result = explore->result;
    int64_t limit = explore->scenario->limit;
    int rc = explore_play(explore, &(struct explore_round){.kind = PLAN_OWN, .limit = limit}, err);
    if (rc)
        return rc;
    struct run *run = explore->run;
    keep_own(result, run);
    doubt_own(explore->scenario, run, result);
    result->acts = explore->scenario->actions_count > 0;
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

/* Who asks again and again, such as a relay that looks for work, is never silent, and is not waited
 * for. */
static bool rests(const struct run *run)
{
    ns_t longest = 0;
    for (size_t i = 1; i < run->trace.count; i++) {
        ns_t pause = run->trace.v[i].asked - run->trace.v[i - 1].asked;
        longest = pause > longest ? pause : longest;
    }
    return longest >= CALM_LEAST;
}

/* What goes on behind the answer belongs to its request: those who come after it wait for that. */
static int play_trace(struct explore *explore, struct err *err)
{
    const struct explore_round round = {.kind = PLAN_TRACE, .limit = explore->result->limit};
    int rc = explore_play(explore, &round, err);
    for (ns_t late; !rc && explore->calm < CALM_MOST; rc = explore_play(explore, &round, err)) {
        late = how_late(explore->run);
        if (2 * late <= explore->calm || !rests(explore->run))
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

int explore_trace(struct explore *explore, struct err *err)
{
    struct explore_result *result = explore->result;
    int rc = play_trace(explore, err);
    if (rc)
        return rc;
    const struct run *run = explore->run;
    struct steps *steps = &explore->single;
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
