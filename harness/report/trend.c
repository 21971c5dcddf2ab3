#include "report/trend.h"

#include <math.h>
#include <string.h>

#define WORTH_A_WORD 0.1

size_t trend_length(const struct past *runs, size_t count)
{
    size_t length = 0;
    while (length < count && !strcmp(runs[length].scenario, runs->scenario))
        length++;
    return length;
}

static void count_verdicts(struct trend *trend)
{
    for (size_t i = 0; i < trend->count; i++) {
        enum verdict verdict = trend->v[i].verdict;
        trend->passed += verdict == VERDICT_PASS;
        trend->failed += verdict == VERDICT_FAIL;
        trend->unknown += verdict == VERDICT_UNKNOWN;
        if (verdict == VERDICT_PASS)
            trend->since = i + 1;
    }
}

/* ---- figures ---- */

static void look_at(const struct trend *trend, enum past_figure which, struct trend_figure *figure)
{
    double values[CHANGE_SERIES_MAX];
    size_t runs[CHANGE_SERIES_MAX];
    size_t first = 0, known = 0;
    for (size_t i = 0; i < trend->count; i++)
        figure->known += isnan(trend->v[i].figures[which]) ? 0 : 1;
    if (figure->known > CHANGE_SERIES_MAX)
        first = figure->known - CHANGE_SERIES_MAX;
    for (size_t i = 0, k = 0; i < trend->count; i++) {
        double value = trend->v[i].figures[which];
        if (isnan(value) || k++ < first)
            continue;
        runs[known] = i;
        values[known++] = value;
    }
    figure->levels_count = change_points(values, known, figure->levels);
    for (unsigned i = 0; i < figure->levels_count; i++)
        figure->levels[i].at = runs[figure->levels[i].at];
}

static void tell_changes(enum past_figure which, struct trend_figure *figure)
{
    for (unsigned i = 0; i < figure->levels_count; i++) {
        const struct change *change = &figure->levels[i];
        double difference = fabs(change->after - change->before);
        if (difference < past_figures[which].floor || difference < WORTH_A_WORD * change->before)
            continue;
        figure->v[figure->count++] = (struct trend_change){
            .at = change->at,
            .before = change->before,
            .after = change->after,
            .worse = change->after > change->before,
            .lasts = i + 1 == figure->levels_count,
        };
    }
}

/* ---- checks ---- */

static const struct past_check *find_check(const struct past *run, const char *name)
{
    for (size_t i = 0; i < run->checks_count; i++)
        if (!strcmp(run->checks[i].name, name))
            return &run->checks[i];
    return NULL;
}

/* Fills what it counts; false: the check stays what it is. */
static bool is_flaky(const struct trend *trend, const char *name, struct trend_flaky *flaky)
{
    bool passed = false, found = false;
    size_t stretch = 0;
    *flaky = (struct trend_flaky){.check = name};
    for (size_t i = 0; i < trend->count; i++) {
        const struct past_check *check = find_check(&trend->v[i], name);
        if (!check)
            continue;
        flaky->made++;
        flaky->failed += check->verdict == VERDICT_FAIL;
        flaky->unknown += check->verdict == VERDICT_UNKNOWN;
        if (check->verdict != VERDICT_PASS) {
            flaky->last = i;
            stretch++;
            continue;
        }
        found |= passed && stretch > 0 && stretch <= TREND_STRETCH;
        passed = true;
        stretch = 0;
    }
    return found;
}

static bool is_known(const char *const *names, unsigned count, const char *name)
{
    for (unsigned i = 0; i < count; i++)
        if (!strcmp(names[i], name))
            return true;
    return false;
}

static void find_flaky(struct trend *trend)
{
    const char *names[TREND_CHECKS_MAX];
    unsigned count = 0;
    for (size_t i = 0; i < trend->count; i++)
        for (size_t k = 0; k < trend->v[i].checks_count; k++) {
            const struct past_check *check = &trend->v[i].checks[k];
            if (check->verdict != VERDICT_PASS && count < TREND_CHECKS_MAX &&
                !is_known(names, count, check->name))
                names[count++] = check->name;
        }
    for (unsigned i = 0; i < count; i++)
        if (is_flaky(trend, names[i], &trend->flaky[trend->flaky_count]))
            trend->flaky_count++;
}

void trend_make(const struct past *runs, size_t count, struct trend *ret_trend)
{
    *ret_trend = (struct trend){.v = runs, .count = count};
    count_verdicts(ret_trend);
    for (int i = 0; i < PAST_FIGURES; i++) {
        look_at(ret_trend, (enum past_figure)i, &ret_trend->figures[i]);
        tell_changes((enum past_figure)i, &ret_trend->figures[i]);
    }
    find_flaky(ret_trend);
}
