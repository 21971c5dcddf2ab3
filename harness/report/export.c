#include "report/export.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "report/text.h"

/* One end of an operation. */
struct event {
    ns_t at;
    uint32_t index; /* of the request */
    bool completion;
};

/* An answer at the very instant of another's call comes after it: the two then overlap, and no
 * order is claimed that was not seen. */
static int compare_events(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    if (x->completion != y->completion)
        return x->completion ? 1 : -1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static size_t collect(const struct history *history, struct event *events)
{
    size_t count = 0;
    for (size_t i = 0; i < history->count; i++) {
        const struct request *request = &history->v[i];
        if (!request->released)
            continue;
        events[count++] = (struct event){request->released, (uint32_t)i, false};
        if (request->done)
            events[count++] = (struct event){request->done, (uint32_t)i, true};
    }
    qsort(events, count, sizeof *events, compare_events);
    return count;
}

static const char *edn_type(const struct request *request, bool completion)
{
    static const char *const types[CLASS_COUNT] = {
        [CLASS_SKIPPED] = ":info", [CLASS_ACCEPTED] = ":ok",  [CLASS_REJECTED] = ":ok",
        [CLASS_FAILED] = ":fail",  [CLASS_UNKNOWN] = ":info", [CLASS_LIMITED] = ":fail",
    };
    return completion ? types[request->cls] : ":invoke";
}

/* A number as one, a text as a string: EDN and JSON write both alike. */
static void put_user(const struct roster *roster, int64_t user, FILE *out)
{
    const char *quote = roster_is_numbers(roster) ? "" : "\"";
    fputs(quote, out);
    text_print_user(out, TEXT_SCRIPT, roster, user);
    fputs(quote, out);
}

static void write_edn(const struct run *run, const struct event *event, size_t index, FILE *out)
{
    const struct request *request = &run->history.v[event->index];
    fprintf(
        out,
        "{:index %zu, :type %s, :process %" PRIu32 ", :f :apply, :time %" PRId64 ", :value {:user ",
        index, edn_type(request, event->completion), request->seq, event->at - run->history.origin);
    put_user(run->roster, request->user, out);
    if (event->completion)
        fprintf(out, ", :result :%s", request_class_name((enum request_class)request->cls));
    if (event->completion && request->ranked)
        fprintf(out, ", :rank %" PRId64, request->rank);
    fputc('}', out);
    if (event->completion && request->cause != CAUSE_NONE)
        fprintf(out, ", :error :%s", request_cause_name((enum request_cause)request->cause));
    fputs("}\n", out);
}

static int check_written(FILE *out, struct err *err)
{
    return fflush(out) || ferror(out)
               ? err_errno(err, ERR_ENVIRONMENT, errno, "cannot write the export")
               : 0;
}

int export_jepsen(const struct run *run, FILE *out, struct err *err)
{
    const struct history *history = &run->history;
    _cleanup_free_ struct event *events = calloc(history->count * 2 + 1, sizeof *events);
    if (!events)
        return err_set(err, ERR_MEMORY, "no memory to sort %zu requests", history->count);
    size_t count = collect(history, events);
    for (size_t i = 0; i < count; i++)
        write_edn(run, &events[i], i, out);
    return check_written(out, err);
}

static void write_operation(const struct run *run, const struct request *request, FILE *out)
{
    ns_t origin = run->history.origin;
    bool open = request->cls == CLASS_UNKNOWN || !request->done;
    fprintf(out, "{\"ClientId\":%" PRIu32 ",\"Input\":{\"user\":", request->seq);
    put_user(run->roster, request->user, out);
    fprintf(out, "},\"Call\":%" PRId64 ",\"Output\":{\"result\":\"%s\"", request->released - origin,
            request_class_name((enum request_class)request->cls));
    if (request->ranked)
        fprintf(out, ",\"rank\":%" PRId64, request->rank);
    fprintf(out, "},\"Return\":%" PRId64 "}", open ? INT64_MAX : request->done - origin);
}

int export_porcupine(const struct run *run, FILE *out, struct err *err)
{
    const struct history *history = &run->history;
    char limit[AMOUNT_TEXT];
    fprintf(out, "{\"limit\":%s,\"operations\":[", items_spell_limit(run->scenario, limit));
    const char *between = "\n";
    for (size_t i = 0; i < history->count; i++) {
        if (!history->v[i].released)
            continue;
        fputs(between, out);
        write_operation(run, &history->v[i], out);
        between = ",\n";
    }
    fputs("\n]}\n", out);
    return check_written(out, err);
}
