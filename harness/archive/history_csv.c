#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/decided.h"
#include "archive/files.h"
#include "archive/lines.h"
#include "archive/table.h"
#include "base/cleanup.h"

/* "Never" while instants are still on the file's own clock, where 0 may be a real instant. */
#define NEVER INT64_MIN

static void put_class(struct csv_out *out, const void *row, const struct table_base *base)
{
    (void)base;
    csv_out_text(out, request_class_name((enum request_class)((const struct request *)row)->cls));
}

static void put_cause(struct csv_out *out, const void *row, const struct table_base *base)
{
    (void)base;
    csv_out_text(out, request_cause_name((enum request_cause)((const struct request *)row)->cause));
}

static void put_rank(struct csv_out *out, const void *row, const struct table_base *base)
{
    (void)base;
    const struct request *request = row;
    if (request->ranked)
        csv_out_int(out, request->rank);
    else
        csv_out_none(out);
}

static int get_name(const struct table_in *in, const struct csv_cell *cell, const char *column,
                    int (*find)(const char *), uint8_t *ret_value, struct err *err)
{
    char name[32];
    int found = -1;
    if (cell->length < sizeof name) {
        memcpy(name, cell->text, cell->length);
        name[cell->length] = '\0';
        found = find(name);
    }
    if (found < 0)
        return table_error(in, err, "%s: '%.*s' is not known; reports/README.md lists the words",
                           column, (int)(cell->length < 40 ? cell->length : 40), cell->text);
    *ret_value = (uint8_t)found;
    return 0;
}

static int get_class(const struct table_in *in, const struct csv_cell *cell, void *row,
                     struct err *err)
{
    return get_name(in, cell, "outcome", request_class_find, &((struct request *)row)->cls, err);
}

static int get_cause(const struct table_in *in, const struct csv_cell *cell, void *row,
                     struct err *err)
{
    if (!cell->length)
        return 0;
    return get_name(in, cell, "cause", request_cause_find, &((struct request *)row)->cause, err);
}

static int get_rank(const struct table_in *in, const struct csv_cell *cell, void *row,
                    struct err *err)
{
    struct request *request = row;
    request->ranked = cell->length > 0;
    return request->ranked
               ? table_number(in, "rank", cell, INT64_MIN, INT64_MAX, &request->rank, err)
               : 0;
}

/* The place in the file, whether it says so or not. */
static int get_seq(const struct table_in *in, const struct csv_cell *cell, void *row,
                   struct err *err)
{
    int64_t seq = (int64_t)in->rows;
    int rc = cell->length ? table_number(in, "seq", cell, 0, UINT32_MAX, &seq, err) : 0;
    if (!rc && (size_t)seq != in->rows)
        rc = table_error(in, err, "seq is %" PRId64 ", but lines count from 0: %zu", seq, in->rows);
    ((struct request *)row)->seq = (uint32_t)in->rows;
    return rc;
}

static const struct column columns[] = {
    COLUMN("seq", COLUMN_NUMBER, request, seq, .high = UINT32_MAX, .get = get_seq),
    COLUMN("user", COLUMN_USER, request, user, .required = true),
    COLUMN("phase", COLUMN_NUMBER, request, phase, .high = RUN_LOAD_PHASES_MAX - 1),
    COLUMN("attempt", COLUMN_NUMBER, request, attempt, .high = UINT8_MAX),
    COLUMN("worker", COLUMN_NUMBER, request, worker, .high = UINT16_MAX),
    COLUMN("agent", COLUMN_NUMBER, request, agent, .high = AGENTS_MAX),
    COLUMN("instance", COLUMN_NUMBER, request, instance, .high = INSTANCES_MAX),
    COLUMN("planned_ns", COLUMN_INSTANT, request, planned),
    COLUMN("released_ns", COLUMN_INSTANT, request, released, .required = true),
    COLUMN("first_byte_ns", COLUMN_INSTANT, request, first_byte),
    COLUMN("done_ns", COLUMN_INSTANT, request, done, .required = true),
    COLUMN("status", COLUMN_NUMBER, request, status, .high = UINT16_MAX),
    {.name = "outcome", .type = COLUMN_OTHER, .filled = true, .put = put_class, .get = get_class},
    {.name = "cause", .type = COLUMN_OTHER, .put = put_cause, .get = get_cause},
    DECIDED_COLUMNS,
    {.name = "rank", .type = COLUMN_OTHER, .put = put_rank, .get = get_rank},
    ORDER_COLUMNS,
    DEED_COLUMNS,
    MORE_COLUMNS,
};
enum { COLUMNS = sizeof columns / sizeof *columns };

