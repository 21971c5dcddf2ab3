#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "archive/csv_in.h"
#include "archive/csv_out.h"
#include "archive/files.h"
#include "base/aside.h"
#include "base/cleanup.h"

/* "Never" while instants are still on the file's own clock, where 0 may be a real instant. */
#define NEVER INT64_MIN

enum column {
    COLUMN_SEQ,
    COLUMN_USER,
    COLUMN_PHASE,
    COLUMN_ATTEMPT,
    COLUMN_WORKER,
    COLUMN_PLANNED,
    COLUMN_RELEASED,
    COLUMN_FIRST_BYTE,
    COLUMN_DONE,
    COLUMN_STATUS,
    COLUMN_OUTCOME,
    COLUMN_CAUSE,
    COLUMN_RANK,
    COLUMN_COUNT,
};

static const struct csv_column columns[COLUMN_COUNT] = {
    [COLUMN_SEQ] = {"seq", false},
    [COLUMN_USER] = {"user", true},
    [COLUMN_PHASE] = {"phase", false},
    [COLUMN_ATTEMPT] = {"attempt", false},
    [COLUMN_WORKER] = {"worker", false},
    [COLUMN_PLANNED] = {"planned_ns", false},
    [COLUMN_RELEASED] = {"released_ns", true},
    [COLUMN_FIRST_BYTE] = {"first_byte_ns", false},
    [COLUMN_DONE] = {"done_ns", true},
    [COLUMN_STATUS] = {"status", false},
    [COLUMN_OUTCOME] = {"outcome", true},
    [COLUMN_CAUSE] = {"cause", false},
    [COLUMN_RANK] = {"rank", false},
};

static void put_instant(struct csv_out *out, ns_t instant, ns_t origin)
{
    if (instant)
        csv_out_int(out, instant - origin);
    else
        csv_out_none(out);
}

static void put_request(struct csv_out *out, const struct run *run, const struct request *request)
{
    ns_t origin = run->history.origin;
    csv_out_int(out, request->seq);
    csv_out_user(out, run->roster, request->user);
    csv_out_int(out, request->phase);
    csv_out_int(out, request->attempt);
    csv_out_int(out, request->worker);
    put_instant(out, request->planned, origin);
    put_instant(out, request->released, origin);
    put_instant(out, request->first_byte, origin);
    put_instant(out, request->done, origin);
    csv_out_int(out, request->status);
    csv_out_text(out, request_class_name((enum request_class)request->cls));
    csv_out_text(out, request_cause_name((enum request_cause)request->cause));
    if (request->ranked)
        csv_out_int(out, request->rank);
    else
        csv_out_none(out);
    csv_out_line(out);
}

int history_csv_save(const struct run *run, const char *dir, struct err *err)
{
    _cleanup_(aside_drop) struct aside aside = {0};
    int rc = aside_open(&aside, dir, "history.csv", err);
    if (rc)
        return rc;
    _cleanup_free_ struct csv_out *out = malloc(sizeof *out);
    if (!out)
        return err_set(err, ERR_MEMORY, "no memory to write history.csv");
    csv_out_init(out, aside.file);
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        csv_out_text(out, columns[i].name);
    csv_out_line(out);
    for (size_t i = 0; i < run->history.count; i++)
        put_request(out, run, &run->history.v[i]);
    csv_out_flush(out);
    return aside_commit(&aside, err);
}

/* ---- loading ---- */

/* Bounds of the columns that hold plain numbers, and what a missing one means. */
static int get_number(const struct csv_in *in, const struct csv_field *fields, enum column column,
                      int64_t high, int64_t missing, int64_t *ret_value, struct err *err)
{
    if (fields[column].length == 0) {
        *ret_value = missing;
        return 0;
    }
    return csv_in_int(in, fields, column, 0, high, ret_value, err);
}

static int get_instant(const struct csv_in *in, const struct csv_field *fields, enum column column,
                       ns_t *ret_instant, struct err *err)
{
    if (fields[column].length == 0) {
        *ret_instant = NEVER;
        return 0;
    }
    return csv_in_int(in, fields, column, -CSV_INSTANT_MAX, CSV_INSTANT_MAX, ret_instant, err);
}

