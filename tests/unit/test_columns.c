/* links: model verify */
/* Rows that look as if the query's first column were not the user. */
#include "small_run.h"

/* What a query that names the wrong column looks like, and what only a wrong service does. */
Test(columns, one_that_may_not_be_the_user_is_doubted)
{
    static const struct {
        const char *rows, *ids, *hint; /* NULL: no doubt */
    } table[] = {
        {"1 2 3", "4 5 9", "the second column holds exactly those who were told yes"},
        {"3 1 2", "9 4 5", "the second column holds exactly those who were told yes"},
        {"1 2 3", NULL, "the first column numbers the rows"},
        {"8 8 8", "11 12 13", "all rows have the same first column"},
        {"1 2 3", "4 5 6", "the first column numbers the rows"},
        {"4 5 1", NULL, NULL},
        {"4 5 1", "9 4 7", NULL},
        {"4 5 9 1", "21 22 23 24", NULL},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct small_run text = {3, "R1 R2 R3 A4 A5 R6 R7 R8 A9", .rows = table[i].rows,
                                       .outcome = DRAIN_DRAINED_LOSSY};
        struct small *small = small_new(&text);
        struct rows ids = {0};
        small_rows(&ids, table[i].ids);
        for (size_t j = 0; j < ids.count; j++)
            small->run.evidence.coupons.v[j].id = ids.v[j].user;
        rows_free(&ids);
        cr_assert_eq(checks_run(&small->run, NULL), 0);
        const struct finding *finding = findings_find(&small->run.findings, "phantom");
        cr_expect_eq(finding->verdict, i < 2 ? UNKNOWN : FAIL, "%zu", i);
        const char *got = strstr(finding->hint, "first column");
        cr_expect(table[i].hint ? strstr(finding->hint, table[i].hint) != NULL : !got, "%zu: %s", i,
                  finding->hint);
        small_free(small);
    }
}
