/* What exploring came to, in words and as an exit code; the files are json.c and junit.c. */
#include <inttypes.h>
#include <string.h>

#include "base/aside.h"
#include "base/cleanup.h"
#include "explore/explore_inside.h"
#include "model/exit_code.h"

void explore_free(struct explore_result *result)
{
    observed_free(&result->observed);
}

unsigned explore_count(const struct explore_result *result, enum gap_state state)
{
    unsigned count = 0;
    for (unsigned i = 0; i < result->gaps.count; i++)
        count += result->gaps.v[i].state == state;
    return count;
}

/* What comes by a timer may never come while it is held: a round without it proves nothing, and is
 * what is accepted then. */
bool explore_is_settled(const struct gap *gap, bool accept)
{
    bool never_met = gap->state == GAP_NOT_REACHED && !gap->inside;
    return gap->decided ? gap->state >= GAP_LOCKED || accept : never_met && accept;
}

/* What a process says now and then need not come just when it is to be killed. */
static bool crashes_tell(const struct explore_result *result)
{
    bool any = !result->crashes_count;
    for (unsigned i = 0; i < result->crashes_count; i++) {
        const struct explore_crash *crash = &result->crashes[i];
        if (crash->reached && !crash->decided)
            return false;
        any |= crash->reached > 0;
    }
    return any;
}

int explore_exit_code(const struct explore_result *result, bool accept)
{
    const struct gaps *gaps = &result->gaps;
    if (result->violations_count || result->own == VERDICT_FAIL)
        return EXIT_FAIL;
    if (result->own != VERDICT_PASS || result->unseen[0] || !gaps->statements || gaps->dropped ||
        result->broken_off)
        return EXIT_UNKNOWN;
    /* Where nothing lies between two statements nothing was held; that is no proof of anything. */
    if ((!gaps->count || result->unheld.count) && !accept)
        return EXIT_UNKNOWN;
    for (unsigned i = 0; i < gaps->count; i++)
        if (!explore_is_settled(&gaps->v[i], accept))
            return EXIT_UNKNOWN;
    return accept || crashes_tell(result) ? EXIT_PASS : EXIT_UNKNOWN;
}

const char *explore_crash_text(const struct explore_result *result,
                               const struct explore_crash *crash, char *ret_text, size_t size)
{
    snprintf(ret_text, size, "%s is killed before it has the answer to %s",
             result->doors[crash->door].process, result->shapes[crash->shape].text);
    return ret_text;
}

const char *explore_round_text(const struct explore_result *result,
                               const struct explore_round *round, char *ret_text, size_t size)
{
    int used = snprintf(ret_text, size, "%" PRId64 " request%s%s, limit %" PRId64 ", holding ",
                        round->requests, round->requests == 1 ? "" : "s",
                        round->kind == PLAN_EDGE && round->limit > 1 ? " at the last place" : "",
                        round->limit);
    for (unsigned i = 0; i < round->answers_count && used > 0 && (size_t)used < size; i++)
        used += snprintf(ret_text + used, size - (size_t)used, "%s`%s`", i ? ", then " : "",
                         result->shapes[round->answers[i]].text);
    if (round->crash[0] && used > 0 && (size_t)used < size)
        snprintf(ret_text + used, size - (size_t)used, "; %s is killed meanwhile", round->crash);
    return ret_text;
}

const char *explore_smallest_text(const struct explore_smallest *smallest, char *ret_text,
                                  size_t size)
{
    int used = snprintf(ret_text, size, "fails %" PRId64 " of %" PRId64 " times", smallest->failed,
                        smallest->played);
    if (smallest->pause && used > 0 && (size_t)used < size)
        snprintf(ret_text + used, size - (size_t)used,
                 "; it needs a pause of %" PRId64 " ms (garbage collection, network)",
                 smallest->pause / NS_PER_MS);
    if (smallest->unsure && used > 0 && (size_t)used < size)
        snprintf(ret_text + used, size - (size_t)used,
                 "; a shorter hold was not tried: --shrink gives it longer");
    return ret_text;
}

const char *explore_gap_text(const struct explore_result *result, const struct gap *gap,
                             char *ret_text, size_t size)
{
    const struct trace_door *from = &result->doors[gap->first_door];
    const struct trace_door *to = &result->doors[gap->second_door];
    bool stores = strcmp(from->store, to->store) != 0;
    snprintf(ret_text, size, "%s%s%s, then %s%s%s", stores ? from->store : "", stores ? ": " : "",
             result->shapes[gap->first].text, stores ? to->store : "", stores ? ": " : "",
             result->shapes[gap->second].text);
    return ret_text;
}

int explore_save(const struct explore_result *result, const char *scenario, bool accept,
                 struct err *err)
{
    _cleanup_(aside_drop) struct aside json = {0}, junit = {0};
    int rc = aside_open(&json, result->dir, "explore.json", err);
    if (!rc)
        rc = explore_print_json(result, scenario, accept, json.file, err);
    if (!rc)
        rc = aside_commit(&json, err);
    if (!rc)
        rc = aside_open(&junit, result->dir, "junit.xml", err);
    if (rc)
        return rc;
    explore_print_junit(result, scenario, accept, junit.file);
    return aside_commit(&junit, err);
}
