/* The rounds that hold answers back while a burst is in a gap. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "explore/explore_inside.h"
#include "proxy/hold.h"

#define DEADLINE_LEAST (5 * NS_PER_MS)

static ns_t burst_began(const struct run *run)
{
    unsigned last = run->scenario->load_count - 1;
    ns_t began = 0;
    for (size_t i = 0; i < run->history.count; i++) {
        const struct request *request = &run->history.v[i];
        if (request->phase == last && request->released && (!began || request->released < began))
            began = request->released;
    }
    return began;
}

static void name_checks(const struct findings *findings, struct explore_violation *violation)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->v[i];
        size_t used = strlen(violation->checks);
        if (finding->verdict != VERDICT_FAIL || explore_is_exempt(finding->check))
            continue;
        snprintf(violation->checks + used, sizeof violation->checks - used, "%s%s",
                 used ? ", " : "", finding->check);
        if (!used)
            snprintf(violation->message, sizeof violation->message, "%s", finding->message);
    }
}

/* It was held, and let in one at a time. */
static bool is_shut(const struct gap *gap)
{
    return gap->rounds && gap->state < GAP_OPEN;
}

/* Which gap it was: the one whose statements the race is about, unless that one was shut when it
 * was held itself; else the first one that was held. */
static unsigned find_gap(const struct gaps *gaps, const struct race *race, unsigned shape)
{
    unsigned found = gaps->count;
    for (unsigned i = gaps->count; i-- > 0;) {
        if (gaps->v[i].first == shape)
            found = i;
    }
    for (unsigned i = 0; race->found && i < gaps->count; i++)
        if (gaps->v[i].first == race->read && gaps->v[i].second == race->write)
            return gaps->v[i].first != shape && (race->stale || is_shut(&gaps->v[i])) ? found : i;
    return found < gaps->count ? found : 0;
}

int explore_keep(struct explore *explore, const struct explore_round *round, unsigned place,
                 int64_t inside, struct err *err)
{
    struct explore_result *result = explore->result;
    struct run *run = explore->run;
    if (result->violations_count == EXPLORE_VIOLATIONS_MAX)
        return 0;
    struct explore_violation *violation = &result->violations[result->violations_count++];
    *violation = (struct explore_violation){.round = *round, .gap = place, .inside = inside};
    name_checks(&run->findings, violation);
    for (int i = 0; i < 2; i++)
        snprintf(violation->said[i], sizeof violation->said[i], "%s", run->race.said[i]);
    int length = snprintf(run->dir, sizeof run->dir, "%.4000s/violation-%u", result->dir,
                          result->violations_count);
    if (length >= (int)sizeof run->dir || mkdir(run->dir, 0777))
        return err_set(err, ERR_ENVIRONMENT, "cannot make %s", run->dir);
    snprintf(violation->dir, sizeof violation->dir, "%s", run->dir);
    return explore->settings->save ? explore->settings->save(run, err) : 0;
}

static struct gap_edge edge_of(const struct explore *explore, const struct explore_round *round,
                               ns_t from)
{
    int64_t repeat = explore->scenario->users.repeat;
    int64_t left = round->kind == PLAN_EDGE ? 1 : round->limit;
    return (struct gap_edge){.left = left,
                             .crowded = round->requests > left * repeat,
                             .copies = repeat > 1,
                             .history = &explore->run->history,
                             .from = from};
}

/* What the round came to for each gap that begins with what was held. Returns the most of it. */
static enum gap_state count_round(struct explore *explore, const struct explore_round *round,
                                  unsigned shape, ns_t from, enum verdict verdict)
{
    struct gaps *gaps = &explore->result->gaps;
    const struct gap_edge edge = edge_of(explore, round, from);
    enum gap_state most = GAP_NOT_REACHED;
    explore->result->rounds++;
    explore->result->decided += verdict != VERDICT_UNKNOWN;
    for (unsigned i = 0; i < gaps->count; i++) {
        struct gap *gap = &gaps->v[i];
        if (gap->first != shape)
            continue;
        gap->rounds++;
        gap->decided += verdict != VERDICT_UNKNOWN;
        if (verdict == VERDICT_UNKNOWN)
            explore_why(explore->run, gap->why, sizeof gap->why);
        const struct gap_round seen = gap_look_at(&explore->run->trace, gap, &edge);
        enum gap_state state = gap_refine(&explore->run->trace, gap, from, seen.state);
        if (state > gap->state)
            gap->state = state;
        if (seen.inside > gap->inside)
            gap->inside = seen.inside;
        most = state > most ? state : most;
    }
    return most;
}

