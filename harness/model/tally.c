#include "model/tally.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

static bool in_phase(const struct request *request, int phase)
{
    return phase == TALLY_ALL_PHASES || request->phase == phase;
}

static int compare_ns(const void *a, const void *b)
{
    ns_t x = *(const ns_t *)a, y = *(const ns_t *)b;
    return (x > y) - (x < y);
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

/* The greatest number of requests that were out at one instant. An answer at the very instant of a
 * release comes first, so that the figure is never flattered. A request without an end stays out.
 */
static int64_t sweep(const ns_t *released, size_t released_count, const ns_t *done,
                     size_t done_count)
{
    int64_t out = 0, peak = 0;
    for (size_t i = 0, j = 0; i < released_count; i++) {
        while (j < done_count && done[j] <= released[i]) {
            out--;
            j++;
        }
        if (++out > peak)
            peak = out;
    }
    return peak;
}

/* Between the 5 % and the 95 % instant. Nearest rank, as everywhere: the ceil(q * n)-th smallest.
 */
static ns_t middle_span(const ns_t *sorted, size_t n)
{
    size_t p5 = (n * 5 + 99) / 100, p95 = (n * 95 + 99) / 100;
    return n ? sorted[p95 - 1] - sorted[p5 - 1] : 0;
}

static void measure(struct tally *tally, const ns_t *released, size_t n, const ns_t *done, size_t m,
                    ns_t first_answer)
{
    if (n == 0)
        return;
    tally->first_released = released[0];
    tally->last_released = released[n - 1];
    tally->spread = released[n - 1] - released[0];
    tally->spread_p5_p95 = middle_span(released, n);
    tally->peak_in_flight = sweep(released, n, done, m);
    for (size_t i = 0; i < n && (!first_answer || released[i] < first_answer); i++)
        tally->before_first_answer++;
    if (m)
        tally->elapsed = done[m - 1] - released[0];
}

static ns_t larger(ns_t a, ns_t b)
{
    return a > b ? a : b;
}

/* Instants of several clocks: what is true wherever they are within their bounds. */
static void measure_doubt(struct tally *tally, const struct history *history, int phase,
                          ns_t *released, ns_t *done)
{
    ns_t earliest = INT64_MAX, latest = 0;
    size_t n = 0, m = 0;
    for (size_t i = 0; history->bounds && i < history->count; i++) {
        const struct request *request = &history->v[i];
        if (!in_phase(request, phase) || !request->released)
            continue;
        ns_t bound = history_bound(history, request);
        released[n++] = request->released + bound;
        if (request->done)
            done[m++] = request->done - bound;
        earliest = request->released - bound < earliest ? request->released - bound : earliest;
        latest = larger(latest, request->released + bound);
    }
    if (!n)
        return;
    qsort(released, n, sizeof *released, compare_ns);
    qsort(done, m, sizeof *done, compare_ns);
    tally->peak_in_flight = sweep(released, n, done, m);
    tally->spread_doubt = latest - earliest - tally->spread;
}

static bool is_decided(const struct request *request)
{
    return request->cls == CLASS_ACCEPTED || request->cls == CLASS_REJECTED;
}

/* Sorted releases and answers of all are there; where all were decided they are what is asked for,
 * otherwise those of the decided ones take their place. */
static void measure_decided(struct tally *tally, const struct history *history, int phase,
                            ns_t *released, size_t n, ns_t *done, size_t m)
{
    size_t decided = 0;
    tally->decided = tally->accepted + tally->rejected;
    if ((size_t)tally->decided != n || m != n) {
        for (size_t i = 0; i < history->count; i++) {
            const struct request *request = &history->v[i];
            if (!in_phase(request, phase) || !request->released || !is_decided(request))
                continue;
            released[decided] = request->released;
            done[decided++] = request->done;
        }
        n = m = decided;
        qsort(released, n, sizeof *released, compare_ns);
        qsort(done, m, sizeof *done, compare_ns);
    }
    tally->decided_span = larger(middle_span(released, n), middle_span(done, m));
}

int tally_make(const struct history *history, int phase, struct tally *ret_tally, struct err *err)
{
    struct tally tally = {0};
    _cleanup_free_ ns_t *released = calloc(history->count + 1, sizeof *released);
    _cleanup_free_ ns_t *done = calloc(history->count + 1, sizeof *done);
    if (!released || !done)
        return err_set(err, ERR_MEMORY, "no room to tally %zu requests", history->count);
    size_t n = 0, m = 0;
    ns_t first_answer = 0;
    for (size_t i = 0; i < history->count; i++) {
        const struct request *request = &history->v[i];
        if (!in_phase(request, phase))
            continue;
        count(&tally, history, request);
        if (!request->released)
            continue;
        released[n++] = request->released;
        if (request->done)
            done[m++] = request->done;
        if (request->first_byte && (!first_answer || request->first_byte < first_answer))
            first_answer = request->first_byte;
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
    qsort(released, n, sizeof *released, compare_ns);
    qsort(done, m, sizeof *done, compare_ns);
    measure(&tally, released, n, done, m, first_answer);
    measure_decided(&tally, history, phase, released, n, done, m);
    measure_doubt(&tally, history, phase, released, done);
    *ret_tally = tally;
    return 0;
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
