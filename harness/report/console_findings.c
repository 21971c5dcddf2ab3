/* The checks as a table, and what did not pass with the users that it names. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "model/check.h"
#include "report/console_inside.h"
#include "report/text.h"

/* Of what is not known yet a few are enough: who is named stands not accused. */
enum { USERS_MAX = 5, USERS_UNKNOWN = 3, INDENT = 4 };

static const enum term_style styles[] = {
    [VERDICT_PASS] = TERM_GREEN, [VERDICT_UNKNOWN] = TERM_YELLOW, [VERDICT_FAIL] = TERM_RED};

void console_add_mark(const struct term *term, enum verdict verdict, const char *word,
                      struct buf *lines)
{
    static const char *const unicode[] = {"✔", "?", "✘"}, *const ascii[] = {"+", "?", "x"};
    char text[64];
    snprintf(text, sizeof text, "%s%s%s", term->unicode ? unicode[verdict] : ascii[verdict],
             *word ? " " : "", word);
    term_add(term, lines, styles[verdict], text);
}

/* A pass that nothing could have kept from being one is not marked as one. */
static void add_mark_of(const struct term *term, const struct finding *finding, struct buf *lines)
{
    if (finding_untested(finding))
        term_add(term, lines, TERM_DIM, term->unicode ? "–" : "-");
    else
        console_add_mark(term, finding->verdict, "", lines);
}

static void add_padded(struct buf *line, const char *text, int columns)
{
    _cleanup_(buf_free) struct buf clean;
    buf_init(&clean, 4096);
    text_add(&clean, TEXT_TERMINAL, text);
    int width = text_columns(buf_text(&clean));
    buf_adds(line, buf_text(&clean));
    buf_addf(line, "%*s", width < columns ? columns - width : 0, "");
}

/* Cut to the columns between two words where there are two, with a mark that something is missing;
 * masked before that, since the first half of a secret is found by nobody. */
static void add_cell(const struct term *term, struct buf *line, const char *text, int columns)
{
    _cleanup_(buf_free) struct buf clean, cut;
    buf_init(&clean, 4096);
    buf_init(&cut, 4096);
    text_add(&clean, TEXT_TERMINAL, text);
    const char *at = buf_text(&clean), *blank = NULL, *from = at;
    if (text_columns(at) <= columns) {
        add_padded(line, at, columns);
        return;
    }
    for (int i = 0; *at && i < columns - 1; i++) {
        utf8_next(&at);
        blank = at[-1] == ' ' ? at : blank;
    }
    buf_addf(&cut, "%.*s%s", (int)((blank ? blank : at) - from), from, term->unicode ? "…" : "~");
    add_padded(line, buf_text(&cut), columns);
}

/* ---- the table ---- */

struct widths {
    int name, expected, actual;
};

static int widest(const struct run *run, size_t offset, int most)
{
    int width = 6;
    for (size_t i = 0; i < run->findings.count; i++) {
        const char *text = (const char *)&run->findings.v[i] + offset;
        int columns = text_columns(text);
        width = columns > width ? columns : width;
    }
    return width < most ? width : most;
}

/* What one column does not need is the other's. */
static struct widths measure(const struct run *run, int columns)
{
    struct widths widths = {.name = 6};
    for (size_t i = 0; i < run->findings.count; i++) {
        char name[FINDING_NAME];
        int width = text_columns(finding_name(&run->findings.v[i], name, sizeof name));
        widths.name = width > widths.name ? width : widths.name;
    }
    int room = columns - widths.name - 9;
    room = room < 16 ? 16 : room;
    widths.actual = widest(run, offsetof(struct finding, actual), room / 2);
    widths.expected = widest(run, offsetof(struct finding, expected), room - widths.actual);
    widths.actual = widest(run, offsetof(struct finding, actual), room - widths.expected);
    return widths;
}

static void add_row(const struct term *term, const struct finding *finding,
                    const struct widths *widths, struct buf *lines)
{
    buf_adds(lines, "  ");
    add_mark_of(term, finding, lines);
    buf_adds(lines, " ");
    char name[FINDING_NAME];
    add_cell(term, lines, finding_name(finding, name, sizeof name), widths->name);
    buf_adds(lines, "  ");
    add_cell(term, lines, finding->expected, widths->expected);
    buf_adds(lines, "  ");
    add_cell(term, lines, finding->actual, widths->actual);
    while (lines->used && lines->data[lines->used - 1] == ' ')
        lines->data[--lines->used] = '\0';
    buf_adds(lines, "\n");
}

