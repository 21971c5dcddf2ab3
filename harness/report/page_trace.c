/* The statements of the lanes as columns of numbers, thinned and packed so that a page stays small.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "model/interned.h"
#include "report/html_inside.h"
#include "report/text.h"

enum {
    LANES_MAX = 100000,      /* statements in the lanes: about 15 bytes each */
    LANES_MAX_TEXTS = 20000, /* where users are texts, which stand there whole */
};

/* ---- which statements are drawn ---- */

size_t page_trace_stride(const struct run *run)
{
    size_t most = roster_is_numbers(run->roster) ? LANES_MAX : LANES_MAX_TEXTS;
    return (run->trace.count + most - 1) / most;
}

struct drawn {
    uint32_t *v; /* owned; statements, in the order of the trace */
    size_t count;
};

static void drawn_free(struct drawn *drawn)
{
    free(drawn->v);
}

/* Every n-th, and all of the race. */
static int draw(const struct run *run, struct drawn *drawn)
{
    size_t stride = page_trace_stride(run);
    _cleanup_free_ bool *needed = calloc(run->trace.count + 1, sizeof *needed);
    drawn->v = calloc(run->trace.count + 1, sizeof *drawn->v);
    if (!needed || !drawn->v)
        return -(int)ERR_MEMORY;
    for (size_t i = 0; i < run->race.count; i++) {
        const struct race_part *part = &run->race.v[i];
        needed[part->read] = true;
        if (part->write != RACE_NO_STATEMENT)
            needed[part->write] = true;
    }
    for (size_t k = 0; k < run->trace.count; k++)
        if (k % stride == 0 || needed[k])
            drawn->v[drawn->count++] = (uint32_t)k;
    return 0;
}

/* ---- columns of numbers as text: five bits a letter, the least first, a sixth when more follow
 * ----
 */

static void put_packed(FILE *out, uint64_t number)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    do {
        fputc(letters[(number & 31) | (number > 31 ? 32 : 0)], out);
        number >>= 5;
    } while (number);
}

/* A text once, however often it is named. */
struct pen {
    const struct run *run;
    FILE *out;
    struct interned texts;
};

/* 0: nothing; odd: a number, twice and one; even: a text of the list, twice its place and two. */
static void put_code(struct pen *pen, const char *text, size_t length)
{
    size_t number;
    if (!length)
        put_packed(pen->out, 0);
    else if (interned_add(&pen->texts, text, length, &number))
        put_packed(pen->out, 2 * (uint64_t)number + 2);
    else
        put_packed(pen->out, 0);
}

static bool is_plain(int64_t number)
{
    return number >= 0 && number < INT64_C(1) << 50;
}

/* A value as it is shown: a number, a user, nil, or the same sign for the same hash. */
static void add_value(const struct run *run, const struct trace_values *values, unsigned i,
                      struct buf *text)
{
    struct roster_name name;
    if (values->kinds[i] == TRACE_INTEGER)
        buf_addf(text, "%" PRId64, values->v[i]);
    else if (values->kinds[i] == TRACE_USER)
        buf_adds(text, roster_name(run->roster, values->v[i], &name));
    else if (values->kinds[i] == TRACE_OTHER)
        buf_addf(text, "#%04x", (unsigned)values->v[i] & 0xffff);
    else
        buf_adds(text, values->kinds[i] == TRACE_NULL ? "nil" : "?");
}

void page_values(const struct run *run, const struct trace_values *values, struct buf *text)
{
    for (unsigned i = 0; i < values->count && i < TRACE_VALUES_MAX; i++) {
        buf_adds(text, i ? ", " : "");
        add_value(run, values, i, text);
    }
    if (values->count > TRACE_VALUES_MAX)
        buf_adds(text, ", …");
}

static void put_values(struct pen *pen, const struct trace_values *values)
{
    if (values->count == 1 && values->kinds[0] == TRACE_INTEGER && is_plain(values->v[0])) {
        put_packed(pen->out, 2 * (uint64_t)values->v[0] + 1);
        return;
    }
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, 2048);
    page_values(pen->run, values, &text);
    put_code(pen, buf_text(&text), text.used);
}

static void put_user(struct pen *pen, const struct trace_statement *one)
{
    const struct run *run = pen->run;
    if (!one->how || one->request >= run->history.count) {
        put_packed(pen->out, 0);
        return;
    }
    int64_t user = run->history.v[one->request].user;
    char text[ROSTER_TEXT];
    if (roster_is_numbers(run->roster) && is_plain(user))
        put_packed(pen->out, 2 * (uint64_t)user + 1);
    else
        put_code(pen, text, roster_text(run->roster, user, text));
}

static uint64_t microseconds(ns_t from, ns_t to)
{
    return from && to > from ? (uint64_t)((to - from) / NS_PER_US) : 0;
}

