/* links: explore */
/* Who is told that he comes too late is not inside of a gap. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "explore/gap.h"

enum { FIRST, SECOND };

#define AT (1000 * NS_PER_MS)

struct said {
    const char *tag;
    uint8_t kind;
    int64_t value;
    uint8_t flags;
};

static struct trace_door doors[] = {{"apply", "postgres", 0}};
static struct trace_shape shapes[] = {
    {"UPDATE stock SET n = n - ? WHERE n > ?", TRACE_WRITE, false},
    {"INSERT INTO coupon VALUES (?)", TRACE_WRITE, false}};
static struct trace_statement v[8];
static struct trace_group all = {.at = AT};
static struct trace trace = {.v = v, .doors = doors, .shapes = shapes, .groups = &all};

static struct trace_statement *say(uint16_t shape, ns_t asked, const struct said *said)
{
    struct trace_statement *one = &v[trace.count++];
    *one = (struct trace_statement){.asked = asked,
                                    .answered = asked + 5,
                                    .let_go = asked + 5,
                                    .connection = (uint32_t)trace.count,
                                    .shape = shape,
                                    .what = TRACE_WRITE,
                                    .flags = said->flags,
                                    .answer = {{said->value}, {said->kind}, said->kind != 0}};
    snprintf(one->tag, sizeof one->tag, "%s", said->tag);
    return one;
}

/* The gap of a request that was answered so and went on. */
static struct gap learn(const struct said *said)
{
    static struct request request = {.released = 5, .done = 90, .cls = CLASS_ACCEPTED};
    const struct history history = {.v = &request, .count = 1};
    struct gaps gaps;
    trace.count = trace.groups_count = 0;
    say(FIRST, 10, said);
    say(SECOND, 20, said);
    gaps_find(&trace, &history, &gaps);
    cr_assert_eq(gaps.count, 1);
    return gaps.v[0];
}

/* Three answers are held together, the last of them such. */
static struct gap_round look(const struct gap *gap, const struct said *said, unsigned lasts,
                             const struct said *last)
{
    trace.count = 0;
    trace.groups_count = 1;
    all.held = 3;
    for (unsigned i = 0; i < 3; i++) {
        struct trace_statement *one = say(FIRST, 10 + i, i < 3 - lasts ? said : last);
        one->flags |= TRACE_HELD;
        one->let_go = AT;
    }
    return gap_look(&trace, gap, 1);
}

Test(outcome, who_is_told_that_he_comes_too_late_is_not_inside)
{
    static const struct said yes[] = {{"UPDATE 1", 0, 0, 0},
                                      {"OK 1", 0, 0, 0},
                                      {"", TRACE_OTHER, 7, 0},
                                      {"", TRACE_INTEGER, 1, 0},
                                      {"SELECT 1", TRACE_INTEGER, 3, 0}};
    static const struct said no[] = {{"UPDATE 0", 0, 0, 0},
                                     {"OK 0", 0, 0, 0},
                                     {"", TRACE_NULL, 0, 0},
                                     {"", TRACE_INTEGER, 0, 0},
                                     {"55P03", 0, 0, TRACE_FAILED}};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        const struct gap gap = learn(&yes[i]);
        cr_expect_eq(look(&gap, &yes[i], 0, NULL).inside, 3, "row %zu", i);
        const struct gap_round two = look(&gap, &yes[i], 1, &no[i]);
        cr_expect(two.inside == 2 && two.state == GAP_OPEN, "row %zu", i);
        const struct gap_round one = look(&gap, &yes[i], 2, &no[i]);
        cr_expect(one.inside == 1 && one.state == GAP_SERIALISED, "row %zu: the store decided", i);
    }
}

/* Where those go on who find nothing there. */
Test(outcome, nothing_leads_on_where_it_did_in_the_trace)
{
    static const struct said none = {"INSERT 0 0", 0, 0, 0}, some = {"INSERT 0 1", 0, 0, 0};
    const struct gap gap = learn(&none);
    cr_expect_eq(look(&gap, &none, 1, &some).inside, 2);
    cr_expect_eq(look(&gap, &none, 3, &some).inside, 0);
}

/* Those go on all the same who do not look at what they are told. */
Test(outcome, who_does_not_heed_it_is_inside)
{
    static const struct said some = {"UPDATE 1", 0, 0, 0}, none = {"UPDATE 0", 0, 0, 0};
    const struct gap gap = learn(&some);
    cr_expect_eq(look(&gap, &some, 2, &none).inside, 1);
    for (ns_t i = 0; i < 3; i++)
        say(SECOND, AT + i, &some);
    const struct gap_round round = gap_look(&trace, &gap, 1);
    cr_expect(round.inside == 3 && round.state == GAP_OPEN, "%d", (int)round.inside);
}

/* Whatever they are told: a read keeps nobody out, unless it asks for a lock. */
Test(outcome, who_only_looks_keeps_nobody_out)
{
    static const struct said none = {"SELECT 0", 0, 0, 0}, some = {"SELECT 1", TRACE_INTEGER, 9, 0};
    static const char *const texts[] = {"SELECT n FROM stock",
                                        "SELECT n FROM stock FOR UPDATE NOWAIT"};
    static const struct gap_round expected[] = {{GAP_OPEN, 3}, {GAP_LOCKED, 1}};
    for (int k = 0; k < 2; k++) {
        snprintf(shapes[FIRST].text, sizeof shapes[FIRST].text, "%s", texts[k]);
        const struct gap gap = learn(&none);
        look(&gap, &none, 2, &some);
        for (size_t i = 0; i < trace.count; i++)
            v[i].what = TRACE_READ;
        const struct gap_round round = gap_look(&trace, &gap, 1);
        cr_expect(round.state == expected[k].state && round.inside == expected[k].inside, "%s",
                  texts[k]);
    }
}

Test(outcome, a_script_that_is_asked_for_is_no_step)
{
    trace.count = 0;
    cr_expect_not(
        gap_is_step(&trace, say(FIRST, 1, &(struct said){"NOSCRIPT", 0, 0, TRACE_FAILED})));
    cr_expect(gap_is_step(&trace, say(FIRST, 2, &(struct said){"WRONGTYPE", 0, 0, TRACE_FAILED})));
}
