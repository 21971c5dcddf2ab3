#include "explore_console.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "command.h"
#include "model/power.h"
#include "report/text.h"

void explore_console_line(const char *label, const char *text)
{
    _cleanup_(buf_free) struct buf clean;
    buf_init(&clean, (size_t)1 << 16);
    (void)text_add(&clean, TEXT_TERMINAL, text);
    printf("  %-10s %s\n", label, buf_text(&clean));
}

/* Of what no round was about. */
static const char *untried(const struct explore_result *result)
{
    if (result->out_of_time)
        return "not tried: no time was left (--time)";
    return result->violations_count ? "not tried after the violation; --keep-going goes on"
                                    : "not tried: there were rounds enough (--rounds)";
}

static void print_gap(const struct explore_result *result, unsigned place)
{
    const struct gap *gap = &result->gaps.v[place];
    char label[16], text[640], state[128];
    snprintf(label, sizeof label, "gap %u", place + 1);
    explore_console_line(label, explore_gap_text(result, gap, text, sizeof text));
    if (!gap->rounds)
        return explore_console_line("", untried(result));
    snprintf(state, sizeof state,
             "%s%s, %" PRId64 " inside at most, %" PRId64 " of %" PRId64 " rounds decided",
             gap->violated ? "VIOLATION, " : "", gap_words(gap), gap->inside, gap->decided,
             gap->rounds);
    explore_console_line("", state);
    if (gap->decided < gap->rounds) {
        snprintf(text, sizeof text, "undecided: %s", gap->why);
        explore_console_line("", text);
    }
}

static void print_crash(const struct explore_result *result, unsigned place)
{
    const struct explore_crash *crash = &result->crashes[place];
    char label[16], text[640], state[128];
    snprintf(label, sizeof label, "crash %u", place + 1);
    explore_console_line(label, explore_crash_text(result, crash, text, sizeof text));
    if (!crash->rounds)
        return explore_console_line("", untried(result));
    snprintf(state, sizeof state,
             "%s%" PRId64 " of %" PRId64 " rounds came to that, %" PRId64 " decided",
             crash->violated ? "VIOLATION, " : "", crash->reached, crash->rounds, crash->decided);
    explore_console_line("", state);
}

static void print_smallest(const struct explore_result *result,
                           const struct explore_smallest *smallest)
{
    char text[1200], words[256];
    explore_console_line("smallest",
                         explore_round_text(result, &smallest->round, text, sizeof text));
    snprintf(text, sizeof text, "rushproof run %.900s: %s", smallest->file,
             explore_smallest_text(smallest, words, sizeof words));
    explore_console_line("", text);
}

static void print_violation(const struct explore_result *result,
                            const struct explore_violation *violation)
{
    char text[1200];
    snprintf(text, sizeof text, "%" PRId64 " requests, limit %" PRId64 "%s%s: %s: %.480s",
             violation->round.requests, violation->round.limit,
             violation->round.crash[0] ? ", killed: " : "", violation->round.crash,
             violation->checks, violation->message);
    explore_console_line("violation", text);
    for (int i = 0; i < 2; i++)
        if (violation->said[i][0])
            explore_console_line("", violation->said[i]);
    snprintf(text, sizeof text, "%.1000s/report.html", violation->dir);
    explore_console_line("report", text);
    if (violation->smallest.found)
        print_smallest(result, &violation->smallest);
}

/* What to do about what ended in 2. */
static const char *advice_of(const struct explore_result *result)
{
    if (result->broken_off)
        return "it was broken off: what stands here was known by then";
    if (result->advice[0])
        return result->advice;
    if (!result->gaps.statements)
        return "no request of the trace came to a store: does the service use the addresses that "
               "it is given?";
    if (result->unheld.count && result->acts)
        return "rounds hold orders alone, so statements of actions are in no gap: `rushproof run` "
               "races them, with times: 2 or with names of two actions in one phase; or "
               "--accept-unopened";
    if (result->unheld.count)
        return "statements that are not on the way of every request are in no gap: give them a "
               "scenario of their own, whose users all take that way, and write names and "
               "aliases that differ from request to request as values; or --accept-unopened";
    if (!result->gaps.count)
        return "no request waits for one statement before it sends another, so nothing could be "
               "held; races within one statement (INSERT … SELECT, a function) and within the "
               "process are not seen by explore: `rushproof run` with many rounds looks for them; "
               "or --accept-unopened";
    if (result->out_of_time)
        return "--time SPAN gives it longer";
    if (explore_count(result, GAP_ONE_CONNECTION))
        return "give the service a pool of several connections that are open from the start (least "
               "size 2: minConns, min_size, minimumIdle), so that several requests can be inside: "
               "with one, which is all that a lock in the process makes a pool open, nobody can "
               "tell the two apart, and such a lock would not hold for two instances; or "
               "--accept-unopened";
    if (explore_count(result, GAP_ONE_AT_A_TIME))
        return "a lock inside of one process does not hold for two of them: run two instances, or "
               "--accept-unopened";
    return "--rounds N tries longer, or --accept-unopened";
}