/* Those of what there is. */
static size_t choose_columns(const struct history *history, struct column ret_chosen[COLUMNS])
{
    const struct {
        size_t count;
        bool there;
    } groups[] = {
        {COLUMNS - ORDER_COLUMNS_COUNT - DEED_COLUMNS_COUNT - MORE_COLUMNS_COUNT, true},
        {ORDER_COLUMNS_COUNT, history->orders != NULL},
        {DEED_COLUMNS_COUNT, history->deeds != NULL},
        {MORE_COLUMNS_COUNT, history->more != NULL},
    };
    size_t count = 0, at = 0;
    for (size_t i = 0; i < sizeof groups / sizeof *groups; at += groups[i++].count)
        for (size_t k = 0; groups[i].there && k < groups[i].count; k++)
            ret_chosen[count++] = columns[at + k];
    return count;
}

static int save(const struct run *run, const struct history *history, const char *dir,
                const char *name, struct err *err)
{
    struct history *beside = (struct history *)(uintptr_t)history;
    const struct table_base base = {.origin = run->history.origin,
                                    .roster = run->roster,
                                    .items = run->items,
                                    .scenario = run->scenario,
                                    .ordered = beside,
                                    .history = beside};
    struct column chosen[COLUMNS];
    size_t count = choose_columns(history, chosen);
    return table_save(chosen, count, history->v, sizeof *history->v, history->count, &base, dir,
                      name, err);
}

int history_csv_save(const struct run *run, const char *dir, struct err *err)
{
    int rc = save(run, &run->history, dir, "history.csv", err);
    return rc || !run->actions.count ? rc : save(run, &run->actions, dir, "actions.csv", err);
}

/* ---- loading ---- */

/* What our own load guarantees must hold for histories from elsewhere too, or no check means
 * anything. */
static int check_outcome(const struct table_in *in, const struct request *request, struct err *err)
{
    bool released = request->released != NEVER, done = request->done != NEVER;
    bool decided = request->cls == CLASS_ACCEPTED || request->cls == CLASS_REJECTED;
    if (released != (request->cls != CLASS_SKIPPED))
        return table_error(in, err,
                           released ? "a skipped request has no released_ns"
                                    : "released_ns is empty, but the outcome is not "
                                      "'skipped'");
    if (decided && !done)
        return table_error(in, err, "an accepted or rejected request needs done_ns");
    if (released && done && request->done < request->released)
        return table_error(in, err, "done_ns is before released_ns");
    return 0;
}

/* Room for the requests, and for what the scenario has beside them. */
static int make_room(struct history *history, size_t room, const struct table_base *base,
                     struct err *err)
{
    int rc = history_init(history, room, err);
    if (!rc && base->items)
        rc = history_order(history, err);
    if (!rc && base->orders_count)
        return history_act(history, err);
    if (!rc && base->items && base->items->lines > 1)
        return history_line(history, base->items->lines, err);
    return rc;
}

static int load_raw(const char *path, bool foreign, const struct table_base *base,
                    struct history *history, struct err *err)
{
    _cleanup_(table_close) struct table_in in = {0};
    int rc = table_open(&in, path, columns, COLUMNS, base, err);
    if (!rc)
        rc = make_room(history, table_room(&in), base, err);
    in.base.history = foreign ? NULL : history;
    in.base.ordered = history;
    for (bool more = true; !rc;) {
        struct request *request = &history->v[history->count];
        rc = table_next(&in, request, &more, err);
        if (rc || !more)
            break;
        if (foreign)
            rc = check_outcome(&in, request, err);
        if (foreign && request->cause == CAUSE_NONE && request->cls != CLASS_ACCEPTED &&
            request->cls != CLASS_REJECTED)
            request->cause = CAUSE_OTHER;
        history->count++;
    }
    return rc;
}