/* The race tells that requests were inside of a gap whose own first statement was not held. */
static void count_race(struct gap *gap, const struct race *race, unsigned shape)
{
    if (gap->first != shape) {
        gap->rounds++;
        gap->decided++;
        gap->state = GAP_OPEN;
        if ((int64_t)race->count > gap->inside)
            gap->inside = (int64_t)race->count;
    }
    gap->violated++;
}

/* Did the hold hurt the service? Then what it held was too long for it. */
static bool is_hurt(const struct run *run)
{
    return run->tally.failed || run->tally.causes[CAUSE_TIMEOUT] ||
           run->tally.causes[CAUSE_RESET] || run->tally.causes[CAUSE_CLOSED];
}

/* How many were inside of one gap at once; who comes later meets what they have left. */
static int64_t most_inside(const struct gaps *gaps)
{
    int64_t most = 0;
    for (unsigned i = 0; i < gaps->count; i++)
        most = gaps->v[i].inside > most ? gaps->v[i].inside : most;
    return most;
}

/* Users who ask several times do so in one burst, and never more users ask than would by the
 * scenario's own load. Where all places are free, all of a burst of copies are inside at once: one
 * who comes later may get what a copy has given back. */
void explore_choose(struct explore *explore, int64_t turn, struct explore_round *ret_round)
{
    const struct explore_result *result = explore->result;
    const struct scenario *scenario = explore->scenario;
    int64_t repeat = scenario->users.repeat, most = plan_requests(scenario);
    int64_t peak = result->observed.at_once + 2;
    peak = peak < 2 * repeat ? 2 * repeat : peak;
    most = peak < most ? peak : most;
    most = most < 2 ? 2 : most;
    if (plan_is_mixed(scenario))
        most = plan_requests(scenario); /* as many as want more of some than there is */
    bool edge = plan_has_edge(scenario);
    bool field = !edge || (turn % 3 == 2 && result->limit > 1);
    int64_t inside = most_inside(&result->gaps);
    int64_t some = edge && field ? (result->limit + PLAN_NO) * repeat : repeat > 1 ? repeat : 8;
    if (plan_is_mixed(scenario))
        some = most;
    if (edge && field && repeat > 1 && inside > result->limit && inside < some)
        some = inside;
    int64_t requests = turn % 3 == (edge ? 1 : 2) ? rng_between(&explore->rng, 2, most) : some;
    ret_round->kind = field ? PLAN_FIELD : PLAN_EDGE;
    ret_round->limit = result->limit;
    ret_round->requests = requests < most ? requests : most;
}

/* The statement that comes before this one in a request; UINT16_MAX: none. */
static uint16_t shape_before(const struct gaps *gaps, uint16_t shape)
{
    for (unsigned i = 0; i < gaps->count; i++)
        if (gaps->v[i].second == shape && gaps->v[i].first != shape)
            return gaps->v[i].first;
    return UINT16_MAX;
}

/* What is held: this one's answers, and where requests were alone with them, those of the statement
 * before it first, so that all come as far in step. */
static void choose_answers(const struct explore *explore, uint16_t shape,
                           struct explore_round *round)
{
    uint16_t before = shape_before(&explore->result->gaps, shape);
    if (explore->in_step[shape] && before != UINT16_MAX)
        round->answers[round->answers_count++] = before;
    round->answers[round->answers_count++] = shape;
    round->deadline = explore->deadline;
}

