/* A violation, made small: fewer requests, a smaller limit, fewer answers held and for less time,
 * as long as the same check still fails. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "explore/explore_inside.h"

#define TRIES  2  /* in a row that must fail for a smaller one to be taken */
#define PLAYED 20 /* times that the smallest one is played in the end */
/* A program that only runs may stand still for so long by itself. */
#define PAUSE_LEAST (50 * NS_PER_MS)

struct shrink {
    struct explore *explore;
    struct explore_violation *violation;
    struct explore_round best;
    ns_t until;
    bool late; /* something was not tried, as there was no time */
};

/* Does a check that failed then fail again? */
static bool fails_alike(const struct run *run, const struct explore_violation *violation)
{
    for (size_t i = 0; i < run->findings.count; i++) {
        const struct finding *finding = &run->findings.v[i];
        if (finding->verdict == VERDICT_FAIL && !explore_is_exempt(finding->check) &&
            strstr(violation->checks, finding->check))
            return true;
    }
    return false;
}

static int play(const struct shrink *shrink, const struct explore_round *round, bool *ret_failed,
                struct err *err)
{
    int rc = explore_play(shrink->explore, round, err);
    *ret_failed = !rc && fails_alike(shrink->explore->run, shrink->violation);
    return rc;
}

/* Takes it when it fails each time, and there is time to see that. */
static int offer(struct shrink *shrink, const struct explore_round *round, bool *ret_taken,
                 struct err *err)
{
    int rc = 0;
    *ret_taken = clock_now() < shrink->until;
    shrink->late |= !*ret_taken;
    for (int i = 0; !rc && *ret_taken && i < TRIES; i++)
        rc = play(shrink, round, ret_taken, err);
    if (!rc && *ret_taken)
        shrink->best = *round;
    return rc;
}

/* The first of these values, from the smallest on, that will do. */
static int lower(struct shrink *shrink, size_t offset, const int64_t *values, size_t count,
                 struct err *err)
{
    struct explore_round round = shrink->best;
    int64_t *member = (int64_t *)((char *)&round + offset), now = *member;
    bool taken = false;
    int rc = 0;
    for (size_t i = 0; !rc && !taken && i < count && values[i] < now; i++) {
        *member = values[i];
        rc = offer(shrink, &round, &taken, err);
    }
    return rc;
}

static int lower_limit(struct shrink *shrink, struct err *err)
{
    static const int64_t limits[] = {1, 2};
    const struct scenario *scenario = shrink->explore->scenario;
    struct explore_round before = shrink->best;
    int rc = 0;
    if (plan_has_edge(scenario))
        shrink->best.kind = PLAN_EDGE; /* with one place left there is less to be sold */
    if (plan_gives_limit(scenario))
        rc = lower(shrink, offsetof(struct explore_round, limit), limits,
                   sizeof limits / sizeof *limits, err);
    bool taken = shrink->best.limit < before.limit;
    struct explore_round edge = shrink->best;
    if (taken)
        return rc;
    shrink->best = before;
    return rc || edge.kind == before.kind ? rc : offer(shrink, &edge, &taken, err);
}

static int lower_requests(struct shrink *shrink, struct err *err)
{
    static const int64_t requests[] = {1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 30, 50};
    bool one = shrink->best.crash[0] != '\0'; /* alone it races with nobody else */
    return lower(shrink, offsetof(struct explore_round, requests), requests + !one,
                 sizeof requests / sizeof *requests - !one, err);
}

static int drop_answers(struct shrink *shrink, struct err *err)
{
    bool taken = true;
    int rc = 0;
    while (!rc && taken && shrink->best.answers_count > 1) {
        struct explore_round round = shrink->best;
        round.answers_count--;
        memmove(round.answers, round.answers + 1, round.answers_count * sizeof *round.answers);
        rc = offer(shrink, &round, &taken, err);
    }
    return rc;
}

/* Whether it needs a pause is asked first, as there may be no time for more. */
static int lower_deadline(struct shrink *shrink, struct err *err)
{
    static const int64_t longer[] = {PAUSE_LEAST, 100 * NS_PER_MS, 125 * NS_PER_MS,
                                     150 * NS_PER_MS};
    static const int64_t shorter[] = {20 * NS_PER_MS, 10 * NS_PER_MS};
    const size_t offset = offsetof(struct explore_round, deadline);
    shrink->late = false;
    if (shrink->best.crash[0])
        return 0;
    int rc = lower(shrink, offset, longer, sizeof longer / sizeof *longer, err);
    bool taken = shrink->best.deadline <= PAUSE_LEAST;
    for (size_t i = 0; !rc && taken && i < sizeof shorter / sizeof *shorter; i++) {
        rc = lower(shrink, offset, &shorter[i], 1, err);
        taken = shrink->best.deadline == shorter[i];
    }
    return rc;
}