void console_add_table(const struct term *term, const struct run *run, int columns,
                       struct buf *lines)
{
    if (!run->findings.count)
        return;
    struct widths widths = measure(run, columns);
    term_begin(term, lines, TERM_DIM);
    buf_addf(lines, "    %-*s  %-*s  %s\n", widths.name, "check", widths.expected, "expected",
             "actual");
    term_end(term, lines, TERM_DIM);
    for (size_t i = 0; i < run->findings.count; i++)
        add_row(term, &run->findings.v[i], &widths, lines);
    buf_adds(lines, "\n");
}

/* ---- what did not pass, with the users ---- */

static void add_users(const struct run *run, const struct finding *finding, int columns,
                      struct buf *lines)
{
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, 4096);
    size_t most = finding->verdict == VERDICT_FAIL ? USERS_MAX : USERS_UNKNOWN;
    size_t count = finding->witnesses_count, shown = count < most ? count : most;
    for (size_t i = 0; i < shown; i++) {
        buf_clear(&text);
        witness_describe(&finding->witnesses[i], run->roster, run->history.origin, &text);
        term_wrap(lines, buf_text(&text), INDENT + 2, columns);
    }
    if (shown < count)
        buf_addf(lines, "%*s… %zu of %zu; all are in result.json\n", INDENT + 2, "", shown, count);
}

/* Do two findings say the same for the same reason? One missing store leaves many checks unknown.
 */
static bool alike(const struct finding *a, const struct finding *b)
{
    return a->verdict == b->verdict && !a->witnesses_count && !b->witnesses_count &&
           !strcmp(a->message, b->message) && !strcmp(a->hint, b->hint);
}

static bool told_before(const struct findings *findings, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (alike(&findings->v[i], &findings->v[index]))
            return true;
    return false;
}

/* "cap_exact (exact allocation), lost (lost writes)" */
static void add_names(const struct term *term, const struct findings *findings, size_t index,
                      int columns, struct buf *lines)
{
    char name[FINDING_NAME];
    _cleanup_(buf_free) struct buf names, wrapped;
    buf_init(&names, 1 << 16);
    buf_init(&wrapped, 1 << 16);
    for (size_t i = index; i < findings->count; i++)
        if (i == index || alike(&findings->v[i], &findings->v[index]))
            buf_addf(&names, "%s%s (%s)", names.used ? ", " : "",
                     finding_name(&findings->v[i], name, sizeof name),
                     checks_title(findings->v[i].check));
    term_wrap(&wrapped, buf_text(&names), 2, columns);
    term_begin(term, lines, styles[findings->v[index].verdict]);
    buf_adds(lines, buf_text(&wrapped));
    term_end(term, lines, styles[findings->v[index].verdict]);
}

/* What the check holds. */
static void add_help(const struct term *term, const struct finding *finding, int columns,
                     struct buf *lines)
{
    _cleanup_(buf_free) struct buf text, wrapped;
    buf_init(&text, 4096);
    buf_init(&wrapped, 8192);
    buf_addf(&text, "must hold: %s", checks_help(finding->check));
    term_wrap(&wrapped, buf_text(&text), INDENT, columns);
    term_begin(term, lines, TERM_DIM);
    buf_adds(lines, *checks_help(finding->check) ? buf_text(&wrapped) : "");
    term_end(term, lines, TERM_DIM);
}

void console_add_findings(const struct term *term, const struct run *run, int columns,
                          struct buf *lines)
{
    for (size_t i = 0; i < run->findings.count; i++) {
        const struct finding *finding = &run->findings.v[i];
        if (finding->verdict == VERDICT_PASS || told_before(&run->findings, i))
            continue;
        add_names(term, &run->findings, i, columns, lines);
        if (finding->verdict == VERDICT_FAIL)
            add_help(term, finding, columns, lines);
        if (finding->message[0])
            term_wrap(lines, finding->message, INDENT, columns);
        add_users(run, finding, columns, lines);
        if (finding->hint[0])
            term_wrap(lines, finding->hint, INDENT, columns);
        buf_adds(lines, "\n");
    }
}