static int load_own(const char *path, const struct table_base *base, struct history *ret_history,
                    struct err *err)
{
    _cleanup_(history_free) struct history history = {0};
    int rc = load_raw(path, false, base, &history, err);
    if (rc)
        return rc;
    history.origin = base->origin;
    *ret_history = history;
    history = (struct history){0};
    return 0;
}

int history_csv_load(const char *path, ns_t origin, struct roster *roster,
                     const struct items *items, struct history *ret_history, struct err *err)
{
    const struct table_base base = {.origin = origin, .roster = roster, .items = items};
    return load_own(path, &base, ret_history, err);
}

int actions_csv_load(const char *path, struct run *run, struct err *err)
{
    const struct table_base base = {.origin = run->history.origin,
                                    .roster = run->roster,
                                    .items = run->items,
                                    .scenario = run->scenario,
                                    .orders_count = run->history.count};
    bool any = run->scenario->actions_count && !access(path, F_OK);
    return any ? load_own(path, &base, &run->actions, err) : 0;
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
    /* What the one before was is kept by value: GCC 14 reads through a pointer to it before it has
     * asked whether there is one. */
    int64_t user = 0;
    unsigned attempt = 0;
    for (size_t i = 0; i < history->count; i++) {
        attempt = attempt && user == order[i]->user ? attempt + 1 : 1;
        user = order[i]->user;
        order[i]->attempt = attempt > UINT8_MAX ? UINT8_MAX : (uint8_t)attempt;
    }
    return 0;
}

/* Actions beside it are told by the same clock. */
static int load_foreign_actions(const char *path, struct run *run, ns_t shift, struct err *err)
{
    const struct table_base base = {.never = NEVER,
                                    .roster = run->roster,
                                    .items = run->items,
                                    .scenario = run->scenario,
                                    .orders_count = run->history.count};
    bool any = run->scenario && run->scenario->actions_count && run->items && run->history.count;
    if (!any || access(path, F_OK))
        return 0;
    int rc = load_raw(path, true, &base, &run->actions, err);
    shift_instants(&run->actions, shift);
    run->actions.origin = run->history.origin;
    return rc;
}

int history_csv_load_foreign(const char *path, const char *actions, struct run *run,
                             struct err *err)
{
    struct history *history = &run->history;
    int rc = load_raw(
        path, true,
        &(const struct table_base){.never = NEVER, .roster = run->roster, .items = run->items},
        history, err);
    if (rc)
        return rc;
    ns_t shift = NS_PER_S - earliest(history);
    shift_instants(history, shift);
    history->origin = first_release(history);
    rc = count_attempts(history, err);
    return rc ? rc : load_foreign_actions(actions, run, shift, err);
}

/* A character that no number has. */
static int get_is_number(const struct table_in *in, const struct csv_cell *cell, void *row,
                         struct err *err)
{
    (void)in, (void)err;
    bool *number = row;
    for (size_t i = 0; i < cell->length; i++)
        *number &= cell->text[i] && strchr("-0123456789", cell->text[i]);
    return 0;
}

int history_csv_ids(const char *path, bool *ret_numbers, struct err *err)
{
    static const struct column user = {
        .name = "user", .type = COLUMN_OTHER, .required = true, .get = get_is_number};
    _cleanup_(table_close) struct table_in in = {0};
    bool numbers = true, more = false;
    int rc = table_open(&in, path, &user, 1, &(const struct table_base){0}, err);
    if (!rc)
        rc = table_next(&in, &numbers, &more, err);
    if (!rc)
        *ret_numbers = numbers;
    return rc;
}