/* What was never held, as it is on the way of some requests only. */
static void print_unheld(const struct explore_result *result)
{
    char text[TRACE_TEXT_MAX + 96];
    unsigned shown = result->unheld.count < 5 ? result->unheld.count : 5;
    for (unsigned i = 0; i < shown; i++) {
        const struct step *step = &result->unheld.v[i];
        snprintf(text, sizeof text, "%s: %s (%" PRId64 " statement%s)", step->process, step->text,
                 step->statements, step->statements == 1 ? "" : "s");
        explore_console_line(i ? "" : "not held", text);
    }
    if (result->unheld.count > shown) {
        snprintf(text, sizeof text, "and %u more shapes", result->unheld.count - shown);
        explore_console_line("", text);
    }
}

static void print_bound(const struct explore_result *result)
{
    char text[256];
    if (*power_bound(result->decided, text, sizeof text))
        explore_console_line("power", text);
}

const char *explore_console_word(int exit_code)
{
    return exit_code == EXIT_PASS ? "pass" : exit_code == EXIT_FAIL ? "fail" : "unknown";
}

/* With those that killed a process. */
static int64_t all_rounds(const struct explore_result *result)
{
    int64_t rounds = result->rounds;
    for (unsigned i = 0; i < result->crashes_count; i++)
        rounds += result->crashes[i].rounds;
    return rounds;
}

static void print_sums(const struct explore_result *result, unsigned opened)
{
    int64_t rounds = all_rounds(result);
    unsigned open = explore_count(result, GAP_OPEN), gaps = result->gaps.count;
    unsigned violations = result->violations_count, locked = explore_count(result, GAP_LOCKED);
    char lock[48] = "";
    if (locked)
        snprintf(lock, sizeof lock, "%u by a lock in the store, ", locked);
    printf(
        "  %u gap%s: %u open with two or more inside, %u serialised by the store, %s%u not opened; "
        "%u violation%s in %" PRId64 " round%s\n",
        gaps, gaps == 1 ? "" : "s", open, opened - open - locked, lock, gaps - opened, violations,
        violations == 1 ? "" : "s", rounds, rounds == 1 ? "" : "s");
}

/* What a round was about that killed a process, and what of the scenario no round was about. */
static void print_faults(const struct explore_result *result)
{
    char text[256];
    int64_t rounds = 0;
    for (unsigned i = 0; i < result->crashes_count; i++)
        rounds += result->crashes[i].reached;
    snprintf(text, sizeof text,
             "--crash: processes were killed and started again in %" PRId64 " round%s", rounds,
             rounds == 1 ? "" : "s");
    if (result->crashes_count)
        explore_console_line("faults", text);
    if (result->faults)
        explore_console_line("left out", "the scenario's faults: no round had them");
}

/* What is known beside the gaps, and what to do about it. */
static void print_rest(const struct explore_result *result, int exit_code, bool accepted)
{
    if (result->own != VERDICT_PASS)
        explore_console_line("own load", result->own_text);
    print_unheld(result);
    if (result->unseen[0])
        explore_console_line("unseen", result->unseen);
    if (exit_code == EXIT_PASS || (exit_code == EXIT_UNKNOWN && !result->unseen[0]))
        print_bound(result);
    if (accepted && exit_code == EXIT_PASS)
        explore_console_line("accepted", "what was not opened (--accept-unopened)");
    if (exit_code == EXIT_UNKNOWN)
        explore_console_line("next", advice_of(result));
}

void explore_console_result(const struct explore_result *result, const char *scenario,
                            int exit_code, bool accept)
{
    unsigned opened = explore_count(result, GAP_OPEN) + explore_count(result, GAP_SERIALISED) +
                      explore_count(result, GAP_LOCKED);
    bool left = opened < result->gaps.count || !result->gaps.count || result->unheld.count;
    printf("\n%s  %s\n", explore_console_word(exit_code), scenario);
    print_sums(result, opened);
    for (unsigned i = 0; i < result->gaps.count; i++)
        print_gap(result, i);
    for (unsigned i = 0; i < result->crashes_count; i++)
        print_crash(result, i);
    for (unsigned i = 0; i < result->violations_count; i++)
        print_violation(result, &result->violations[i]);
    print_faults(result);
    print_rest(result, exit_code, accept && left);
    explore_console_line(
        "not seen",
        "races within one statement (INSERT … SELECT, a function) or within the process, and those "
        "that need a longer pause than 200 ms (a lock that expires)");
    explore_console_line("report", result->dir);
}
