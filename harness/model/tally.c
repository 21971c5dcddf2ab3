#include "model/tally.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/windows.h"

static bool in_phase(const struct request *request, int phase)
{
    return phase == TALLY_ALL_PHASES || request->phase == phase;
}

static void count(struct tally *tally, const struct history *history, const struct request *request)
{
    int64_t *const classes[CLASS_COUNT] = {
        [CLASS_SKIPPED] = &tally->skipped,   [CLASS_ACCEPTED] = &tally->accepted,
        [CLASS_REJECTED] = &tally->rejected, [CLASS_FAILED] = &tally->failed,
        [CLASS_UNKNOWN] = &tally->unknown,   [CLASS_LIMITED] = &tally->limited,
    };
    tally->planned++;
    tally->causes[request->cause < CAUSE_COUNT ? request->cause : CAUSE_OTHER]++;
    if (request->cls < CLASS_COUNT)
        ++*classes[request->cls];
    if (request->released)
        tally->sent++;
    ns_t decided = history_decided(history, request);
    ns_t told = decided > request->done ? decided : request->done;
    if (request_answered(request) && told > tally->last_response)
        tally->last_response = told;
}

static bool is_decided(const struct request *request)
{
    return request->cls == CLASS_ACCEPTED || request->cls == CLASS_REJECTED;
}

/* ---- requests of a phase, as they are read again and again ---- */

struct choice {
    const struct history *history;
    size_t begins, ends; /* how many it makes */
    int phase;
    bool decided; /* those alone */
    bool sure;    /* where instants are of several clocks: out for sure, wherever these are */
};

static void read_spans(const void *context, size_t i, struct window_spans *ret_spans)
{
    const struct choice *choice = context;
    const struct request *request = &choice->history->v[i];
    if (!in_phase(request, choice->phase) || !request->released ||
        (choice->decided && !is_decided(request)))
        return;
    ns_t bound = choice->sure ? history_bound(choice->history, request) : 0;
    ret_spans->begins[ret_spans->begins_count++] = request->released + bound;
    if (request->done || choice->decided)
        ret_spans->ends[ret_spans->ends_count++] = request->done - bound;
}

static int walk(const struct choice *choice, const struct windows_visitor *visitor, struct err *err)
{
    const struct windows_source source = {choice, choice->history->count, choice->begins,
                                          choice->ends, read_spans};
    return windows_walk(&source, visitor)
               ? err_set(err, ERR_MEMORY, "no room to tally %zu requests", choice->history->count)
               : 0;
}

/* ---- the greatest number that was out at one instant ---- */

/* An answer at the very instant of a release comes first, so that the figure is never flattered. A
 * request without an end stays out. */
static void sweep(void *context, const struct window *window)
{
    int64_t *peak = context;
    for (size_t i = 0, j = 0; i < window->begins_count; i++) {
        while (j < window->ends_count && window->ends[j] <= window->begins[i])
            j++;
        int64_t out = (int64_t)(window->begins_before + i + 1) - (int64_t)(window->ends_before + j);
        *peak = out > *peak ? out : *peak;
    }
}

/* ---- between the 5 % and the 95 % instant ---- */

/* Nearest rank, as everywhere: the ceil(q * n)-th smallest. */
struct middle {
    size_t n, m; /* begins and ends */
    ns_t begins[2], ends[2];
};

static size_t rank_of(size_t n, int which)
{
    return (n * (which ? 95 : 5) + 99) / 100 - 1;
}

static bool is_in(size_t n, int which, size_t before, size_t count)
{
    return n && rank_of(n, which) >= before && rank_of(n, which) < before + count;
}

static bool has_rank(void *context, const struct window *window)
{
    const struct middle *middle = context;
    bool has = false;
    for (int which = 0; which < 2; which++)
        has |= is_in(middle->n, which, window->begins_before, window->begins_count) ||
               is_in(middle->m, which, window->ends_before, window->ends_count);
    return has;
}

static void find_ranks(void *context, const struct window *window)
{
    struct middle *middle = context;
    for (int which = 0; which < 2; which++) {
        if (is_in(middle->n, which, window->begins_before, window->begins_count))
            middle->begins[which] =
                window->begins[rank_of(middle->n, which) - window->begins_before];
        if (is_in(middle->m, which, window->ends_before, window->ends_count))
            middle->ends[which] = window->ends[rank_of(middle->m, which) - window->ends_before];
    }
}

