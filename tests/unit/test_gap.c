/* links: explore */
#include <criterion/criterion.h>

#include "explore/gap.h"

enum { COUNT, INSERT, COMMIT, BEGIN, PING, GET };

static struct trace_door doors[] = {
    {"apply", "postgres"}, {"apply", "redis"}, {"other", "postgres"}};
static struct trace_shape shapes[] = {
    [COUNT] = {"SELECT count(*) FROM coupon", TRACE_READ},
    [INSERT] = {"INSERT INTO coupon VALUES (?)", TRACE_WRITE},
    [COMMIT] = {"COMMIT", TRACE_TXN},
    [BEGIN] = {"BEGIN", TRACE_TXN},
    [PING] = {"SELECT 1", TRACE_HOUSEKEEPING},
    [GET] = {"GET stock", TRACE_READ},
};

struct tape {
    struct trace_statement v[64];
    struct request requests[16];
    struct trace_group groups[8];
    struct trace trace;
    struct history history;
};

static void begin(struct tape *tape)
{
    *tape = (struct tape){.trace = {.known = true,
                                    .v = tape->v,
                                    .doors = doors,
                                    .stores_count = 3,
                                    .shapes = shapes,
                                    .shapes_count = 6,
                                    .groups = tape->groups},
                          .history = {.v = tape->requests}};
}

static struct trace_statement *say(struct tape *tape, int shape, uint32_t connection, ns_t asked,
                                   ns_t answered)
{
    struct trace_statement *traced = &tape->v[tape->trace.count++];
    *traced = (struct trace_statement){.asked = asked,
                                       .let_go = answered,
                                       .answered = answered,
                                       .connection = connection,
                                       .shape = (uint16_t)shape,
                                       .what = shapes[shape].what,
                                       .store = shape == GET};
    return traced;
}

static void ask(struct tape *tape, ns_t released, ns_t done, enum request_class cls)
{
    tape->requests[tape->history.count++] =
        (struct request){.released = released, .done = done, .cls = (uint8_t)cls};
}

Test(gap, neighbours_of_a_request_are_a_gap_whatever_connection_they_take)
{
    static struct tape tape;
    struct gaps gaps;
    begin(&tape);
    ask(&tape, 100, 190, CLASS_ACCEPTED);
    say(&tape, COUNT, 1, 110, 120);
    say(&tape, INSERT, 2, 130, 140);
    ask(&tape, 200, 290, CLASS_ACCEPTED);
    say(&tape, COUNT, 3, 210, 220);
    say(&tape, INSERT, 1, 230, 240);
    ask(&tape, 300, 390, CLASS_REJECTED);
    say(&tape, COUNT, 2, 310, 320);
    gaps_find(&tape.trace, &tape.history, &gaps);
    cr_assert_eq(gaps.count, 1);
    cr_expect(gaps.v[0].first == COUNT && gaps.v[0].second == INSERT);
    cr_expect(gaps.v[0].on_yes && !gaps.v[0].on_no);
    cr_expect_eq(gaps.statements, 5);
}

Test(gap, stores_and_commits_have_gaps_and_housekeeping_has_none)
{
    static struct tape tape;
    struct gaps gaps;
    begin(&tape);
    ask(&tape, 100, 190, CLASS_ACCEPTED);
    say(&tape, PING, 1, 105, 106);
    say(&tape, GET, 9, 110, 120);
    say(&tape, BEGIN, 1, 125, 126);
    say(&tape, INSERT, 1, 130, 140);
    say(&tape, COMMIT, 1, 145, 150);
    say(&tape, COUNT, 1, 160, 170);
    gaps_find(&tape.trace, &tape.history, &gaps);
    cr_assert_eq(gaps.count, 3);
    cr_expect(gaps.v[0].first == GET && gaps.v[0].second == INSERT);
    cr_expect(gaps.v[0].first_door == 1 && gaps.v[0].second_door == 0);
    cr_expect(gaps.v[1].first == INSERT && gaps.v[1].second == COMMIT);
    cr_expect(gaps.v[2].first == COMMIT && gaps.v[2].second == COUNT);
}

