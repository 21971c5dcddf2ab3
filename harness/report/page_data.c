/* The data of the charts: columns of numbers, thinned so that a page of a million requests stays
 * small. Times are whole microseconds from the first release unless their name says otherwise. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/html_inside.h"
#include "report/text.h"

enum {
    SAMPLES_MAX = 3000,
    BINS = 64,
    STEPS_A_NINE = 20, /* points of the latency curve for each nine */
};

static void put_text(FILE *out, const char *text)
{
    fputc('"', out);
    text_print(out, TEXT_SCRIPT, text);
    fputc('"', out);
}

static void put_instant(FILE *out, const char *key, ns_t instant, ns_t origin)
{
    if (instant)
        fprintf(out, "\"%s\":%" PRId64 ",", key, (instant - origin) / NS_PER_US);
    else
        fprintf(out, "\"%s\":null,", key);
}

static void put_count(FILE *out, const char *key, int64_t count)
{
    if (count == COUNT_UNKNOWN)
        fprintf(out, "\"%s\":null,", key);
    else
        fprintf(out, "\"%s\":%" PRId64 ",", key, count);
}

/* ---- the drain ---- */

struct reading {
    int64_t rows, lag, answered;
};

static struct reading read_sample(const struct sample *sample)
{
    return (struct reading){sample->rows, sample_lag(sample), sample->answered};
}

static bool same(const struct sample *a, const struct sample *b)
{
    struct reading x = read_sample(a), y = read_sample(b);
    return x.rows == y.rows && x.lag == y.lag && x.answered == y.answered;
}

/* Samples on either side of a change, the first and the last; of too many, every n-th. */
static size_t thin(const struct timeline *timeline, size_t *kept)
{
    size_t count = 0;
    for (size_t i = 0; i < timeline->count; i++) {
        bool edge = i == 0 || i + 1 == timeline->count;
        if (edge || !same(&timeline->v[i], &timeline->v[i - 1]) ||
            !same(&timeline->v[i], &timeline->v[i + 1]))
            kept[count++] = i;
    }
    size_t stride = count / SAMPLES_MAX + 1, thinned = 0;
    for (size_t i = 0; i < count; i++)
        if (i % stride == 0 || i + 1 == count)
            kept[thinned++] = kept[i];
    return thinned;
}

static void put_reading(FILE *out, const struct sample *sample, int column, ns_t origin)
{
    struct reading reading = read_sample(sample);
    const int64_t values[] = {(sample->at - origin) / NS_PER_US, reading.rows, reading.lag,
                              reading.answered};
    /* An instant just before the origin is -1 too. */
    if (column > 0 && values[column] == COUNT_UNKNOWN)
        fputs("null", out);
    else
        fprintf(out, "%" PRId64, values[column]);
}

static int put_samples(const struct run *run, FILE *out)
{
    static const char *const names[] = {"at", "rows", "lag", "answered"};
    const struct timeline *timeline = &run->timeline;
    _cleanup_free_ size_t *kept = calloc(timeline->count + 1, sizeof *kept);
    if (!kept)
        return -(int)ERR_MEMORY;
    size_t count = thin(timeline, kept);
    fputs("\"samples\":{", out);
    for (int column = 0; column < 4; column++) {
        fprintf(out, "%s\"%s\":[", column ? "," : "", names[column]);
        for (size_t i = 0; i < count; i++) {
            fputs(i ? "," : "", out);
            put_reading(out, &timeline->v[kept[i]], column, run->history.origin);
        }
        fputc(']', out);
    }
    fputs("},", out);
    return 0;
}

/* When rows or lag moved for the last time: the curve must reach that far. */
static ns_t last_change(const struct timeline *timeline)
{
    for (size_t i = timeline->count; i-- > 1;) {
        struct reading now = read_sample(&timeline->v[i]);
        struct reading before = read_sample(&timeline->v[i - 1]);
        if (now.rows != before.rows || now.lag != before.lag)
            return timeline->v[i].at;
    }
    return 0;
}

