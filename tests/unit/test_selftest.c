/* links: model selftest verify */
/* The planted histories, as `rushproof selftest` judges them, and that every check is among them.
 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "often.h"
#include "selftest/mutation.h"
#include "selftest/selftest.h"
#include "verify/checks.h"

static void show(void *context, const struct selftest_row *row)
{
    int64_t *rows = context;
    ++*rows;
    cr_expect_eq(row->caught, row->planted, "%s (%s): %" PRId64 " of %" PRId64 ", %s", row->fault,
                 row->check, row->caught, row->planted, row->detail);
}

Test(selftest, every_corruption_is_found_and_nothing_is_invented, .timeout = 120)
{
    int64_t wrong = -1, rows = 0;
    struct err err = {0};
    cr_assert_eq(selftest_planted(20240601, often(100), show, &rows, &wrong, &err), 0, "%s",
                 err.message);
    cr_expect_eq(wrong, 0);
    cr_expect_gt(rows, 40);
}

/* A check that nothing is planted for might be unable to fail. */
Test(selftest, every_check_is_made_to_fail)
{
    static const struct mutation *(*const tables[])(size_t *) = {
        mutations_rows, mutations_answers, mutations_run, mutations_items, mutations_processes};
    size_t count;
    const struct check *checks = checks_table(&count);
    for (size_t i = 0; i < count; i++) {
        bool found = false;
        for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
            size_t rows;
            const struct mutation *table = tables[t](&rows);
            for (size_t r = 0; r < rows; r++)
                found |= !strcmp(table[r].check, checks[i].name);
        }
        cr_expect(found, "nothing is planted for %s", checks[i].name);
    }
}

static void count_wrong(void *context, const struct selftest_row *row)
{
    *(int64_t *)context += row->planted - row->caught;
}

Test(selftest, is_deterministic)
{
    int64_t first = 0, second = 0, wrong;
    struct err err;
    cr_assert_eq(selftest_planted(5, 10, count_wrong, &first, &wrong, &err), 0);
    cr_assert_eq(selftest_planted(5, 10, count_wrong, &second, &wrong, &err), 0);
    cr_expect_eq(first, second);
}
