/* links: store */
/* How one page of a list over HTTP leads to the next. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "store/link.h"

Test(link, the_header_is_read_as_rfc_8288_writes_it)
{
    static const struct {
        const char *header, *next; /* NULL: none */
    } rows[] = {
        {"<https://a/x?page=2>; rel=\"next\"", "https://a/x?page=2"},
        {"</x?a=1,2;3>;rel=next", "/x?a=1,2;3"},
        {"<?page=1>; REL=\"prev\", <?page=3>; title=\"a, <b>; rel=\\\"x\\\"\"; rel=\"last Next\"",
         "?page=3"},
        {"<?page=9>; rel=last , <?page=3> ; rel = next; type=x", "?page=3"},
        {"<?page=1>; rel=prev", NULL},
        {"<?page=1>; rel=nextish, <?page=2>; title=next", NULL},
        {"<?page=1>; title=\"rel=\\\"next\\\"\"", NULL},
        {"<?page=2; rel=next", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char link[LINK_MAX] = "";
        bool found = link_find_next(rows[i].header, link, sizeof link);
        cr_expect_eq(found, rows[i].next != NULL, "%s", rows[i].header);
        cr_expect_str_eq(link, rows[i].next ? rows[i].next : "", "%s", rows[i].header);
    }
}

Test(link, the_same_list_again_is_known)
{
    struct link_lists lists = {0};
    cr_assert_eq(link_lists_find(&lists, "[1]", 3), 0);
    cr_assert(link_lists_add(&lists, 1, "[1]", 3));
    cr_assert(link_lists_add(&lists, 3, "[2]", 3));
    cr_assert_eq(link_lists_find(&lists, "[2]", 3), 3);
    cr_assert_eq(link_lists_find(&lists, "[3]", 3), 0);
    free(lists.v);
}
