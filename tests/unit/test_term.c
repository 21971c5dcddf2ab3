/* links: report */
/* Lines of a terminal: drawn again in place, cut, wrapped; bars. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "report/term.h"

static char *read_back(FILE *file)
{
    long size = ftell(file);
    char *text = calloc(1, (size_t)size + 1);
    rewind(file);
    cr_assert_eq(fread(text, 1, (size_t)size, file), (size_t)size);
    return text;
}

Test(term, a_block_is_drawn_again_in_place_and_cut)
{
    _cleanup_fclose_ FILE *file = tmpfile();
    setenv("COLUMNS", "24", 1);
    struct term term = {.out = file, .live = true};
    term_draw(&term, "one\n\x1b[31mtwo is a line that is far too long\x1b[0m\n");
    term_draw(&term, "three\n");
    term_print(&term, "for good\n");
    _cleanup_free_ char *text = read_back(file);
    cr_expect_str_eq(text, "one\n\x1b[31mtwo is a line that is f\x1b[0m\n"
                           "\r\x1b[2A\x1b[Jthree\n\r\x1b[1A\x1b[Jfor good\n");
}

Test(term, a_figure_stays_with_its_unit)
{
    _cleanup_(buf_free) struct buf lines;
    buf_init(&lines, 4096);
    term_wrap(&lines, "p50 3 ms, p90 46.7 ms, in all 2 min 5 s; 100 rows", 2, 16);
    cr_expect_str_eq(buf_text(&lines),
                     "  p50 3 ms, p90\n  46.7 ms, in\n  all 2 min 5 s;\n  100 rows\n");
}

Test(term, bars)
{
    struct term term = {.unicode = false};
    _cleanup_(buf_free) struct buf line;
    buf_init(&line, 4096);
    term_bar(&term, &line, 10, 3, 10);
    term_bar(&term, &line, 4, 9, 4);
    term_bar(&term, &line, 4, 1, 0);
    cr_expect_str_eq(buf_text(&line), "###-------####----");
}
