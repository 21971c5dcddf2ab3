/* links: model */
/* Change points: how often a series without one is cut, and how soon one with one is. All series
 * are seeded, so the counts are the same on every machine. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <math.h>

#include "base/rng.h"
#include "model/change_point.h"
#include "often.h"

typedef double draw(struct rng *rng);

/* Box and Muller. */
static double normal(struct rng *rng)
{
    double radius = sqrt(-2 * log(1 - rng_unit(rng)));
    return radius * cos(2 * M_PI * rng_unit(rng));
}

static double lognormal(struct rng *rng)
{
    return exp(normal(rng));
}

static double cauchy(struct rng *rng)
{
    return tan(M_PI * (rng_unit(rng) - 0.5));
}

/* Rounded to few values, as a p99 in whole milliseconds is. */
static double coarse(struct rng *rng)
{
    return floor(2 * lognormal(rng));
}

/* Mostly one value. */
static double rare(struct rng *rng)
{
    return rng_below(rng, 10) == 0;
}

struct quiet {
    const char *name;
    draw *draw;
    size_t length;
};

/* By number: a parameter is copied into another process, where pointers mean nothing. */
static const struct quiet kinds[] = {
    {"normal", normal, 10},  {"normal", normal, 30},       {"normal", normal, 100},
    {"normal", normal, 500}, {"lognormal", lognormal, 30}, {"lognormal", lognormal, 100},
    {"cauchy", cauchy, 30},  {"cauchy", cauchy, 100},      {"coarse", coarse, 30},
    {"coarse", coarse, 100}, {"rare", rare, 30},           {"rare", rare, 100},
};

ParameterizedTestParameters(change_point, false_alarms)
{
    static int numbers[sizeof kinds / sizeof *kinds];
    for (int i = 0; i < (int)(sizeof kinds / sizeof *kinds); i++)
        numbers[i] = i;
    return cr_make_param_array(int, numbers, sizeof numbers / sizeof *numbers);
}

/* At most 1 % are cut: of 2000 series 20, and 3.5 standard deviations more, 36, would be the luck
 * of one seed in thousands. */
ParameterizedTest(int *number, change_point, false_alarms)
{
    const struct quiet *quiet = &kinds[*number];
    const int series = often(2000);
    const double allowed = series * 0.01 + 3.5 * sqrt(series * 0.0099);
    static double values[CHANGE_SERIES_MAX];
    struct change changes[CHANGES_MAX];
    unsigned cut = 0;
    struct rng rng;
    rng_seed(&rng, 20 + quiet->length);
    for (int i = 0; i < series; i++) {
        for (size_t k = 0; k < quiet->length; k++)
            values[k] = quiet->draw(&rng);
        cut += change_points(values, quiet->length, changes) > 0;
    }
    cr_expect(cut <= allowed, "%s of %zu: %u of %d", quiet->name, quiet->length, cut, series);
}

struct step {
    size_t length, after; /* so many come after it */
    double sigmas;
    unsigned least; /* found of 200 */
};

ParameterizedTestParameters(change_point, steps)
{
    static struct step steps[] = {
        {30, 15, 3, 198}, {30, 5, 4, 190}, {100, 5, 4, 190}, {100, 50, 1, 170}, {500, 8, 5, 190},
    };
    return cr_make_param_array(struct step, steps, sizeof steps / sizeof *steps);
}

ParameterizedTest(struct step *step, change_point, steps)
{
    enum { SERIES = 200, NEAR = 12 };
    static double values[CHANGE_SERIES_MAX];
    struct change changes[CHANGES_MAX];
    unsigned found = 0;
    struct rng rng;
    rng_seed(&rng, 7);
    for (int i = 0; i < SERIES; i++) {
        size_t at = step->length - step->after;
        for (size_t k = 0; k < step->length; k++)
            values[k] = normal(&rng) + (k >= at ? step->sigmas : 0);
        unsigned count = change_points(values, step->length, changes);
        for (unsigned k = 0; k < count; k++)
            if (changes[k].at + NEAR >= at && changes[k].at <= at + NEAR &&
                changes[k].after > changes[k].before) {
                found++;
                break;
            }
    }
    cr_expect(found >= step->least, "%zu of %zu after it, %.0f sigma: found in %u of %d",
              step->after, step->length, step->sigmas, found, SERIES);
}

Test(change_point, several_are_told_apart_with_their_levels)
{
    double values[60];
    struct change changes[CHANGES_MAX];
    struct rng rng;
    rng_seed(&rng, 3);
    for (size_t i = 0; i < 60; i++)
        values[i] = (i < 20 ? 100 : i < 40 ? 200 : 50) + normal(&rng);
    cr_assert_eq(change_points(values, 60, changes), 2);
    cr_expect_eq(changes[0].at, 20);
    cr_expect_eq(changes[1].at, 40);
    cr_expect(fabs(changes[0].before - 100) < 2 && fabs(changes[0].after - 200) < 2);
    cr_expect(fabs(changes[1].before - 200) < 2 && fabs(changes[1].after - 50) < 2);
}

Test(change_point, one_slow_run_is_none)
{
    double values[40];
    struct change changes[CHANGES_MAX];
    struct rng rng;
    rng_seed(&rng, 5);
    for (size_t i = 0; i < 40; i++)
        values[i] = 100 + normal(&rng);
    values[39] = 1e9;
    values[20] = -1e9;
    cr_expect_eq(change_points(values, 40, changes), 0);
}

Test(change_point, what_is_too_short_or_all_the_same_is_not_cut)
{
    double values[20] = {0};
    struct change changes[CHANGES_MAX];
    cr_expect_eq(change_points(values, 0, changes), 0);
    cr_expect_eq(change_points(values, 20, changes), 0);
    for (size_t i = 0; i < 9; i++)
        values[i] = i < 5 ? 1 : 2;
    cr_expect_eq(change_points(values, 9, changes), 0);
}

Test(change_point, of_a_long_series_the_last_ones_count)
{
    static double values[CHANGE_SERIES_MAX + 100];
    struct change changes[CHANGES_MAX];
    for (size_t i = 0; i < CHANGE_SERIES_MAX + 100; i++)
        values[i] = (double)(i % 3) + (i >= 400 ? 50 : 0) + (i < 50 ? 1000 : 0);
    cr_assert_eq(change_points(values, CHANGE_SERIES_MAX + 100, changes), 1);
    cr_expect_eq(changes[0].at, 400);
}

Test(change_point, the_same_series_has_the_same_answer)
{
    double values[50];
    struct change once[CHANGES_MAX], again[CHANGES_MAX];
    struct rng rng;
    rng_seed(&rng, 11);
    for (size_t i = 0; i < 50; i++)
        values[i] = lognormal(&rng) + (i >= 30 ? 1 : 0);
    unsigned count = change_points(values, 50, once);
    cr_assert_eq(change_points(values, 50, again), count);
    for (unsigned i = 0; i < count; i++)
        cr_expect_eq(once[i].at, again[i].at);
}
