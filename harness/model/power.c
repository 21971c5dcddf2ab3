#include "model/power.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "model/gate.h"

/* What shows with 95 % on paper would miss the 95 of 100 that are promised in every second series,
 * and real arrivals are less even than the paper's (tests/bench/window/stated.py counts). */
#define PROBABILITY 0.99
#define MIDDLE      0.9 /* of the requests lie between p5 and p95 */

ns_t power_window(ns_t span, int64_t decided)
{
    if (decided < 1 || span < 1)
        return 0;
    return (ns_t)llround(-log1p(-PROBABILITY) * (double)span / (MIDDLE * (double)decided));
}

static unsigned phases(const struct run *run)
{
    unsigned count = run->scenario ? run->scenario->load_count : 0;
    return count < RUN_LOAD_PHASES_MAX ? count : RUN_LOAD_PHASES_MAX;
}

static bool tally_phase(const struct run *run, unsigned phase, struct tally *ret_tally)
{
    *ret_tally = run->tally;
    return phases(run) == 1 || !tally_make(&run->history, (int)phase, ret_tally, NULL);
}

/* left: how many coupons there were when the burst began. */
static void judge_burst(const struct tally *burst, int64_t left, struct power *power)
{
    if (!burst->decided)
        return;
    power->kind = burst->decided > left ? POWER_NOT_SOLD : POWER_NO_RACE;
    if (left < 1 || burst->accepted < left || burst->decided <= left || !burst->decided_span)
        return;
    *power = (struct power){.kind = POWER_STATED,
                            .window = power_window(burst->decided_span, burst->decided),
                            .span = burst->decided_span,
                            .decided = burst->decided};
}

/* ---- of items: who raced for the last units of one ---- */

struct crowd {
    int64_t accepted, rejected;
};

/* Of the item that most asked about in the burst, of those that some got and some did not. Returns
 * its place, or that behind the last: there is none. */
static size_t find_contested(const struct run *run, unsigned phase, struct crowd *crowds)
{
    const struct history *history = &run->history;
    size_t best = run->items->count;
    for (size_t i = 0; i < history->count; i++)
        for (unsigned line = 0; history->v[i].phase == phase && (!line || line < history->lines);
             line++) {
            int32_t item = history_line_of(history, i, line)->item;
            if (item < 0 || (size_t)item >= run->items->count)
                continue;
            crowds[item].accepted += history->v[i].cls == CLASS_ACCEPTED;
            crowds[item].rejected += history->v[i].cls == CLASS_REJECTED;
        }
    for (size_t i = 0; i < run->items->count; i++)
        if (crowds[i].accepted && crowds[i].rejected &&
            (best == run->items->count || crowds[i].accepted + crowds[i].rejected >
                                              crowds[best].accepted + crowds[best].rejected))
            best = i;
    return best;
}

static void judge_items(const struct run *run, unsigned phase, const struct tally *burst,
                        struct power *power)
{
    _cleanup_free_ struct crowd *crowds = calloc(run->items->count + 1, sizeof *crowds);
    size_t item = crowds ? find_contested(run, phase, crowds) : run->items->count;
    if (!burst->decided)
        return;
    power->kind = burst->rejected ? POWER_NOT_SOLD : POWER_NO_RACE;
    if (item == run->items->count || !burst->decided_span)
        return;
    int64_t decided = crowds[item].accepted + crowds[item].rejected;
    *power = (struct power){.kind = POWER_STATED,
                            .window = power_window(burst->decided_span, decided),
                            .span = burst->decided_span,
                            .decided = decided};
    items_name(run->items, (int64_t)item, power->item, sizeof power->item);
}

void power_of(const struct run *run, struct power *ret_power)
{
    struct power power = {.kind = POWER_NO_BURST};
    int64_t left = run->scenario ? run->scenario->limit : 0;
    for (unsigned i = 0; i < phases(run) && power.kind != POWER_STATED; i++) {
        struct tally tally;
        if (!tally_phase(run, i, &tally))
            continue;
        if (run->scenario->load[i].kind == LOAD_BURST && power.kind == POWER_NO_BURST)
            power.kind = POWER_UNDECIDED;
        if (run->scenario->load[i].kind == LOAD_BURST && gate_connects(run->load[i].gate))
            power.kind = POWER_COLD;
        else if (run->scenario->load[i].kind == LOAD_BURST && run->items && run->history.orders)
            judge_items(run, i, &tally, &power);
        else if (run->scenario->load[i].kind == LOAD_BURST)
            judge_burst(&tally, left, &power);
        left -= tally.accepted;
    }
    *ret_power = power;
}

const char *power_describe(const struct power *power, char *ret_text, size_t size)
{
    static const char *const reasons[] = {
        [POWER_NO_BURST] = "",
        [POWER_UNDECIDED] = "no answer was a yes or a no: no race window can be stated",
        [POWER_COLD] =
            "connections were opened in the burst itself, and when a request reached the "
            "service is not known: no race window can be stated (gate last-byte states "
            "one)",
        [POWER_NOT_SOLD] =
            ("fewer were told yes than may win, so nobody raced for the last one: too "
             "many could not show"),
        [POWER_NO_RACE] = "no more asked than may win: too many could not show",
    };
    if (power->kind != POWER_STATED) {
        snprintf(ret_text, size, "%s", reasons[power->kind]);
        return ret_text;
    }
    char window[32];
    snprintf(ret_text, size,
             "a check-then-act window of %s or more%s%s%s would have shown with 95 %% probability, "
             "if the service works on them as they arrive",
             units_format_duration(power->window, window, sizeof window),
             power->item[0] ? " (for " : "", power->item, power->item[0] ? ")" : "");
    return ret_text;
}

int64_t power_rounds(double p)
{
    return (int64_t)ceil(log(0.05) / log1p(-p));
}

const char *power_bound(int64_t decided, char *ret_text, size_t size)
{
    *ret_text = '\0';
    if (decided > 0)
        snprintf(ret_text, size,
                 "a violation in %.2g %% of such rounds or more would have shown with 95 %% "
                 "probability (%" PRId64
                 " decided, over this tool's random schedules on this machine)",
                 100 * (1 - pow(0.05, 1 / (double)decided)), decided);
    return ret_text;
}
