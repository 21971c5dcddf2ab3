#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/files.h"
#include "archive/table.h"
#include "base/cleanup.h"

/* ---- cells of their own ---- */

static void put_store(struct csv_out *out, const void *row, const struct table_base *base)
{
    const struct trace_statement *statement = row;
    csv_out_text(out, base->trace->stores[statement->store]);
}

static void put_shape(struct csv_out *out, const void *row, const struct table_base *base)
{
    const struct trace_statement *statement = row;
    csv_out_text(out, base->trace->shapes[statement->shape].text);
}

static void put_kind(struct csv_out *out, const void *row, const struct table_base *base)
{
    const struct trace_statement *statement = row;
    csv_out_text(out, trace_what_name(base->trace->shapes[statement->shape].what));
}

static int get_store(const struct table_in *in, const struct csv_cell *cell, void *row,
                     struct err *err)
{
    char name[sizeof *in->base.trace->stores];
    if (cell->length >= sizeof name)
        return table_error(in, err, "store: more than %zu bytes", sizeof name - 1);
    snprintf(name, sizeof name, "%.*s", (int)cell->length, cell->text);
    ((struct trace_statement *)row)->store = trace_store(in->base.trace, name);
    return 0;
}

/* The shape is set when both its cells are known: kind comes first. */
static int get_kind(const struct table_in *in, const struct csv_cell *cell, void *row,
                    struct err *err)
{
    char name[16];
    snprintf(name, sizeof name, "%.*s", (int)(cell->length < 15 ? cell->length : 15), cell->text);
    int what = trace_what_find(name);
    if (what < 0)
        return table_error(in, err, "kind: '%s' is not known", name);
    ((struct trace_statement *)row)->what = (uint8_t)what;
    return 0;
}

static int get_shape(const struct table_in *in, const struct csv_cell *cell, void *row,
                     struct err *err)
{
    struct trace_statement *statement = row;
    struct trace *trace = in->base.trace;
    char text[TRACE_TEXT_MAX];
    if (cell->length >= sizeof text)
        return table_error(in, err, "shape: more than %zu bytes", sizeof text - 1);
    snprintf(text, sizeof text, "%.*s", (int)cell->length, cell->text);
    for (unsigned i = 0; i < trace->shapes_count; i++)
        if (trace->shapes[i].what == statement->what && !strcmp(trace->shapes[i].text, text)) {
            statement->shape = (uint16_t)i;
            return 0;
        }
    if (trace->shapes_count > UINT16_MAX)
        return table_error(in, err, "more than %d shapes", UINT16_MAX + 1);
    statement->shape = (uint16_t)trace->shapes_count;
    return trace_shape_set(trace, trace->shapes_count, text, statement->what, err);
}

static const struct {
    const char *name;
    uint8_t flag;
} flags[] = {{"transaction", TRACE_INSIDE},
             {"failed", TRACE_FAILED},
             {"held", TRACE_HELD},
             {"void", TRACE_VOID}};
enum { FLAGS = sizeof flags / sizeof *flags };
#define QUEUED "queued"

static void put_flags(struct csv_out *out, const void *row, const struct table_base *base)
{
    const struct trace_statement *statement = row;
    struct buf *text = base->text;
    buf_clear(text);
    for (size_t i = 0; i < FLAGS; i++)
        if (statement->flags & flags[i].flag)
            buf_addf(text, "%s%s", text->used ? "+" : "", flags[i].name);
    if (statement->what != base->trace->shapes[statement->shape].what)
        buf_addf(text, "%s" QUEUED, text->used ? "+" : "");
    csv_out_text(out, buf_text(text));
}

static bool is_word(const char *at, size_t span, const char *word)
{
    return strlen(word) == span && !memcmp(at, word, span);
}

static int get_flags(const struct table_in *in, const struct csv_cell *cell, void *row,
                     struct err *err)
{
    struct trace_statement *statement = row;
    const char *at = cell->text, *end = at + cell->length;
    for (; at < end;) {
        const char *plus = memchr(at, '+', (size_t)(end - at));
        size_t span = (size_t)((plus ? plus : end) - at), i = 0;
        while (i < FLAGS && !is_word(at, span, flags[i].name))
            i++;
        if (i < FLAGS)
            statement->flags |= flags[i].flag;
        else if (is_word(at, span, QUEUED))
            statement->what = TRACE_TXN;
        else
            return table_error(in, err, "flags: '%.*s' is not known", (int)(span < 60 ? span : 60),
                               at);
        at += span + 1;
    }
    return 0;
}

