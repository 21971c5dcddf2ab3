/* links: proxy */
/* The hold, told as stories: sN a statement is sent on connection N, bN its answer begins, eN ends,
 * aN both, rN both of an error, uN it will not be answered, xN a statement of another shape with
 * its answer, cN the client cancels, fN the connection is gone, @T it is T milliseconds later than
 * at the beginning. Verbs in capitals are of the shape that is held first, where two are held in
 * step. What is let go: why, how many were held (+ those behind them, s: serialised), and from
 * which connections. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "proxy/hold.h"

#define SHAPE 7

static struct buf told;

static void let_go(void *context, unsigned connection)
{
    (void)context;
    buf_addf(&told, "%u ", connection);
}

static void group(void *context, const struct hold_group *group)
{
    (void)context;
    buf_addf(&told, "%s %u", hold_reason_name(group->reason), group->held);
    if (group->behind)
        buf_addf(&told, "+%u", group->behind);
    buf_addf(&told, "%s: ", group->serialised ? "s" : "");
}

static const struct hold_events events = {let_go, group, NULL};
static const struct hold_rule rule = {1, 3, HOLD_QUIET, HOLD_DEADLINE, HOLD_BUDGET, 3};

static void act_on(struct hold *hold, char verb, unsigned n, uint16_t shape, ns_t now)
{
    switch (verb) {
    case 's':
        return hold_statement(hold, n, shape, now);
    case 'b':
        buf_adds(&told, hold_answer_begun(hold, n, shape, now) ? "" : "(passes) ");
        return;
    case 'e':
        return hold_answer_ended(hold, n, shape, false, now);
    case 'r':
        act_on(hold, 'b', n, shape, now);
        return hold_answer_ended(hold, n, shape, true, now);
    case 'a':
        act_on(hold, 'b', n, shape, now);
        return act_on(hold, 'e', n, shape, now);
    case 'u':
        return hold_unanswered(hold, n, shape, now);
    case 'x':
        hold_statement(hold, n, SHAPE + 2, now);
        cr_expect(!hold_answer_begun(hold, n, SHAPE + 2, now));
        return hold_answer_ended(hold, n, SHAPE + 2, false, now);
    case 'c':
        return hold_cancel(hold, n, now);
    case 'f':
        return hold_forget(hold, n, now);
    }
}

static void act(struct hold *hold, char verb, unsigned n, ns_t now)
{
    bool first = verb >= 'A' && verb <= 'Z';
    act_on(hold, (char)(first ? verb - 'A' + 'a' : verb), n, first ? SHAPE + 1 : SHAPE, now);
}

/* The loop's part: ticks when the hold wants one, until the instant. */
static void pass(struct hold *hold, ns_t until)
{
    for (ns_t next; (next = hold_next(hold)) && next <= until;) {
        buf_addf(&told, "@%d ", (int)(next / NS_PER_MS));
        hold_tick(hold, next);
    }
}

static void tell_in(const char *story, const char *expected, unsigned steps)
{
    struct hold *hold = hold_open(&events);
    struct hold_rule in_step = rule;
    ns_t now = NS_PER_MS;
    char *copy = strdup(story), *rest = copy;
    buf_init(&told, 1 << 16);
    in_step.steps = steps;
    hold_begin(hold, &in_step, now);
    hold_bind(hold, SHAPE + 1, 0);
    hold_bind(hold, SHAPE, steps - 1);
    for (char *word; (word = strsep(&rest, " "));) {
        unsigned n = (unsigned)atoi(word + (*word != '\0'));
        if (*word == '@') {
            pass(hold, n * NS_PER_MS);
            now = n * NS_PER_MS;
        } else {
            act(hold, *word, n, now);
        }
    }
    if (told.used && told.data[told.used - 1] == ' ')
        told.data[told.used - 1] = '\0';
    cr_expect_str_eq(buf_text(&told), expected, "%s\n  -> %s\n  want %s", story, buf_text(&told),
                     expected);
    buf_free(&told);
    free(copy);
    hold_close(hold);
}

static void tell(const char *story, const char *expected)
{
    tell_in(story, expected, 1);
}

Test(hold, a_pool)
{
    tell("s1 s2 s3 a1 a2 a3", "full 3: 3 2 1");
    tell("s1 s2 s3 b1 b2 b3 e2 e3 @100", "@11 calm 2: 3 2 1");
    tell("s1 s2 a1 a2 @100", "@11 calm 2: 2 1");
    tell("s1 s2 a1 @5 a2 @100", "@15 calm 2: 2 1");
    tell("s1 x2 a1 x3 @150 s4 a4 @400", "@160 calm 2: 4 1");
    tell("s1 s2 s3 s4 a1 a2 a3 a4 @100", "full 3s: 3 2 1");
}