static int get_name(const struct csv_in *in, const struct csv_field *field, enum column column,
                    int (*find)(const char *), uint8_t *ret_value, struct err *err)
{
    char name[32];
    int found = -1;
    if (field->length < sizeof name) {
        memcpy(name, field->text ? field->text : "", field->length);
        name[field->length] = '\0';
        found = find(name);
    }
    if (found < 0)
        return csv_in_error(in, err, "%s: '%.*s' is not known; reports/README.md lists the words",
                            columns[column].name, (int)(field->length < 40 ? field->length : 40),
                            field->length ? field->text : "");
    *ret_value = (uint8_t)found;
    return 0;
}

static int get_numbers(const struct csv_in *in, const struct csv_field *fields, size_t place,
                       struct request *request, struct err *err)
{
    int64_t seq = 0, phase = 0, attempt = 0, worker = 0, status = 0;
    int rc = get_number(in, fields, COLUMN_SEQ, UINT32_MAX, (int64_t)place, &seq, err);
    if (!rc && (size_t)seq != place)
        rc = csv_in_error(in, err, "seq is %" PRId64 ", but lines count from 0: %zu", seq, place);
    if (!rc)
        rc = get_number(in, fields, COLUMN_PHASE, RUN_LOAD_PHASES_MAX - 1, 0, &phase, err);
    if (!rc)
        rc = get_number(in, fields, COLUMN_ATTEMPT, UINT8_MAX, 0, &attempt, err);
    if (!rc)
        rc = get_number(in, fields, COLUMN_WORKER, UINT16_MAX, 0, &worker, err);
    if (!rc)
        rc = get_number(in, fields, COLUMN_STATUS, UINT16_MAX, 0, &status, err);
    if (rc)
        return rc;
    request->seq = (uint32_t)seq;
    request->phase = (uint8_t)phase;
    request->attempt = (uint8_t)attempt;
    request->worker = (uint16_t)worker;
    request->status = (uint16_t)status;
    request->ranked = fields[COLUMN_RANK].length > 0;
    return request->ranked
               ? csv_in_int(in, fields, COLUMN_RANK, INT64_MIN, INT64_MAX, &request->rank, err)
               : 0;
}

static int get_instants(const struct csv_in *in, const struct csv_field *fields,
                        struct request *request, struct err *err)
{
    int rc = get_instant(in, fields, COLUMN_PLANNED, &request->planned, err);
    if (!rc)
        rc = get_instant(in, fields, COLUMN_RELEASED, &request->released, err);
    if (!rc)
        rc = get_instant(in, fields, COLUMN_FIRST_BYTE, &request->first_byte, err);
    if (!rc)
        rc = get_instant(in, fields, COLUMN_DONE, &request->done, err);
    return rc;
}

static int get_outcome(const struct csv_in *in, const struct csv_field *fields,
                       struct request *request, struct err *err)
{
    int rc = get_name(in, &fields[COLUMN_OUTCOME], COLUMN_OUTCOME, request_class_find,
                      &request->cls, err);
    if (!rc && fields[COLUMN_CAUSE].length)
        rc = get_name(in, &fields[COLUMN_CAUSE], COLUMN_CAUSE, request_cause_find, &request->cause,
                      err);
    return rc;
}

/* What our own load guarantees must hold for histories from elsewhere too, or no check means
 * anything. */
static int check_outcome(const struct csv_in *in, const struct request *request, struct err *err)
{
    bool released = request->released != NEVER, done = request->done != NEVER;
    bool decided = request->cls == CLASS_ACCEPTED || request->cls == CLASS_REJECTED;
    if (released != (request->cls != CLASS_SKIPPED))
        return csv_in_error(in, err,
                            released ? "a skipped request has no released_ns"
                                     : "released_ns is empty, but the outcome is not "
                                       "'skipped'");
    if (decided && !done)
        return csv_in_error(in, err, "an accepted or rejected request needs done_ns");
    if (released && done && request->done < request->released)
        return csv_in_error(in, err, "done_ns is before released_ns");
    return 0;
}

static int load_raw(const char *path, bool foreign, struct roster *roster, struct history *history,
                    struct err *err)
{
    _cleanup_(csv_in_close) struct csv_in in = {0};
    int rc = csv_in_open(&in, path, columns, COLUMN_COUNT, err);
    if (!rc)
        rc = history_init(history, csv_in_lines(&in), err);
    bool more = !rc;
    while (more) {
        struct csv_field fields[COLUMN_COUNT];
        rc = csv_in_next(&in, fields, &more, err);
        if (rc || !more)
            return rc;
        struct request *request = &history->v[history->count];
        rc = csv_in_user(&in, fields, COLUMN_USER, roster, &request->user, err);
        if (!rc)
            rc = get_numbers(&in, fields, history->count, request, err);
        if (!rc)
            rc = get_instants(&in, fields, request, err);
        if (!rc)
            rc = get_outcome(&in, fields, request, err);
        if (!rc && foreign)
            rc = check_outcome(&in, request, err);
        if (!rc && foreign && request->cause == CAUSE_NONE && request->cls != CLASS_ACCEPTED &&
            request->cls != CLASS_REJECTED)
            request->cause = CAUSE_OTHER;
        if (rc)
            return rc;
        history->count++;
    }
    return rc;
}

