/* The top of the page: the verdict, what it means, and the figures behind it. */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "model/power.h"
#include "report/figures.h"
#include "report/html_inside.h"
#include "report/in_short.h"
#include "report/result.h"
#include "report/text.h"

enum { FIGURE_MAX = 128 };

void html_verdict(const struct run *run, FILE *out)
{
    const char *why = run->error[0]         ? run->error
                      : run->explanation[0] ? run->explanation
                      : run->interrupted    ? "The run was interrupted."
                                            : "";
    fprintf(out, "<div class=\"verdict %s\"><strong>%s</strong>", verdict_name(run->verdict),
            verdict_name(run->verdict));
    html_prose(out, "p", NULL, why);
    fputs("</div>\n", out);
}

static void put_note(FILE *out, const char *cls, const char *title, const char *text)
{
    if (!*text)
        return;
    fprintf(out, "<li class=\"%s\"><b>%s</b> ", cls, title);
    html_prose(out, "span", NULL, text);
    fputs("</li>\n", out);
}

static void put_notes(const struct run *run, FILE *out)
{
    fputs("<ul class=\"notes\">\n", out);
    put_note(out, "warn",
             "As far as it came:", run->error[0] && result_judged(run) ? run->explanation : "");
    put_note(out, "warn", "Invalid run:", result_invalid(run));
    put_note(out, "warn",
             "Interrupted:", run->interrupted ? "the run was stopped; this is what is known." : "");
    put_note(out, "warn", "Mind:", run->warning);
    char attempt[96];
    put_note(out, "quiet", "Mind:", result_attempt(run, attempt, sizeof attempt));
    put_note(out, "quiet",
             "Not checked, for want of evidence:", result_judged(run) ? run->not_checked : "");
    put_note(out, "next", "Next:", run->advice);
    char sentence[IN_SHORT];
    put_note(out, "quiet", "In short:", in_short(run, sentence, sizeof sentence));
    fputs("</ul>\n", out);
}

static void put_kicker(const struct run *run, FILE *out)
{
    char stamp[32];
    clock_format_utc(run->wall_start, stamp, sizeof stamp);
    fprintf(out, "<p class=\"kicker\">rushproof · %.10s %.8s UTC", stamp, stamp + 11);
    if (run->rounds > 1)
        fprintf(out, " · round %" PRId64 " of %" PRId64, run->round, run->rounds);
    fputs("</p>\n", out);
    html_element(out, "h1", NULL, html_name(run));
    if (run->scenario && run->scenario->description && run->scenario->description[0])
        html_element(out, "p", "about", run->scenario->description);
    fputc('\n', out);
}

struct tile {
    const char *label;
    char value[FIGURE_MAX];
};

static void put_tile(const struct tile *tile, FILE *out)
{
    fputs("<div>", out);
    html_element(out, "dt", NULL, tile->label);
    html_figure(out, "dd", NULL, tile->value);
    fputs("</div>\n", out);
}

/* As many as fill their rows at every width; what is left out is among all figures. */
static size_t even(size_t count)
{
    static const size_t counts[] = {8, 6, 4, 2};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (count >= counts[i])
            return counts[i];
    return count;
}

static void put_figures(const json_t *result, FILE *out)
{
    static const struct figure figures[] = {
        {"rows.final", "coupon rows at the verdict", FIGURE_COUNT},
        {"rows.at_last_ticket", "rows at the last ticket", FIGURE_COUNT},
        {"rows.at_last_response", "rows at the last response", FIGURE_COUNT},
        {"load.accepted", "accepted", FIGURE_COUNT},
        {"load.rejected", "rejected", FIGURE_COUNT},
        {"latency_us.p99", "latency p99", FIGURE_US},
        {"drain.after_last_response_ms", "last row after the last response", FIGURE_MS},
        {"load.spread_us", "first to last release", FIGURE_US},
        {"load.peak_in_flight", "in flight at the peak", FIGURE_COUNT},
        {"latency_us.p50", "latency p50", FIGURE_US},
    };
    struct tile tiles[sizeof figures / sizeof *figures];
    size_t known = 0;
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        struct tile *tile = &tiles[known];
        if (!figure_format(result, &figures[i], tile->value, sizeof tile->value) ||
            !strcmp(tile->value, "0 ns")) /* what left all at once has no spread */
            continue;
        tile->label = figures[i].label;
        /* A row before the last response is no delay. */
        if (tile->value[0] == '-')
            snprintf(tile->value, sizeof tile->value, "none");
        known++;
    }
    size_t shown = even(known);
    fprintf(out, "<dl class=\"figures of-%zu\">\n", shown);
    for (size_t i = 0; i < shown; i++)
        put_tile(&tiles[i], out);
    fputs("</dl>\n", out);
}

/* The identity of the counters, written out, so that everybody can see that it closes. */
static void put_account(const struct run *run, FILE *out)
{
    const struct tally *t = &run->tally;
    fprintf(out,
            "<p class=\"account\">%" PRId64 " planned = %" PRId64 " sent + %" PRId64
            " skipped; %" PRId64 " sent = %" PRId64 " accepted + %" PRId64 " rejected + %" PRId64
            " limited + %" PRId64 " failed + %" PRId64 " unknown.",
            t->planned, t->sent, t->skipped, t->sent, t->accepted, t->rejected, t->limited,
            t->failed, t->unknown);
    char text[256];
    if (result_floor(run)) {
        fputs(" Released ", out);
        html_prose(out, "span", NULL, result_release(run, text, sizeof text));
        fputc('.', out);
    }
    struct power power;
    power_of(run, &power);
    bool told = strstr(run->explanation, power_describe(&power, text, sizeof text)) != NULL;
    if (*text && !told) {
        fputc(' ', out);
        /* A sentence of its own here. */
        text[0] = (char)toupper((unsigned char)text[0]);
        html_prose(out, "span", NULL, text);
        fputc('.', out);
    }
    fputs("</p>\n", out);
}

void html_head(const struct html_run *page, FILE *out)
{
    put_kicker(page->run, out);
    html_verdict(page->run, out);
    put_notes(page->run, out);
    if (!page->run->tally.planned)
        return;
    put_figures(page->result, out);
    put_account(page->run, out);
}
