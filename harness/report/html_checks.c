/* The checks: what was expected, what was, and whom it concerns, with their timings. */
#include <inttypes.h>
#include <string.h>

#include "model/check.h"
#include "report/html_inside.h"
#include "report/text.h"

/* On the page; result.json has all of them. A row takes about 200 bytes. */
enum { USERS_OF_A_CHECK = 250, USERS_IN_ALL = 1000 };

static const char *const marks[] = {
    [VERDICT_PASS] = "✓", [VERDICT_UNKNOWN] = "?", [VERDICT_FAIL] = "✗"};

static void put_mark(const struct finding *finding, FILE *out)
{
    bool untested = finding_untested(finding);
    const char *verdict = verdict_name(finding->verdict);
    fprintf(out, "<span class=\"mark %s\" title=\"%s\">%s</span>", untested ? "untested" : verdict,
            untested ? "not tested" : verdict, untested ? "–" : marks[finding->verdict]);
}

static void put_number(FILE *out, struct maybe number)
{
    if (number.known)
        fprintf(out, "<td class=\"n\">%" PRId64 "</td>", number.value);
    else
        fputs("<td></td>", out);
}

static void put_user(FILE *out, const struct roster *roster, struct maybe user)
{
    fputs("<td class=\"n\">", out);
    if (user.known)
        text_print_user(out, TEXT_HTML, roster, user.value);
    fputs("</td>", out);
}

static void put_user_attribute(FILE *out, const char *name, const struct roster *roster,
                               struct maybe user)
{
    fprintf(out, " data-%s=\"", name);
    text_print_user(out, TEXT_HTML, roster, user.value);
    fputc('"', out);
}

static void put_instant(FILE *out, ns_t instant, ns_t origin)
{
    if (instant)
        html_span(out, instant - origin);
    else
        fputs("<td></td>", out);
}

/* Which columns of the table have anything in them. */
struct columns {
    bool user, released, done, other, other_released, other_done, row, partition, offset, at;
};

static struct columns look(const struct finding *finding)
{
    struct columns has = {0};
    for (size_t i = 0; i < finding->witnesses_count; i++) {
        const struct witness *w = &finding->witnesses[i];
        has.user |= w->user.known;
        has.released |= w->released != 0;
        has.done |= w->done != 0;
        has.other |= w->other.known;
        has.other_released |= w->other_released != 0;
        has.other_done |= w->other_done != 0;
        has.row |= w->row.known;
        has.partition |= w->lane >= 0;
        has.offset |= w->offset.known;
        has.at |= w->at != 0;
    }
    return has;
}

static void put_heads(const struct columns *has, FILE *out)
{
    const struct {
        bool shown;
        const char *title;
    } heads[] = {
        {has->user, "user"},           {has->released, "released"},
        {has->done, "done"},           {true, NULL},
        {has->other, "other user"},    {has->other_released, "released"},
        {has->other_done, "done"},     {has->row, "row"},
        {has->partition, "partition"}, {has->offset, "offset"},
        {has->at, "seen at"},
    };
    fputs("<thead><tr>", out);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        if (heads[i].shown && heads[i].title)
            fprintf(out, "<th class=\"n\">%s</th>", heads[i].title);
        else if (heads[i].shown)
            fputs("<th>what</th>", out);
    fputs("</tr></thead>\n", out);
}

static void put_witness(const struct run *run, const struct columns *has, const struct witness *w,
                        FILE *out)
{
    ns_t origin = run->history.origin;
    fputs("<tr", out);
    if (w->user.known)
        put_user_attribute(out, "user", run->roster, w->user);
    if (w->user.known && w->other.known)
        put_user_attribute(out, "other", run->roster, w->other);
    fputc('>', out);
    if (has->user)
        put_user(out, run->roster, w->user);
    if (has->released)
        put_instant(out, w->released, origin);
    if (has->done)
        put_instant(out, w->done, origin);
    html_element(out, "td", "wide", w->what);
    if (has->other)
        put_user(out, run->roster, w->other);
    if (has->other_released)
        put_instant(out, w->other_released, origin);
    if (has->other_done)
        put_instant(out, w->other_done, origin);
    if (has->row)
        put_number(out, w->row);
    if (has->partition)
        put_number(out, (struct maybe){w->lane >= 0, w->lane});
    if (has->offset)
        put_number(out, w->offset);
    if (has->at)
        put_instant(out, w->at, origin);
    fputs("</tr>\n", out);
}

