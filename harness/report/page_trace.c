/* The statements of the lanes as columns, thinned so that a page stays small, and the race as a
 * table that needs no script. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "report/html_inside.h"
#include "report/text.h"

enum {
    LANES_MAX = 100000, /* statements in the lanes: about 25 bytes each */
    PARTS_MAX = 250,    /* rows of the race's table */
};

/* ---- which statements are drawn ---- */

size_t page_trace_stride(const struct run *run)
{
    return (run->trace.count + LANES_MAX - 1) / LANES_MAX;
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

/* ---- cells ---- */

static void put_text(FILE *out, const char *text)
{
    fputc('"', out);
    text_print(out, TEXT_SCRIPT, text);
    fputc('"', out);
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

static void add_values(const struct run *run, const struct trace_values *values, struct buf *text)
{
    for (unsigned i = 0; i < values->count && i < TRACE_VALUES_MAX; i++) {
        buf_adds(text, i ? ", " : "");
        add_value(run, values, i, text);
    }
    if (values->count > TRACE_VALUES_MAX)
        buf_adds(text, ", …");
}

/* 0 where there is none: most statements that write have no answer worth a name. */
static void put_values(const struct run *run, const struct trace_values *values, FILE *out)
{
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, 2048);
    add_values(run, values, &text);
    if (text.used)
        put_text(out, buf_text(&text));
    else
        fputc('0', out);
}

static void put_user(const struct run *run, uint32_t request, FILE *out)
{
    if (request == TRACE_NOBODY || request >= run->history.count) {
        fputs("null", out);
        return;
    }
    int64_t user = run->history.v[request].user;
    if (roster_is_numbers(run->roster) && user >= 0 && user < INT64_C(1) << 53) {
        fprintf(out, "%" PRId64, user);
        return;
    }
    fputc('"', out);
    text_print_user(out, TEXT_SCRIPT, run->roster, user);
    fputc('"', out);
}

static int64_t microseconds(ns_t from, ns_t to)
{
    return from && to > from ? (to - from) / NS_PER_US : 0;
}

enum column { ASKED, TOOK, HELD, LINK, SHAPE, USER, ASKS, ANSWER, COLUMNS };

static void put_cell(const struct run *run, const struct trace_statement *one, enum column column,
                     ns_t before, FILE *out)
{
    switch (column) {
    case ASKED:
        fprintf(out, "%" PRId64, (one->asked - run->history.origin) / NS_PER_US - before);
        return;
    case TOOK:
        if (one->answered)
            fprintf(out, "%" PRId64, microseconds(one->asked, one->answered));
        else
            fputs("null", out);
        return;
    case HELD:
        fprintf(out, "%" PRId64, microseconds(one->answered, one->let_go));
        return;
    case LINK:
        fprintf(out, "%" PRIu32, one->connection);
        return;
    case SHAPE:
        fprintf(out, "%u", one->shape);
        return;
    case USER:
        put_user(run, one->how ? one->request : TRACE_NOBODY, out);
        return;
    case ASKS:
        put_values(run, &one->asks, out);
        return;
    case ANSWER:
        put_values(run, &one->answer, out);
        return;
    case COLUMNS:
        return;
    }
}

static void put_columns(const struct run *run, const struct drawn *drawn, FILE *out)
{
    static const char *const names[COLUMNS] = {"asked", "took", "held", "link",
                                               "shape", "user", "asks", "answer"};
    for (int column = 0; column < COLUMNS; column++) {
        fprintf(out, "\"%s\":[", names[column]);
        int64_t before = 0;
        for (size_t i = 0; i < drawn->count; i++) {
            const struct trace_statement *one = &run->trace.v[drawn->v[i]];
            fputs(i ? "," : "", out);
            put_cell(run, one, (enum column)column, before, out);
            before = (one->asked - run->history.origin) / NS_PER_US;
        }
        fputs("],", out);
    }
}

/* How it is known whose each is, whether it failed, and its store: a letter each. */
static void put_letters(const struct run *run, const struct drawn *drawn, FILE *out)
{
    static const char hows[] = {'-', 'g', 't', 's'};
    fputs("\"how\":\"", out);
    for (size_t i = 0; i < drawn->count; i++)
        fputc(hows[run->trace.v[drawn->v[i]].how], out);
    fputs("\",\"failed\":\"", out);
    for (size_t i = 0; i < drawn->count; i++)
        fputc(run->trace.v[drawn->v[i]].flags & TRACE_FAILED ? 'f' : '-', out);
    fputs("\",\"store\":\"", out);
    for (size_t i = 0; i < drawn->count; i++)
        fputc('a' + run->trace.v[drawn->v[i]].store, out);
    fputs("\",", out);
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
    fputs("\"trace\":{", out);
    put_names(&run->trace, out);
    put_columns(run, &drawn, out);
    put_letters(run, &drawn, out);
    put_race(&run->race, &drawn, out);
    fputs("},", out);
    return 0;
}

/* ---- the race without scripts ---- */

static void put_instant(const struct run *run, ns_t instant, FILE *out)
{
    html_span(out, instant > run->history.origin ? instant - run->history.origin : 0);
}

static void put_part(const struct run *run, const struct race_part *part, FILE *out)
{
    const struct trace_statement *read = &run->trace.v[part->read];
    _cleanup_(buf_free) struct buf value;
    buf_init(&value, 2048);
    add_values(run, &read->answer, &value);
    fputs("<tr data-user=\"", out);
    text_print_user(out, TEXT_HTML, run->roster, run->history.v[part->request].user);
    fputs("\"><td class=\"n\">", out);
    text_print_user(out, TEXT_HTML, run->roster, run->history.v[part->request].user);
    fprintf(out, "</td><td class=\"n\">%" PRIu32 "</td>", read->connection);
    html_element(out, "td", "n", value.used ? buf_text(&value) : "no row");
    put_instant(run, read->answered, out);
    put_instant(run, read->let_go ? read->let_go : read->answered, out);
    if (part->write == RACE_NO_STATEMENT)
        fputs("<td></td>", out);
    else
        put_instant(run, run->trace.v[part->write].asked, out);
    fprintf(out, "<td>%s%s</td></tr>\n", read->flags & TRACE_HELD ? "held, " : "",
            part->guessed ? "a guess, by time" : "as the statements show");
}

void html_race(const struct run *run, FILE *out)
{
    const struct race *race = &run->race;
    if (!race->found)
        return;
    fputs("<section id=\"race\"><h2>The race</h2>", out);
    html_prose(out, "p", NULL, race->said[0]);
    html_prose(out, "p", NULL, race->said[1]);
    fputs("<div class=\"scroll\"><table><thead><tr><th class=\"n\">user</th><th "
          "class=\"n\">connection</th><th class=\"n\">read</th><th class=\"n\">answered</th><th "
          "class=\"n\">let go</th><th class=\"n\">wrote</th><th>whose</th></tr></thead><tbody>\n",
          out);
    for (size_t i = 0; i < race->count && i < PARTS_MAX; i++)
        put_part(run, &race->v[i], out);
    fputs("</tbody></table></div>\n", out);
    if (race->count > PARTS_MAX)
        fprintf(out, "<p class=\"hint\">and %zu more, all in statements.csv</p>\n",
                race->count - PARTS_MAX);
    fputs("</section>\n", out);
}