/* ---- values: "5 null user:812 #1f03 ?", and "+3" for those that were not kept ---- */

#define USER "user:"

/* Blanks stand between values, so that in an id they are spelled as in an address. */
static void put_user(const struct table_base *base, int64_t user)
{
    char id[ROSTER_TEXT];
    roster_text(base->roster, user, id);
    buf_adds(base->text, USER);
    for (const char *c = id; *c; c++)
        buf_addf(base->text, *c == ' ' || *c == '%' ? "%%%02x" : "%c", (unsigned char)*c);
}

static void put_values(struct csv_out *out, const struct trace_values *values,
                       const struct table_base *base)
{
    struct buf *text = base->text;
    buf_clear(text);
    for (unsigned i = 0; i < values->count && i < TRACE_VALUES_MAX; i++) {
        buf_adds(text, i ? " " : "");
        if (values->kinds[i] == TRACE_INTEGER)
            buf_addf(text, "%" PRId64, values->v[i]);
        else if (values->kinds[i] == TRACE_USER)
            put_user(base, values->v[i]);
        else if (values->kinds[i] == TRACE_OTHER)
            buf_addf(text, "#%" PRIx64, (uint64_t)values->v[i]);
        else
            buf_adds(text, values->kinds[i] == TRACE_NULL ? "null" : "?");
    }
    if (values->count > TRACE_VALUES_MAX)
        buf_addf(text, " +%d", values->count - TRACE_VALUES_MAX);
    csv_out_text(out, buf_text(text));
}

static void put_asks(struct csv_out *out, const void *row, const struct table_base *base)
{
    put_values(out, &((const struct trace_statement *)row)->asks, base);
}

static void put_answer(struct csv_out *out, const void *row, const struct table_base *base)
{
    put_values(out, &((const struct trace_statement *)row)->answer, base);
}

static bool get_user(const struct table_in *in, const char *word, size_t span, int64_t *ret_user)
{
    char id[ROSTER_TEXT];
    size_t used = 0;
    for (size_t i = 0; i < span && used < sizeof id - 1; i++) {
        unsigned byte;
        bool spelled = word[i] == '%' && span - i > 2 && sscanf(word + i + 1, "%2x", &byte) == 1;
        id[used++] = spelled ? (char)byte : word[i];
        i += spelled ? 2 : 0;
    }
    return roster_read(in->base.roster, id, used, ret_user);
}

static bool get_value(const struct table_in *in, const char *word, size_t span,
                      struct trace_values *values)
{
    char digits[32];
    char *end = digits;
    uint8_t i = values->count++;
    snprintf(digits, sizeof digits, "%.*s", (int)(span < 31 ? span : 31), word);
    if (span >= strlen(USER) && is_word(word, strlen(USER), USER) && i < TRACE_VALUES_MAX) {
        values->kinds[i] = TRACE_USER;
        return get_user(in, word + strlen(USER), span - strlen(USER), &values->v[i]);
    }
    if (*word == '+' && i == TRACE_VALUES_MAX) {
        unsigned long more = strtoul(digits + 1, &end, 10);
        values->count = (uint8_t)(TRACE_VALUES_MAX + more);
        return !*end && more > 0 && more <= UINT8_MAX - TRACE_VALUES_MAX;
    }
    if (i >= TRACE_VALUES_MAX)
        return false;
    values->kinds[i] = *word == '#'                  ? TRACE_OTHER
                       : *word == '?'                ? TRACE_NONE
                       : is_word(word, span, "null") ? TRACE_NULL
                                                     : TRACE_INTEGER;
    if (values->kinds[i] == TRACE_OTHER)
        values->v[i] = (int64_t)strtoull(digits + 1, &end, 16);
    else if (values->kinds[i] == TRACE_INTEGER)
        values->v[i] = strtoll(digits, &end, 10);
    else
        end = digits + strlen(digits);
    return !*end;
}