/* The client had not read the first answer when it sent the second statement. */
Test(gap, what_is_pipelined_has_no_gap)
{
    static struct tape tape;
    struct gaps gaps;
    begin(&tape);
    ask(&tape, 100, 190, CLASS_ACCEPTED);
    say(&tape, COUNT, 1, 110, 120);
    say(&tape, INSERT, 1, 115, 125);
    gaps_find(&tape.trace, &tape.history, &gaps);
    cr_expect_eq(gaps.count, 0);
    cr_expect_eq(gaps.statements, 2);
}

/* A poller of the same process fell into one request of three; the first request does more than
 * the others. Another process's statements lie between nobody's. */
Test(gap, what_happens_now_and_then_is_no_gap)
{
    static struct tape tape;
    struct gaps gaps;
    begin(&tape);
    ask(&tape, 100, 190, CLASS_ACCEPTED);
    say(&tape, COUNT, 1, 110, 120);
    say(&tape, GET, 9, 121, 122);
    say(&tape, INSERT, 1, 130, 140);
    for (int i = 2; i <= 3; i++) {
        ask(&tape, i * 100, i * 100 + 90, CLASS_ACCEPTED);
        say(&tape, COUNT, 1, i * 100 + 10, i * 100 + 20);
        say(&tape, COUNT, 7, i * 100 + 22, i * 100 + 24)->store = 2;
        say(&tape, INSERT, 1, i * 100 + 30, i * 100 + 40);
    }
    gaps_find(&tape.trace, &tape.history, &gaps);
    cr_assert_eq(gaps.count, 1);
    cr_expect(gaps.v[0].first == COUNT && gaps.v[0].second == INSERT);
}

static struct gap_round look(struct tape *tape, unsigned held, unsigned behind)
{
    tape->groups[tape->trace.groups_count++] =
        (struct trace_group){.at = 1000 * NS_PER_MS, .held = held, .behind = behind};
    return gap_look(&tape->trace, COUNT, 1);
}

Test(gap, two_inside_are_open)
{
    static struct tape tape;
    begin(&tape);
    say(&tape, COUNT, 1, 10, 20);
    say(&tape, COUNT, 2, 11, 21);
    struct gap_round round = look(&tape, 2, 0);
    cr_expect(round.state == GAP_OPEN && round.inside == 2);
    begin(&tape);
    say(&tape, COUNT, 1, 10, 20);
    say(&tape, COUNT, 1, 11, 21);
    cr_expect_eq(look(&tape, 1, 1).state, GAP_OPEN, "both were answered before either can act");
}

Test(gap, one_inside_while_another_waits_at_the_store_is_serialised)
{
    static struct tape tape;
    begin(&tape);
    say(&tape, COUNT, 1, 10, 20);
    say(&tape, COUNT, 2, 11, 1100 * NS_PER_MS);
    cr_expect_eq(look(&tape, 1, 0).state, GAP_SERIALISED);
    begin(&tape); /* at another statement, as behind a lock of its own */
    say(&tape, COUNT, 1, 10, 20);
    say(&tape, INSERT, 2, 11, 0);
    cr_expect_eq(look(&tape, 1, 0).state, GAP_SERIALISED);
}

Test(gap, one_inside_and_nobody_else_is_the_service_or_its_connection)
{
    static struct tape tape;
    begin(&tape);
    say(&tape, COUNT, 1, 10, 20);
    cr_expect_eq(look(&tape, 1, 0).state, GAP_ONE_CONNECTION);
    begin(&tape);
    say(&tape, COUNT, 1, 10, 20);
    say(&tape, COUNT, 2, 1100 * NS_PER_MS, 1110 * NS_PER_MS);
    cr_expect_eq(look(&tape, 1, 0).state, GAP_ONE_AT_A_TIME);
    begin(&tape); /* just sent: it waits for nobody */
    say(&tape, COUNT, 1, 10, 20);
    say(&tape, COUNT, 2, 999 * NS_PER_MS, 1001 * NS_PER_MS);
    cr_expect_eq(look(&tape, 1, 0).state, GAP_ONE_AT_A_TIME);
    begin(&tape);
    cr_expect_eq(gap_look(&tape.trace, COUNT, 1).state, GAP_NOT_REACHED);
}