/* Moves every instant by shift; what never happened becomes 0. */
static void shift_instants(struct history *history, ns_t shift)
{
    for (size_t i = 0; i < history->count; i++) {
        struct request *request = &history->v[i];
        ns_t *const instants[] = {&request->planned, &request->released, &request->first_byte,
                                  &request->done};
        for (size_t k = 0; k < sizeof instants / sizeof *instants; k++)
            *instants[k] = *instants[k] == NEVER ? 0 : *instants[k] + shift;
    }
}

int history_csv_load(const char *path, ns_t origin, struct roster *roster,
                     struct history *ret_history, struct err *err)
{
    _cleanup_(history_free) struct history history = {0};
    int rc = load_raw(path, false, roster, &history, err);
    if (rc)
        return rc;
    shift_instants(&history, origin);
    history.origin = origin;
    *ret_history = history;
    history = (struct history){0};
    return 0;
}

static ns_t earliest(const struct history *history)
{
    ns_t first = INT64_MAX;
    for (size_t i = 0; i < history->count; i++) {
        const struct request *request = &history->v[i];
        if (request->planned != NEVER && request->planned < first)
            first = request->planned;
        if (request->released != NEVER && request->released < first)
            first = request->released;
    }
    return first == INT64_MAX ? 0 : first;
}

static ns_t first_release(const struct history *history)
{
    ns_t first = 0;
    for (size_t i = 0; i < history->count; i++) {
        ns_t released = history->v[i].released;
        if (released && (!first || released < first))
            first = released;
    }
    return first ? first : NS_PER_S;
}

static int compare_by_user(const void *a, const void *b)
{
    const struct request *x = *(struct request *const *)a, *y = *(struct request *const *)b;
    if (x->user != y->user)
        return x->user < y->user ? -1 : 1;
    if (x->released != y->released)
        return x->released < y->released ? -1 : 1;
    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* Numbers each user's requests by their release, from 1. */
static int count_attempts(struct history *history, struct err *err)
{
    _cleanup_free_ struct request **order = calloc(history->count + 1, sizeof *order);
    if (!order)
        return err_set(err, ERR_MEMORY, "no memory to sort %zu requests", history->count);
    for (size_t i = 0; i < history->count; i++)
        order[i] = &history->v[i];
    qsort(order, history->count, sizeof *order, compare_by_user);
    const struct request *before = NULL;
    for (size_t i = 0; i < history->count; i++) {
        bool again = before && before->user == order[i]->user;
        unsigned attempt = again ? before->attempt + 1U : 1U;
        order[i]->attempt = attempt > UINT8_MAX ? UINT8_MAX : (uint8_t)attempt;
        before = order[i];
    }
    return 0;
}

int history_csv_load_foreign(const char *path, struct roster *roster, struct history *ret_history,
                             struct err *err)
{
    _cleanup_(history_free) struct history history = {0};
    int rc = load_raw(path, true, roster, &history, err);
    if (rc)
        return rc;
    shift_instants(&history, NS_PER_S - earliest(&history));
    history.origin = first_release(&history);
    rc = count_attempts(&history, err);
    if (rc)
        return rc;
    *ret_history = history;
    history = (struct history){0};
    return 0;
}

/* A character that no number has. */
static bool is_number(const struct csv_field *field)
{
    for (size_t i = 0; i < field->length; i++)
        if (!strchr("-0123456789", field->text[i]) || !field->text[i])
            return false;
    return true;
}

int history_csv_ids(const char *path, bool *ret_numbers, struct err *err)
{
    static const struct csv_column user = {"user", true};
    _cleanup_(csv_in_close) struct csv_in in = {0};
    struct csv_field field = {0};
    bool more = false;
    int rc = csv_in_open(&in, path, &user, 1, err);
    if (!rc)
        rc = csv_in_next(&in, &field, &more, err);
    if (!rc)
        *ret_numbers = !more || is_number(&field);
    return rc;
}