/* TOOK: 0 for never. MARKS: how it is known whose it is, 4 for failed, and 8 times its store. */
enum column { ASKED, TOOK, HELD, LINK, SHAPE, USER, ASKS, ANSWER, MARKS, COLUMNS };

static void put_cell(struct pen *pen, const struct trace_statement *one, enum column column,
                     ns_t before)
{
    switch (column) {
    case ASKED:
        return put_packed(pen->out, microseconds(before, one->asked));
    case TOOK:
        return put_packed(pen->out,
                          one->answered ? microseconds(one->asked, one->answered) + 1 : 0);
    case HELD:
        return put_packed(pen->out, microseconds(one->answered, one->let_go));
    case LINK:
        return put_packed(pen->out, one->connection);
    case SHAPE:
        return put_packed(pen->out, one->shape);
    case USER:
        return put_user(pen, one);
    case ASKS:
        return put_values(pen, &one->asks);
    case ANSWER:
        return put_values(pen, &one->answer);
    case MARKS:
        return put_packed(pen->out, one->how | (one->flags & TRACE_FAILED ? 4u : 0) |
                                        8u * (unsigned)one->store);
    case COLUMNS:
        return;
    }
}

/* `before` is a whole number of microseconds from the first statement, so that the differences add
 * up. */
static void put_columns(struct pen *pen, const struct drawn *drawn)
{
    static const char *const names[COLUMNS] = {"asked", "took", "held",   "link", "shape",
                                               "user",  "asks", "answer", "marks"};
    const struct trace_statement *v = pen->run->trace.v;
    ns_t first = v[drawn->v[0]].asked;
    fprintf(pen->out, "\"count\":%zu,\"from\":%" PRId64 ",", drawn->count,
            (first - pen->run->history.origin) / NS_PER_US);
    for (int column = 0; column < COLUMNS; column++) {
        fprintf(pen->out, "\"%s\":\"", names[column]);
        ns_t before = first;
        for (size_t i = 0; i < drawn->count; i++) {
            const struct trace_statement *one = &v[drawn->v[i]];
            put_cell(pen, one, (enum column)column, before);
            before += (one->asked - before) / NS_PER_US * NS_PER_US;
        }
        fputs("\",", pen->out);
    }
}

/* ---- names ---- */

static void put_text(FILE *out, const char *text)
{
    fputc('"', out);
    text_print(out, TEXT_SCRIPT, text);
    fputc('"', out);
}

static void put_texts(struct pen *pen)
{
    fputs("\"texts\":[", pen->out);
    for (size_t i = 0; i < pen->texts.count; i++) {
        char text[4096];
        size_t length;
        const char *bytes = interned_text(&pen->texts, i, &length);
        snprintf(text, sizeof text, "%.*s", (int)length, bytes);
        fputs(i ? "," : "", pen->out);
        put_text(pen->out, text);
    }
    fputs("],", pen->out);
}

static void put_names(const struct trace *trace, FILE *out)
{
    fputs("\"stores\":[", out);
    for (unsigned i = 0; i < trace->stores_count; i++) {
        fputs(i ? "," : "", out);
        put_text(out, trace->stores[i]);
    }
    fputs("],\"shapes\":[", out);
    for (unsigned i = 0; i < trace->shapes_count; i++) {
        fprintf(out, "%s[\"%.1s\",", i ? "," : "", trace_what_name(trace->shapes[i].what));
        put_text(out, trace->shapes[i].text);
        fputs("]", out);
    }
    fputs("],", out);
}

static size_t place_of(const struct drawn *drawn, uint32_t statement)
{
    size_t low = 0, high = drawn->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (drawn->v[middle] < statement)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Places of the race's statements among those drawn. */
static void put_race(const struct race *race, const struct drawn *drawn, FILE *out)
{
    const char *comma = "";
    fputs("\"race\":[", out);
    for (size_t i = 0; i < race->count; i++) {
        fprintf(out, "%s%zu", comma, place_of(drawn, race->v[i].read));
        if (race->v[i].write != RACE_NO_STATEMENT)
            fprintf(out, ",%zu", place_of(drawn, race->v[i].write));
        comma = ",";
    }
    fputs("]", out);
}

int page_trace_write(const struct run *run, FILE *out)
{
    _cleanup_(drawn_free) struct drawn drawn = {0};
    if (!run->trace.count)
        return 0;
    int rc = draw(run, &drawn);
    if (rc)
        return rc;
    struct pen pen = {run, out, {0}};
    fputs("\"trace\":{", out);
    put_names(&run->trace, out);
    put_columns(&pen, &drawn);
    put_texts(&pen);
    put_race(&run->race, &drawn, out);
    fputs("},", out);
    interned_free(&pen.texts);
    return 0;
}
