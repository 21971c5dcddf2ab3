/* Verdicts and figures over time, as pictures that need no script. All of a scenario's have the
 * same axis, a run a step, so that page/index.js finds the run under the pointer. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/html_inside.h"
#include "report/html_trend.h"
#include "report/text.h"

/* Of the pictures' own coordinates. */
enum { WIDE = 1000, HIGH = 200, MARGIN = 10, TOP = 44, BOTTOM = 194 };
enum { LINED = 150 }; /* more runs than this are a cloud, and a line through it says nothing */

const char *trend_when(const struct past *run, char *ret_text, size_t size)
{
    char stamp[32];
    clock_format_utc(run->started, stamp, sizeof stamp);
    snprintf(ret_text, size, "%.10s %.5s", stamp, stamp + 11);
    return ret_text;
}

const char *trend_describe(const struct trend *trend, enum past_figure figure,
                           const struct trend_change *change, char *ret_text, size_t size)
{
    char before[32], after[32], when[TREND_WHEN], share[32] = "";
    if (change->before > 0)
        snprintf(share, sizeof share, " (%+.0f %%)",
                 fmin(100 * (change->after - change->before) / change->before, 999999));
    snprintf(ret_text, size, "%s: %s, then %s%s, since %s", past_figures[figure].figure.label,
             past_format(figure, change->before, before, sizeof before),
             past_format(figure, change->after, after, sizeof after), share,
             trend_when(&trend->v[change->at], when, sizeof when));
    return ret_text;
}

/* ---- verdicts ---- */

/* What did not pass is higher as well as of another colour. */
void html_strip(const struct trend *trend, size_t last, FILE *out)
{
    static const int tops[] = {[VERDICT_PASS] = 10, [VERDICT_UNKNOWN] = 5, [VERDICT_FAIL] = 0};
    size_t count = trend->count < last ? trend->count : last, first = trend->count - count;
    size_t counts[3] = {0};
    enum { LEAST = 30 }; /* so many have room: a few are marks, and no bars */
    double step = (double)WIDE / (double)(count > LEAST ? count : LEAST);
    for (size_t i = first; i < trend->count; i++)
        counts[trend->v[i].verdict]++;
    fprintf(out,
            "<svg class=\"strip\" viewBox=\"0 0 %d 20\" preserveAspectRatio=\"none\" role=\"img\" "
            "aria-label=\"The last %zu runs: %zu passed, %zu failed, %zu unknown\">",
            WIDE, count, counts[VERDICT_PASS], counts[VERDICT_FAIL], counts[VERDICT_UNKNOWN]);
    for (int verdict = VERDICT_PASS; verdict <= VERDICT_FAIL; verdict++) {
        if (!counts[verdict])
            continue;
        fprintf(out, "<path class=\"%s\" d=\"", verdict_name((enum verdict)verdict));
        for (size_t i = 0; i < count; i++)
            if ((int)trend->v[first + i].verdict == verdict)
                fprintf(out, "M%.1f %dh%.1fV20h-%.1fz", step * (double)i, tops[verdict], step * 0.8,
                        step * 0.8);
        fputs("\"/>", out);
    }
    fputs("</svg>\n", out);
}

/* ---- figures ---- */

/* The axis of a figure: what is above the top is drawn at it. */
struct scale {
    double least, most, top;
    size_t above;
};

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* One run that took a minute must not flatten all others. */
static bool measure(const struct trend *trend, enum past_figure figure, struct scale *scale)
{
    double *values = calloc(trend->count, sizeof *values);
    size_t known = 0;
    for (size_t i = 0; values && i < trend->count; i++)
        if (!isnan(trend->v[i].figures[figure]))
            values[known++] = trend->v[i].figures[figure];
    if (known) {
        qsort(values, known, sizeof *values, by_value);
        double usual = values[(known - 1) * 95 / 100];
        *scale = (struct scale){values[0], values[known - 1], values[known - 1], 0};
        if (usual > 0 && scale->most > 3 * usual)
            scale->top = 1.5 * usual;
        while (scale->above < known && values[known - 1 - scale->above] > scale->top)
            scale->above++;
        if (scale->top <= 0)
            scale->top = 1;
    }
    free(values);
    return known > 0;
}

static double across(const struct trend *trend, size_t run)
{
    double steps = trend->count > 1 ? (double)(trend->count - 1) : 1;
    return MARGIN + (WIDE - 2 * MARGIN) * (double)run / steps;
}

static double down(const struct scale *scale, double value)
{
    double share = value < scale->top ? value / scale->top : 1;
    return BOTTOM - (BOTTOM - TOP) * share;
}

static void put_line(const struct trend *trend, enum past_figure figure, const struct scale *scale,
                     FILE *out)
{
    bool drawing = false;
    fputs("<path class=\"line\" d=\"", out);
    for (size_t i = 0; i < trend->count; i++) {
        double value = trend->v[i].figures[figure];
        if (!isnan(value))
            fprintf(out, "%c%.0f %.0f", drawing ? 'L' : 'M', across(trend, i), down(scale, value));
        drawing = !isnan(value);
    }
    fputs("\"/>", out);
}