static void put_marks(const struct run *run, FILE *out)
{
    ns_t origin = run->history.origin;
    bool waited = run->scenario && run->scenario->wait == WAIT_DRAINED;
    put_instant(out, "lastResponse", run->tally.last_response, origin);
    put_instant(out, "decided", run->drain.decided, origin);
    put_instant(out, "asserted", waited ? 0 : run->drain.asserted, origin);
    put_instant(out, "lastChange", last_change(&run->timeline), origin);
    put_count(out, "rowsAtLastResponse", run->drain.rows_at_last_response);
    fputs("\"events\":[", out);
    for (unsigned i = 0; i < run->events_count; i++) {
        fprintf(out, "%s{\"at\":%" PRId64 ",\"what\":", i ? "," : "",
                (run->events[i].at - origin) / NS_PER_US);
        put_text(out, run->events[i].what);
        fputc('}', out);
    }
    fputs("],\"phases\":[", out);
    const char *comma = "";
    for (int i = PHASE_RELEASE; i <= PHASE_WATCH; i++) {
        const struct run_phase_info *phase = &run->phases[i];
        if (!phase->started || !phase->ended)
            continue;
        fprintf(out, "%s{\"name\":\"%s\",\"from\":%" PRId64 ",\"to\":%" PRId64 "}", comma,
                run_phase_name((enum run_phase)i), (phase->started - origin) / NS_PER_US,
                (phase->ended - origin) / NS_PER_US);
        comma = ",";
    }
    fputs("],", out);
}

/* ---- release spread and latency: all requests, however many ---- */

static void put_spread(const struct run *run, FILE *out)
{
    static const enum request_class shown[] = {CLASS_ACCEPTED, CLASS_REJECTED, CLASS_LIMITED,
                                               CLASS_FAILED, CLASS_UNKNOWN};
    uint64_t bins[CLASS_COUNT][BINS] = {0};
    ns_t first = run->tally.first_released, last = run->tally.last_released;
    ns_t width = (last - first) / BINS + 1;
    for (size_t i = 0; i < run->history.count; i++) {
        const struct request *request = &run->history.v[i];
        if (request->released >= first && request->released <= last && first)
            bins[request->cls][(request->released - first) / width]++;
    }
    fprintf(out, "\"spread\":{\"from\":%.3f,\"width\":%.3f,\"counts\":{",
            (double)(first - run->history.origin) / (double)NS_PER_US,
            (double)width / (double)NS_PER_US);
    for (size_t k = 0; k < sizeof shown / sizeof *shown; k++) {
        fprintf(out, "%s\"%s\":[", k ? "," : "", request_class_name(shown[k]));
        for (int i = 0; i < BINS; i++)
            fprintf(out, "%s%" PRIu64, i ? "," : "", bins[shown[k]][i]);
        fputc(']', out);
    }
    fputs("}},", out);
}

static void put_curve(const char *key, const struct hist *hist, FILE *out)
{
    fprintf(out, "\"%s\":[", key);
    double nines = hist->total ? log10((double)hist->total) : -1;
    for (int step = 0; (double)step <= nines * STEPS_A_NINE; step++) {
        double quantile = 1 - pow(10, -(double)step / STEPS_A_NINE);
        fprintf(out, "[%.9g,%" PRId64 "],", quantile, hist_quantile(hist, quantile) / NS_PER_US);
    }
    if (hist->total)
        fprintf(out, "[%.9g,%" PRId64 "]", 1 - 0.5 / (double)hist->total, hist->max / NS_PER_US);
    fputc(']', out);
}

static int put_latency(const struct run *run, FILE *out)
{
    _cleanup_free_ struct hist *hists = calloc(2, sizeof *hists);
    if (!hists)
        return -(int)ERR_MEMORY;
    tally_latency(&run->history, TALLY_ALL_PHASES, &hists[0], &hists[1]);
    fputs("\"latency\":{", out);
    put_curve("scheduled", &hists[0], out);
    fputc(',', out);
    put_curve("sent", &hists[1], out);
    fputs("}", out);
    return 0;
}

static int put_run(const struct run *run, FILE *out)
{
    fputs("{\"name\":", out);
    put_text(out, html_name(run));
    char limit[AMOUNT_TEXT];
    fprintf(out, ",\"limit\":%s,\"count\":%" PRId64 ",\"stride\":%zu,",
            items_spell_limit(run->scenario, limit), run->tally.sent, page_data_stride(run));
    put_marks(run, out);
    put_spread(run, out);
    int rc = page_requests_write(run, out);
    if (!rc)
        rc = page_trace_write(run, out);
    if (!rc)
        rc = put_samples(run, out);
    if (!rc)
        rc = put_latency(run, out);
    fputs("}\n", out);
    return rc;
}

int page_data_write(const struct run *const *runs, size_t count, FILE *out)
{
    int rc = 0;
    fputs("{\"runs\":[", out);
    for (size_t i = 0; !rc && i < count; i++) {
        fputs(i ? "," : "", out);
        rc = put_run(runs[i], out);
    }
    fputs("]}", out);
    return rc;
}