static int find_middle(const struct choice *choice, struct middle *middle, struct err *err)
{
    const struct windows_visitor visitor = {middle, has_rank, find_ranks};
    return walk(choice, &visitor, err);
}

static ns_t larger(ns_t a, ns_t b)
{
    return a > b ? a : b;
}

/* ---- the tally ---- */

/* What one pass over the history tells. */
struct seen {
    size_t released, done;
    ns_t first_answer, last_done;
    ns_t earliest, latest; /* releases, wherever the clocks are */
};

static void see(struct seen *seen, struct tally *tally, const struct history *history,
                const struct request *request)
{
    ns_t bound = history_bound(history, request), released = request->released;
    bool first = !seen->released++;
    if (first || released < tally->first_released)
        tally->first_released = released;
    if (first || released > tally->last_released)
        tally->last_released = released;
    if (first || released - bound < seen->earliest)
        seen->earliest = released - bound;
    if (first || released + bound > seen->latest)
        seen->latest = released + bound;
    if (request->done && (!seen->done++ || request->done > seen->last_done))
        seen->last_done = request->done;
    if (request->first_byte && (!seen->first_answer || request->first_byte < seen->first_answer))
        seen->first_answer = request->first_byte;
}

static int measure(struct tally *tally, const struct history *history, int phase,
                   const struct seen *seen, struct err *err)
{
    struct choice choice = {
        .history = history, .begins = seen->released, .ends = seen->done, .phase = phase};
    struct middle all = {.n = seen->released, .m = seen->done};
    tally->spread = tally->last_released - tally->first_released;
    tally->spread_doubt = history->bounds ? seen->latest - seen->earliest - tally->spread : 0;
    tally->elapsed = seen->done ? seen->last_done - tally->first_released : 0;
    for (size_t i = 0; i < history->count; i++)
        tally->before_first_answer +=
            in_phase(&history->v[i], phase) && history->v[i].released &&
            (!seen->first_answer || history->v[i].released < seen->first_answer);
    int rc = find_middle(&choice, &all, err);
    if (rc)
        return rc;
    tally->spread_p5_p95 = all.begins[1] - all.begins[0];
    tally->decided = tally->accepted + tally->rejected;
    if ((size_t)tally->decided != all.n || all.m != all.n) {
        all = (struct middle){.n = (size_t)tally->decided, .m = (size_t)tally->decided};
        choice.begins = choice.ends = all.n;
        choice.decided = true;
        rc = find_middle(&choice, &all, err);
    }
    tally->decided_span = larger(all.begins[1] - all.begins[0], all.ends[1] - all.ends[0]);
    choice.begins = seen->released;
    choice.ends = seen->done;
    choice.decided = false;
    choice.sure = true;
    const struct windows_visitor sweeper = {&tally->peak_in_flight, NULL, sweep};
    return rc ? rc : walk(&choice, &sweeper, err);
}

int tally_make(const struct history *history, int phase, struct tally *ret_tally, struct err *err)
{
    struct tally tally = {0};
    struct seen seen = {0};
    for (size_t i = 0; i < history->count; i++) {
        const struct request *request = &history->v[i];
        if (!in_phase(request, phase))
            continue;
        count(&tally, history, request);
        if (request->released)
            see(&seen, &tally, history, request);
    }
    int64_t classified =
        tally.accepted + tally.rejected + tally.limited + tally.failed + tally.unknown;
    if (tally.planned != tally.sent + tally.skipped || tally.sent != classified)
        return err_set(err, ERR_BUG,
                       "the accounting does not close: planned %" PRId64 " = sent %" PRId64
                       " + skipped %" PRId64 "; sent = accepted %" PRId64 " + rejected %" PRId64
                       " + limited %" PRId64 " + failed %" PRId64 " + unknown %" PRId64,
                       tally.planned, tally.sent, tally.skipped, tally.accepted, tally.rejected,
                       tally.limited, tally.failed, tally.unknown);
    int rc = seen.released ? measure(&tally, history, phase, &seen, err) : 0;
    if (!rc)
        *ret_tally = tally;
    return rc;
}

void tally_latency(const struct history *history, int phase, struct hist *scheduled,
                   struct hist *sent)
{
    for (size_t i = 0; i < history->count; i++) {
        const struct request *request = &history->v[i];
        if (!in_phase(request, phase) || !request_answered(request))
            continue;
        if (scheduled)
            hist_add(scheduled,
                     request->done - (request->planned ? request->planned : request->released));
        if (sent)
            hist_add(sent, request->done - request->released);
    }
}
