/* links: base */
/* Windows: whatever comes, in whatever order, all of it is seen once and in order. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/order.h"
#include "base/rng.h"
#include "base/windows.h"

enum { MANY = 1500000, LEAST = 1 << 19 };

struct entry {
    int64_t begin, end; /* 0: none */
};

static void read_entry(const void *context, size_t i, struct window_spans *ret_spans)
{
    const struct entry *entry = (const struct entry *)context + i;
    if (entry->begin)
        ret_spans->begins[ret_spans->begins_count++] = entry->begin;
    if (entry->end)
        ret_spans->ends[ret_spans->ends_count++] = entry->end;
}

struct seen {
    int64_t *begins, *ends;
    size_t begins_count, ends_count, windows, largest;
};

static void visit(void *context, const struct window *window)
{
    struct seen *seen = context;
    cr_assert_eq(window->begins_before, seen->begins_count);
    cr_assert_eq(window->ends_before, seen->ends_count);
    for (size_t i = 0; i < window->begins_count; i++)
        seen->begins[seen->begins_count++] = window->begins[i];
    for (size_t i = 0; i < window->ends_count; i++)
        seen->ends[seen->ends_count++] = window->ends[i];
    seen->windows++;
    size_t here = window->begins_count + window->ends_count;
    seen->largest = here > seen->largest ? here : seen->largest;
}

static void check_all(const struct entry *v, size_t count, struct seen *seen)
{
    int64_t *begins = malloc((count + 1) * sizeof *begins),
            *ends = malloc((count + 1) * sizeof *ends);
    struct windows_source source = {v, count, 0, 0, read_entry};
    *seen = (struct seen){.begins = malloc((count + 1) * sizeof *begins),
                          .ends = malloc((count + 1) * sizeof *ends)};
    cr_assert(begins && ends && seen->begins && seen->ends);
    for (size_t i = 0; i < count; i++) {
        if (v[i].begin)
            begins[source.begins++] = v[i].begin;
        if (v[i].end)
            ends[source.ends++] = v[i].end;
    }
    const struct windows_visitor visitor = {seen, NULL, visit};
    cr_assert_eq(windows_walk(&source, &visitor), 0);
    cr_assert_eq(order_keys(begins, source.begins), 0);
    cr_assert_eq(order_keys(ends, source.ends), 0);
    cr_assert_eq(seen->begins_count, source.begins);
    cr_assert_eq(seen->ends_count, source.ends);
    cr_assert_arr_eq(seen->begins, begins, source.begins * sizeof *begins);
    cr_assert_arr_eq(seen->ends, ends, source.ends * sizeof *ends);
    free(begins);
    free(ends);
    free(seen->begins);
    free(seen->ends);
}

Test(windows, few_are_one_window)
{
    const struct entry v[] = {{5, 9}, {3, 0}, {0, 2}, {-7, 9}, {5, 5}, {0, 0}};
    struct seen seen;
    check_all(v, sizeof v / sizeof *v, &seen);
    cr_expect_eq(seen.windows, 1);
    check_all(v, 0, &seen);
}

/* In order, shuffled, all at one instant, and begins that are all before the first end. */
Test(windows, many_are_several_and_none_is_lost)
{
    struct rng rng;
    rng_seed(&rng, 1);
    struct entry *v = malloc(MANY * sizeof *v);
    struct seen seen;
    cr_assert(v);
    for (int shape = 0; shape < 4; shape++) {
        for (size_t i = 0; i < MANY; i++) {
            int64_t begin = shape == 0   ? (int64_t)i * 1000 + 1
                            : shape == 1 ? rng_between(&rng, -1000000000, 1000000000)
                            : shape == 2 ? 77
                                         : rng_between(&rng, 1, 6000000);
            int64_t wait = rng_between(&rng, 0, shape == 3 ? 4000000000 : 3000000);
            v[i] = (struct entry){begin, i % 5 == 3 ? 0 : begin + wait + (shape == 3) * 6000000};
        }
        check_all(v, MANY, &seen);
        cr_expect_eq(seen.windows, MANY / LEAST, "shape %d", shape);
        if (shape < 2)
            cr_expect_lt(seen.largest, 2 * MANY / (MANY / LEAST) * 6 / 5, "shape %d", shape);
    }
    free(v);
}

static bool wants_the_last(void *context, const struct window *window)
{
    const size_t *all = context;
    return window->begins_before + window->begins_count == *all;
}

static void take_last(void *context, const struct window *window)
{
    size_t *all = context;
    cr_assert_eq((size_t)window->begins[window->begins_count - 1], *all);
    *all = 0;
}

Test(windows, who_wants_one_gets_one)
{
    struct entry *v = malloc(MANY * sizeof *v);
    size_t all = MANY;
    cr_assert(v);
    for (size_t i = 0; i < MANY; i++)
        v[i] = (struct entry){(int64_t)(MANY - i), 0};
    const struct windows_source source = {v, MANY, MANY, 0, read_entry};
    const struct windows_visitor visitor = {&all, wants_the_last, take_last};
    cr_assert_eq(windows_walk(&source, &visitor), 0);
    cr_expect_eq(all, 0);
    free(v);
}
