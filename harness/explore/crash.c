/* The rounds that kill a process while an answer to it is held: the store has done what was asked,
 * and nobody knows of it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "explore/explore_inside.h"

/* Long enough for the harness to notice that an answer is held. */
#define CRASH_DEADLINE (2 * NS_PER_S)

/* A service that somebody else started is not ours to kill. */
static bool is_ours(const struct explore *explore, const char *process)
{
    size_t length = strcspn(process, ".");
    for (unsigned i = 0; i < explore->scenario->processes_count; i++) {
        const char *name = explore->scenario->processes[i].name;
        if (strlen(name) == length && !strncmp(name, process, length))
            return true;
    }
    return false;
}

/* Of the processes of the trace each statement that is a step, once for all instances. What they
 * say when they start they say again. */
static void list_crashes(const struct explore *explore, const struct run *run)
{
    struct explore_result *result = explore->result;
    const struct trace *trace = &run->trace;
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_statement *statement = &trace->v[i];
        bool queued =
            statement->what == TRACE_TXN && trace->shapes[statement->shape].what != TRACE_TXN;
        bool there = queued || !is_ours(explore, trace->doors[statement->store].process) ||
                     !gap_is_step(trace, statement) || statement->asked < run->history.origin;
        for (unsigned j = 0; j < result->crashes_count && !there; j++)
            there = result->crashes[j].shape == statement->shape &&
                    gap_same_way(trace, result->crashes[j].door, statement->store);
        if (!there && result->crashes_count < EXPLORE_CRASHES_MAX)
            result->crashes[result->crashes_count++] =
                (struct explore_crash){.shape = statement->shape, .door = statement->store};
    }
}

static bool was_killed(const struct run *run, const char *process)
{
    char event[sizeof run->events->what];
    fault_event(FAULT_KILL, process, event, sizeof event);
    for (unsigned i = 0; i < run->events_count; i++)
        if (!strcmp(run->events[i].what, event))
            return true;
    return false;
}

static int crash_round(struct explore *explore, unsigned place, int64_t turn, struct err *err)
{
    struct explore_result *result = explore->result;
    struct explore_crash *crash = &result->crashes[place];
    const char *process = result->doors[crash->door].process;
    struct explore_round round = {
        .answers = {crash->shape}, .answers_count = 1, .deadline = CRASH_DEADLINE};
    explore_choose(explore, turn, &round);
    snprintf(round.crash, sizeof round.crash, "%s", process);
    int rc = explore_play(explore, &round, err);
    if (rc)
        return rc;
    bool reached = was_killed(explore->run, process);
    enum verdict verdict = reached ? explore_judge(explore->run) : VERDICT_UNKNOWN;
    crash->rounds++;
    crash->reached += reached;
    crash->decided += verdict != VERDICT_UNKNOWN;
    crash->violated += verdict == VERDICT_FAIL;
    explore_tell(explore, "crash", "%s before it has the answer to %.200s: %s", process,
                 result->shapes[crash->shape].text,
                 !reached                     ? "it did not come to that"
                 : verdict == VERDICT_FAIL    ? "a violation"
                 : verdict == VERDICT_UNKNOWN ? "undecided"
                                              : "nothing lost");
    return verdict == VERDICT_FAIL ? explore_keep(explore, &round, place, 1, err) : 0;
}

int explore_crash(struct explore *explore, ns_t give_up, struct err *err)
{
    const struct explore_round trace = {.kind = PLAN_TRACE, .limit = explore->result->limit};
    if (explore_is_over(explore, give_up))
        return 0;
    int rc = explore_play(explore, &trace, err);
    if (rc)
        return rc;
    explore_learn_words(explore->result, &explore->run->trace);
    list_crashes(explore, explore->run);
    int64_t count = explore->result->crashes_count, all = count * explore->settings->rounds;
    for (int64_t i = 0; !rc && i < all && !explore_is_over(explore, give_up); i++)
        rc = crash_round(explore, (unsigned)(i % count), i / count, err);
    return rc;
}