static int get_values(const struct table_in *in, const char *column, const struct csv_cell *cell,
                      struct trace_values *values, struct err *err)
{
    const char *at = cell->text, *end = at + cell->length;
    *values = (struct trace_values){0};
    while (at < end) {
        const char *blank = memchr(at, ' ', (size_t)(end - at));
        size_t span = (size_t)((blank ? blank : end) - at);
        if (!span || !get_value(in, at, span, values))
            return table_error(in, err,
                               "%s: '%.*s' is no value; a number, null, ?, user:ID or #hash is",
                               column, (int)(span < 60 ? span : 60), at);
        at += span + 1;
    }
    return 0;
}

static int get_asks(const struct table_in *in, const struct csv_cell *cell, void *row,
                    struct err *err)
{
    return get_values(in, "asks", cell, &((struct trace_statement *)row)->asks, err);
}

static int get_answer(const struct table_in *in, const struct csv_cell *cell, void *row,
                      struct err *err)
{
    return get_values(in, "answer", cell, &((struct trace_statement *)row)->answer, err);
}

static void put_tag(struct csv_out *out, const void *row, const struct table_base *base)
{
    (void)base;
    csv_out_text(out, ((const struct trace_statement *)row)->tag);
}

static int get_tag(const struct table_in *in, const struct csv_cell *cell, void *row,
                   struct err *err)
{
    if (cell->length > TRACE_TAG_MAX)
        return table_error(in, err, "tag: more than %d bytes", TRACE_TAG_MAX);
    struct trace_statement *statement = row;
    snprintf(statement->tag, sizeof statement->tag, "%.*s", (int)cell->length, cell->text);
    return 0;
}

/* ---- the table ---- */

static const struct column columns[] = {
    COLUMN("asked_ns", COLUMN_INSTANT, trace_statement, asked, .filled = true),
    COLUMN("answered_ns", COLUMN_INSTANT, trace_statement, answered),
    COLUMN("let_go_ns", COLUMN_INSTANT, trace_statement, let_go),
    COLUMN("connection", COLUMN_NUMBER, trace_statement, connection, .filled = true,
           .high = UINT32_MAX),
    COLUMN("number", COLUMN_NUMBER, trace_statement, number, .filled = true, .high = UINT32_MAX),
    {.name = "store", .type = COLUMN_OTHER, .put = put_store, .get = get_store},
    {.name = "kind", .type = COLUMN_OTHER, .put = put_kind, .get = get_kind, .required = true},
    {.name = "shape", .type = COLUMN_OTHER, .put = put_shape, .get = get_shape, .required = true},
    {.name = "flags", .type = COLUMN_OTHER, .put = put_flags, .get = get_flags},
    {.name = "asks", .type = COLUMN_OTHER, .put = put_asks, .get = get_asks},
    {.name = "answer", .type = COLUMN_OTHER, .put = put_answer, .get = get_answer},
    {.name = "tag", .type = COLUMN_OTHER, .put = put_tag, .get = get_tag},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

int statements_csv_save(const struct run *run, const char *dir, struct err *err)
{
    if (!run->trace.count)
        return 0;
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, 1 << 16);
    const struct table_base base = {
        .origin = run->history.origin,
        .roster = run->roster,
        .trace = (struct trace *)(uintptr_t)&run->trace, /* written, not changed */
        .text = &text};
    return table_save(columns, COLUMNS, run->trace.v, sizeof *run->trace.v, run->trace.count, &base,
                      dir, "statements.csv", err);
}

int statements_csv_load(const char *path, struct run *run, struct err *err)
{
    if (access(path, F_OK))
        return 0;
    _cleanup_(table_close) struct table_in in = {0};
    const struct table_base base = {
        .origin = run->history.origin, .roster = run->roster, .trace = &run->trace};
    int rc = table_open(&in, path, columns, COLUMNS, &base, err);
    for (bool more = true; more && !rc;) {
        struct trace_statement statement = {.request = TRACE_NOBODY};
        rc = table_next(&in, &statement, &more, err);
        if (!rc && more)
            rc = trace_add(&run->trace, &statement, err);
    }
    return rc;
}