/* A dot is a line without length and with round ends. */
static void put_dots(const struct trend *trend, enum past_figure figure, const struct scale *scale,
                     FILE *out)
{
    for (int over = 0; over <= (scale->above > 0); over++) {
        fprintf(out, "<path class=\"%s\" d=\"", over ? "over" : "dots");
        for (size_t i = 0; i < trend->count; i++) {
            double value = trend->v[i].figures[figure];
            if (!isnan(value) && (value > scale->top) == over)
                fprintf(out, "M%.0f %.0fh0", across(trend, i), down(scale, value));
        }
        fputs("\"/>", out);
    }
}

/* The medians between the shifts. */
static void put_levels(const struct trend *trend, const struct trend_figure *figure,
                       const struct scale *scale, FILE *out)
{
    if (!figure->levels_count)
        return;
    fputs("<path class=\"level\" d=\"", out);
    for (unsigned i = 0; i <= figure->levels_count; i++) {
        const struct change *next = i < figure->levels_count ? &figure->levels[i] : NULL;
        double level = next ? next->before : figure->levels[i - 1].after;
        size_t from = i ? figure->levels[i - 1].at : 0;
        size_t to = next ? next->at : trend->count;
        fprintf(out, "M%.0f %.0fH%.0f", across(trend, from), down(scale, level),
                across(trend, to - 1));
    }
    fputs("\"/>", out);
}

static void put_marks(const struct trend *trend, const struct trend_figure *figure, FILE *out)
{
    for (unsigned i = 0; i < figure->count; i++)
        fprintf(out, "<path class=\"%s\" d=\"M%.0f 0V%d\"/>",
                figure->v[i].worse ? "worse" : "better", across(trend, figure->v[i].at), HIGH);
}

static const struct past *last_known(const struct trend *trend, enum past_figure figure)
{
    size_t i = trend->count - 1;
    while (i > 0 && isnan(trend->v[i].figures[figure]))
        i--;
    return &trend->v[i];
}

static void put_picture(const struct trend *trend, enum past_figure which,
                        const struct scale *scale, FILE *out)
{
    const struct trend_figure *figure = &trend->figures[which];
    char least[32], most[32], top[32];
    fprintf(out,
            "<div class=\"plot\"><svg viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" "
            "role=\"img\" aria-label=\"%s of %zu runs, from %s to %s\">"
            "<path class=\"grid\" d=\"M0 %dH%dM0 %dH%dM0 %dH%d\"/>",
            WIDE, HIGH, past_figures[which].figure.label, figure->known,
            past_format(which, scale->least, least, sizeof least),
            past_format(which, scale->most, most, sizeof most), TOP, WIDE, (TOP + BOTTOM) / 2, WIDE,
            BOTTOM, WIDE);
    if (trend->count <= LINED)
        put_line(trend, which, scale, out);
    put_dots(trend, which, scale, out);
    put_levels(trend, figure, scale, out);
    put_marks(trend, figure, out);
    fputs("</svg>", out);
    html_figure(out, "span", "top", past_format(which, scale->top, top, sizeof top));
    fputs("</div>\n", out);
}

static void put_changes(const struct trend *trend, enum past_figure which, FILE *out)
{
    const struct trend_figure *figure = &trend->figures[which];
    char text[TREND_SENTENCE];
    for (unsigned i = figure->count; i-- > 0;) {
        const struct trend_change *change = &figure->v[i];
        fprintf(out, "<li class=\"%s\"><b>%s</b> ", change->worse ? "worse" : "better",
                change->worse ? "worse" : "better");
        const char *said = strchr(trend_describe(trend, which, change, text, sizeof text), ':');
        html_figure(out, "span", NULL, said + 2);
        fputs("</li>", out);
    }
}

static void put_figure(const struct trend *trend, enum past_figure which, FILE *out)
{
    struct scale scale;
    char text[64];
    if (!measure(trend, which, &scale) || scale.most <= 0) /* as the spread of what is frozen */
        return;
    fprintf(out, "<figure data-figure=\"%d\"><figcaption><b>%s</b> ", (int)which,
            past_figures[which].figure.label);
    double last = last_known(trend, which)->figures[which];
    html_figure(out, "span", "n", past_format(which, last, text, sizeof text));
    fprintf(out, "<small>%s</small></figcaption>\n", past_figures[which].about);
    put_picture(trend, which, &scale, out);
    fputs("<ul>", out);
    put_changes(trend, which, out);
    if (scale.above) {
        fprintf(out, "<li>%zu run%s above, at most ", scale.above, scale.above == 1 ? "" : "s");
        html_figure(out, "span", NULL, past_format(which, scale.most, text, sizeof text));
        fputs("</li>", out);
    }
    fputs("</ul></figure>\n", out);
}

void html_trend_charts(const struct trend *trend, FILE *out)
{
    char first[TREND_WHEN], last[TREND_WHEN];
    fputs("<div class=\"trends\">\n", out);
    for (int i = 0; i < PAST_FIGURES; i++)
        put_figure(trend, (enum past_figure)i, out);
    fputs("</div>\n", out);
    fprintf(out, "<p class=\"axis\">From %s to %s, a run a step.</p>\n",
            trend_when(&trend->v[0], first, sizeof first),
            trend_when(&trend->v[trend->count - 1], last, sizeof last));
}