/* Again and again; ends early when it did not fail and there is a larger one to go back to. */
static int repeat(struct shrink *shrink, bool last, struct err *err)
{
    struct explore_smallest *smallest = &shrink->violation->smallest;
    bool failed = true;
    int rc = 0;
    smallest->failed = smallest->played = 0;
    while (!rc && smallest->played < PLAYED && (failed || last) && clock_now() < shrink->until) {
        rc = play(shrink, &shrink->best, &failed, err);
        smallest->played += !rc;
        smallest->failed += failed;
    }
    return rc;
}

/* What failed twice in a row need not fail each time: then answers are held longer. */
static int settle(struct shrink *shrink, struct err *err)
{
    const struct explore_smallest *smallest = &shrink->violation->smallest;
    ns_t most = shrink->violation->round.deadline;
    int rc = 0;
    bool last = false;
    while (!rc && !last) {
        last = shrink->best.deadline >= most;
        rc = repeat(shrink, last, err);
        if (smallest->failed == smallest->played || clock_now() >= shrink->until)
            break;
        shrink->best.deadline = 2 * shrink->best.deadline < most ? 2 * shrink->best.deadline : most;
    }
    return rc;
}

/* Its last run gets a report, beside which the scenario stands. */
static int save(struct shrink *shrink, struct err *err)
{
    struct explore *explore = shrink->explore;
    struct explore_violation *violation = shrink->violation;
    struct explore_smallest *smallest = &violation->smallest;
    struct run *run = explore->run;
    char text[256];
    smallest->found = true;
    smallest->round = shrink->best;
    /* What fails with nothing held needs none. */
    bool paused = shrink->best.deadline > PAUSE_LEAST && !shrink->best.crash[0] &&
                  explore->result->own != VERDICT_FAIL;
    smallest->pause = paused && !shrink->late ? shrink->best.deadline : 0;
    smallest->unsure = paused && shrink->late;
    snprintf(smallest->file, sizeof smallest->file, "%.4000s/smallest.yaml", violation->dir);
    snprintf(run->dir, sizeof run->dir, "%.4000s/smallest", violation->dir);
    snprintf(smallest->dir, sizeof smallest->dir, "%s", run->dir);
    snprintf(run->advice, sizeof run->advice,
             "the scenario beside this report, smallest.yaml, %.250s",
             explore_smallest_text(smallest, text, sizeof text));
    if (mkdir(run->dir, 0777))
        return err_set(err, ERR_ENVIRONMENT, "cannot make %s", run->dir);
    int rc = explore_save_smallest(explore, violation, err);
    return rc || !explore->settings->save ? rc : explore->settings->save(run, err);
}

static int shrink_one(struct explore *explore, struct explore_violation *violation, struct err *err)
{
    struct shrink shrink = {.explore = explore,
                            .violation = violation,
                            .best = violation->round,
                            .until = clock_now() + explore->settings->shrink};
    char text[512];
    int rc = lower_limit(&shrink, err);
    if (!rc)
        rc = lower_requests(&shrink, err);
    if (!rc)
        rc = drop_answers(&shrink, err);
    if (!rc)
        rc = lower_deadline(&shrink, err);
    shrink.until = clock_now() + explore->settings->shrink;
    if (!rc)
        rc = settle(&shrink, err);
    if (rc || !violation->smallest.failed)
        return rc;
    rc = save(&shrink, err);
    explore_tell(explore, "smallest", "%s",
                 explore_round_text(explore->result, &shrink.best, text, sizeof text));
    return rc;
}

/* Was one of the same gap, or of the same crash, before it? */
static bool is_again(const struct explore_result *result, unsigned place)
{
    const struct explore_violation *v = result->violations;
    for (unsigned i = 0; i < place; i++)
        if (v[i].gap == v[place].gap && !v[i].round.crash[0] == !v[place].round.crash[0])
            return true;
    return false;
}

int explore_shrink(struct explore *explore, struct err *err)
{
    struct explore_result *result = explore->result;
    int rc = 0;
    for (unsigned i = 0; !rc && explore->settings->shrink && i < result->violations_count; i++)
        if (!is_again(result, i))
            rc = shrink_one(explore, &result->violations[i], err);
    return rc;
}