static void tell_round(const struct explore *explore, const struct explore_round *round,
                       uint16_t shape, const struct gap_round *seen, enum verdict verdict)
{
    char why[200] = "";
    if (verdict == VERDICT_UNKNOWN)
        explore_why(explore->run, why, sizeof why);
    explore_tell(explore, "round",
                 "%" PRId64 " of %" PRId64 ": %" PRId64 " requests %s, %" PRId64
                 " inside behind %.200s: %s%s%s%s",
                 explore->result->rounds, explore->rounds, round->requests,
                 round->kind == PLAN_EDGE ? "at the last place" : "at once", seen->inside,
                 explore->result->shapes[shape].text,
                 seen->state == GAP_NOT_REACHED && seen->inside ? "no more than places were left"
                                                                : gap_state_words(seen->state),
                 round->answers_count > 1 ? ", in step" : "",
                 verdict == VERDICT_FAIL      ? ": a violation"
                 : verdict == VERDICT_UNKNOWN ? ", undecided: "
                                              : "",
                 why);
}

/* The most that came to pass behind this statement. */
static struct gap_round look_at_all(const struct explore *explore, uint16_t shape, ns_t from)
{
    const struct gaps *gaps = &explore->result->gaps;
    struct gap_round most = {GAP_NOT_REACHED, 0};
    for (unsigned i = 0; i < gaps->count; i++) {
        if (gaps->v[i].first != shape)
            continue;
        const struct gap_round seen = gap_look(&explore->run->trace, &gaps->v[i], from);
        most.state = seen.state > most.state ? seen.state : most.state;
        most.inside = seen.inside > most.inside ? seen.inside : most.inside;
    }
    return most;
}

static int hold_round(struct explore *explore, uint16_t shape, int64_t turn, struct err *err)
{
    struct explore_round round = {.answers_count = 0};
    explore_choose(explore, turn, &round);
    choose_answers(explore, shape, &round);
    int rc = explore_play(explore, &round, err);
    if (rc)
        return rc;
    struct gaps *gaps = &explore->result->gaps;
    const struct run *run = explore->run;
    ns_t began = burst_began(run);
    struct gap_round seen = look_at_all(explore, shape, began ? began : INT64_MAX);
    enum verdict verdict = explore_judge(run);
    if (is_hurt(run) && verdict == VERDICT_PASS)
        verdict = VERDICT_UNKNOWN;
    if (is_hurt(run) && explore->deadline > DEADLINE_LEAST)
        explore->deadline /= 2;
    enum gap_state state = count_round(explore, &round, shape, began, verdict);
    explore->unserved += verdict == VERDICT_UNKNOWN && run->tally.rejected && !run->tally.accepted;
    explore->in_step[shape] |= seen.state <= GAP_ONE_AT_A_TIME;
    seen.state = state;
    tell_round(explore, &round, shape, &seen, verdict);
    if (verdict != VERDICT_FAIL)
        return 0;
    unsigned gap = find_gap(gaps, &run->race, shape);
    count_race(&gaps->v[gap], &run->race, shape);
    return explore_keep(explore, &round, gap, seen.inside, err);
}

/* The shapes that a gap begins with, each once. */
static unsigned list_shapes(const struct gaps *gaps, uint16_t *ret_shapes)
{
    unsigned count = 0;
    for (unsigned i = 0; i < gaps->count; i++) {
        bool there = false;
        for (unsigned j = 0; j < count; j++)
            there |= ret_shapes[j] == gaps->v[i].first;
        if (!there)
            ret_shapes[count++] = gaps->v[i].first;
    }
    return count;
}

bool explore_is_over(struct explore *explore, ns_t give_up)
{
    struct explore_result *result = explore->result;
    if (result->violations_count && !explore->settings->keep_going)
        return true;
    result->out_of_time = clock_now() >= give_up;
    return result->out_of_time;
}

/* Undecided rounds do not count where a number of decided ones is asked for, up to a point. */
static bool is_enough(const struct explore *explore, int64_t done)
{
    int64_t wanted = explore->settings->decided;
    return wanted ? explore->result->decided >= wanted || done >= 2 * wanted
                  : done >= explore->rounds;
}

int explore_hold(struct explore *explore, ns_t give_up, struct err *err)
{
    uint16_t shapes[GAPS_MAX];
    unsigned count = list_shapes(&explore->result->gaps, shapes);
    int rc = 0;
    explore->rounds =
        explore->settings->decided ? explore->settings->decided : explore->settings->rounds * count;
    for (int64_t i = 0;
         !rc && count && !is_enough(explore, i) && !explore_is_over(explore, give_up); i++)
        rc = hold_round(explore, shapes[i % count], i / count, err);
    return rc;
}