Test(hold, lets_errors_go)
{
    tell("s1 s2 s3 a1 r2 r3 @300", "2 3 @201 late 1: 1");
    tell("s1 s2 r1 r2 @300", "1 2");
    tell("s1 s2 s3 r1 a2 a3 @300", "1 @11 calm 2: 3 2");
}

Test(hold, that_is_alone_is_given_up)
{
    tell("s1 a1 @1000", "@201 late 1: 1");
    tell("s1 a1 @1000 s1 a1 @2000", "@201 late 1: 1 @1200 late 1: 1");
    tell("s1 a1 @300 s2 a2 @600 s3 a3 @900 s4 a4 s5 a5",
         "@201 late 1: 1 @500 late 1: 2 @800 late 1: 3 (passes) (passes)");
}

Test(hold, has_a_budget_a_connection)
{
    tell("s1 a1 @300 s1 s2 a1 a2 @400 s1 a1 @700 s2 a2 @1000 s1 a1 @1300 s1 a1",
         "@201 late 1: 1 @310 calm 2: 2 1 @600 late 1: 1 @900 late 1: 2 @1090 late 1: 1 (passes)");
}

/* A whole answer behind the cut is held as well as the one at it. */
Test(hold, one_connection_with_many_answers)
{
    tell("s1 s1 s1 a1 e1 e1", "full 1+2: 1");
    tell("s1 s1 a1 e1 @500", "@11 calm 1+1: 1");
    tell("s1 s1 a1 @500", "@201 late 1: 1");
    tell("s1 s1 s2 a1 a2 e1", "full 2+1: 2 1");
    tell("s1 s1 s2 a1 e1 a2", "full 2+1: 2 1");
    tell("s1 b1 s1 e1 @5 e1 @100", "@15 calm 1+1: 1");
    tell("s1 s1 a1 e1 c1 s2 a2 @100 s3 a3 @200", "1 @110 calm 2: 3 2");
}

/* What is held first only brings the others as far; stragglers pass. */
Test(hold, two_shapes_in_step)
{
    tell_in("S1 S2 S3 A1 A2 A3 s1 s2 s3 a1 a2 a3", "3 2 1 full 3: 3 2 1", 2);
    tell_in("S1 S1 S1 A1 E1 E1 s1 s1 s1 a1 e1 e1", "1 full 1+2: 1", 2);
    tell_in("S1 S2 A1 A2 @50 s1 S3 A3 s3 s2 a1 a3 a2", "@11 2 1 (passes) full 3: 2 3 1", 2);
    tell_in("S1 A1 @300 s1 a1 @600", "@201 1 @500 late 1: 1", 2);
    tell_in("s1 a1", "(passes)", 2);
}

Test(hold, a_lock_makes_others_wait)
{
    tell("s1 s2 s3 a1 @1000", "@201 late 1s: 1");
    tell("s1 s2 a1 @300 a2 @600", "@201 late 1s: 1 @500 late 1: 2");
    tell("s1 s2 a1 @50 u2 @300", "@201 late 1: 1");
}

Test(hold, clients_go_away)
{
    tell("s1 s2 a1 a2 c1 @1000", "1 @201 late 1: 2");
    tell("s1 s2 s3 a1 a2 f1 a3 @100", "1 @11 calm 2: 3 2");
    tell("c9 f9", "");
    tell("s1 b1 f1 s1 a1 @1000", "1 @201 late 1: 1");
}

Test(hold, a_new_round_forgets)
{
    struct hold *hold = hold_open(&events);
    buf_init(&told, 1 << 16);
    hold_begin(hold, &rule, 1);
    hold_bind(hold, SHAPE, 0);
    for (unsigned n = 1; n <= 4; n++) {
        hold_statement(hold, n, SHAPE, 1);
        hold_answer_begun(hold, n, SHAPE, 1);
        hold_answer_ended(hold, n, SHAPE, false, 1);
        hold_tick(hold, NS_PER_S * n);
    }
    cr_expect(hold_counts(hold)->given_up);
    hold_begin(hold, &rule, 2);
    hold_bind(hold, SHAPE, 0);
    cr_expect(hold_counts(hold)->answers == 0 && !hold_counts(hold)->given_up);
    hold_statement(hold, 1, SHAPE, 2);
    cr_expect(hold_answer_begun(hold, 1, SHAPE, 2));
    hold_begin(hold, NULL, 3);
    cr_expect_eq(hold_next(hold), 0);
    cr_expect(!hold_answer_begun(hold, 2, SHAPE, 3));
    buf_free(&told);
    hold_close(hold);
}