/* *room: how many more the page takes. */
static void put_users(const struct run *run, const struct finding *finding, size_t *room, FILE *out)
{
    size_t count = finding->witnesses_count, shown = count;
    if (!count)
        return;
    if (shown > USERS_OF_A_CHECK)
        shown = USERS_OF_A_CHECK;
    if (shown > *room)
        shown = *room;
    *room -= shown;
    struct columns has = look(finding);
    char name[FINDING_NAME];
    html_scroll(out, NULL, "Whom it names:", finding_name(finding, name, sizeof name));
    fputs("<table>", out);
    put_heads(&has, out);
    fputs("<tbody>\n", out);
    for (size_t i = 0; i < shown; i++)
        put_witness(run, &has, &finding->witnesses[i], out);
    fputs("</tbody></table></div>\n", out);
    if (shown < count)
        fprintf(out, "<p class=\"hint\">%zu of %zu; all are in result.json</p>\n", shown, count);
}

static void put_side(FILE *out, const char *side, const char *text)
{
    fprintf(out, "<span class=\"%s\">", side);
    if (*text) {
        fprintf(out, "<span class=\"label\">%s</span> ",
                !strcmp(side, "actual") ? "actual" : "expected");
        html_prose(out, "span", NULL, text);
    }
    fputs("</span>", out);
}

static void put_check(const struct run *run, const struct finding *finding, size_t *room, FILE *out)
{
    const char *verdict = verdict_name(finding->verdict);
    fprintf(out, "<details class=\"%s\"%s><summary>", verdict,
            finding->verdict == VERDICT_PASS ? "" : " open");
    put_mark(finding, out);
    fputs("<span>", out);
    char name[FINDING_NAME];
    html_element(out, "span", "name", finding_name(finding, name, sizeof name));
    fprintf(out, " <small>%s</small></span>", checks_title(finding->check));
    put_side(out, "expected", finding->expected);
    put_side(out, "actual", finding->actual);
    fputs("</summary><div class=\"body\">\n", out);
    if (*checks_help(finding->check)) {
        fputs("<p class=\"hint\">Must hold: ", out);
        html_prose(out, "span", NULL, checks_help(finding->check));
        fputs(".</p>\n", out);
    }
    html_prose(out, "p", NULL, finding->message[0] ? finding->message : "It holds.");
    if (finding->hint[0])
        html_prose(out, "p", "hint", finding->hint);
    put_users(run, finding, room, out);
    fputs("</div></details>\n", out);
}

void html_checks(const struct run *run, FILE *out)
{
    if (!run->findings.count)
        return;
    size_t counts[3] = {0}, room = USERS_IN_ALL, untested = 0;
    char more[48] = "";
    for (size_t i = 0; i < run->findings.count; i++) {
        const struct finding *finding = &run->findings.v[i];
        bool none = finding_untested(finding);
        untested += none;
        counts[finding->verdict] += !none;
    }
    if (untested)
        snprintf(more, sizeof more, ", %zu not tested", untested);
    fprintf(out,
            "<section id=\"checks\" class=\"long\"><h2>Checks</h2><p>%zu passed, %zu failed, %zu "
            "unknown%s. Open one to see whom it names.</p><div class=\"checks\">\n",
            counts[VERDICT_PASS], counts[VERDICT_FAIL], counts[VERDICT_UNKNOWN], more);
    /* What did not pass comes first; within that the order of the table. */
    for (int verdict = VERDICT_FAIL; verdict >= VERDICT_PASS; verdict--)
        for (size_t i = 0; i < run->findings.count; i++)
            if ((int)run->findings.v[i].verdict == verdict)
                put_check(run, &run->findings.v[i], &room, out);
    fputs("</div></section>\n", out);
}
