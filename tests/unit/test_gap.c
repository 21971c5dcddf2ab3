/* links: explore */
#include <criterion/criterion.h>

#include "explore/gap.h"
#include "explore/steps.h"

enum { COUNT, INSERT, COMMIT, BEGIN, PING, GET, LOCK, TAKE };

static struct trace_door doors[] = {
    {"apply", "postgres", 0}, {"apply", "redis", 0}, {"other", "postgres", 0}};
static struct trace_shape shapes[] = {
    [COUNT] = {"SELECT count(*) FROM coupon", TRACE_READ, false},
    [INSERT] = {"INSERT INTO coupon VALUES (?)", TRACE_WRITE, false},
    [COMMIT] = {"COMMIT", TRACE_TXN, false},
    [BEGIN] = {"BEGIN", TRACE_TXN, false},
    [PING] = {"SELECT 1", TRACE_HOUSEKEEPING, false},
    [GET] = {"GET stock", TRACE_READ, false},
    [LOCK] = {"SET lock ? NX PX ?", TRACE_WRITE, false},
    [TAKE] = {"BLPOP lock:tokens ?", TRACE_BLOCKING, false},
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
                                    .shapes_count = 8,
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
                                       .store = shape == GET || shape >= LOCK};
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
    return gap_look(&tape->trace, &(struct gap){.second = INSERT}, 1);
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

static struct gap_edge edge_of(struct tape *tape, int64_t left)
{
    return (struct gap_edge){.left = left, .crowded = true, .history = &tape->history, .from = 1};
}

static enum gap_state state_at(struct tape *tape, const struct gap *gap, int64_t left)
{
    const struct gap_edge edge = edge_of(tape, left);
    return gap_look_at(&tape->trace, gap, &edge).state;
}

/* Three who read that three places are left may all have one. */
Test(gap, no_more_inside_than_places_are_left_shows_nothing)
{
    static struct tape tape;
    const struct gap gap = {.first = COUNT, .second = INSERT};
    begin(&tape);
    look(&tape, 3, 0);
    cr_expect_eq(state_at(&tape, &gap, 3), GAP_NOT_REACHED);
    cr_expect_eq(state_at(&tape, &gap, 2), GAP_OPEN);
    ask(&tape, 100, 200, CLASS_ACCEPTED);
    ask(&tape, 100, 200, CLASS_ACCEPTED);
    cr_expect_eq(state_at(&tape, &gap, 2), GAP_NOT_REACHED, "all had read that it was sold out");
}

Test(gap, behind_the_decision_there_are_never_more_than_have_won)
{
    static struct tape tape;
    const struct gap gap = {.first = INSERT, .second = COMMIT, .decided_before = true};
    struct gap_edge edge;
    begin(&tape);
    look(&tape, 2, 0);
    cr_expect_eq(state_at(&tape, &gap, 3), GAP_OPEN);
    edge = edge_of(&tape, 3);
    edge.crowded = false;
    cr_expect_eq(gap_look_at(&tape.trace, &gap, &edge).state, GAP_NOT_REACHED);
}

Test(gap, a_transaction_may_begin_in_small_letters)
{
    static struct tape tape;
    struct gaps gaps;
    begin(&tape);
    strcpy(shapes[BEGIN].text, "begin");
    ask(&tape, 100, 190, CLASS_ACCEPTED);
    say(&tape, BEGIN, 1, 105, 106);
    say(&tape, COUNT, 1, 110, 120);
    gaps_find(&tape.trace, &tape.history, &gaps);
    cr_expect_eq(gaps.count, 0);
}

/* The own load has what the single requests do not have, and one of those goes his own way. */
Test(steps, what_is_no_habit_is_named)
{
    static struct tape tape, own;
    static struct steps single, seen, unheld;
    struct gaps gaps;
    begin(&tape);
    for (int i = 1; i <= 3; i++) {
        ask(&tape, i * 100, i * 100 + 90, CLASS_ACCEPTED);
        say(&tape, COUNT, 1, i * 100 + 10, i * 100 + 20);
        say(&tape, INSERT, 1, i * 100 + 30, i * 100 + 40);
    }
    begin(&own);
    say(&own, COUNT, 1, 10, 20);
    say(&own, GET, 1, 30, 40);
    say(&own, COMMIT, 1, 50, 60);
    gaps_find(&tape.trace, &tape.history, &gaps);
    steps_of_requests(&tape.trace, &tape.history, &single);
    steps_list(&own.trace, 0, &seen);
    steps_unheld(&seen, &single, &gaps, &tape.trace, &unheld);
    cr_assert_eq(unheld.count, 1);
    cr_expect_str_eq(unheld.v[0].text, "GET stock");
    steps_unheld(&seen, &single, &gaps, &tape.trace, &unheld);
    cr_expect_eq(unheld.count, 1, "once");
}

/* What only those who win come to has decided nothing. */
Test(steps, what_comes_behind_the_decision_is_late)
{
    static struct tape tape;
    static struct steps single;
    begin(&tape);
    for (int i = 1; i <= 6; i++) {
        ask(&tape, i * 100, i * 100 + 90, i > 3 ? CLASS_REJECTED : CLASS_ACCEPTED);
        say(&tape, COUNT, 1, i * 100 + 10, i * 100 + 20);
        if (i <= 3)
            say(&tape, INSERT, 1, i * 100 + 30, i * 100 + 40);
    }
    steps_of_requests(&tape.trace, &tape.history, &single);
    steps_mark_late(&single, &tape.trace);
    cr_expect(shapes[INSERT].late && !shapes[COUNT].late && !shapes[GET].late);
    tape.history.count = 3; /* nobody is told no, and nothing is known */
    steps_of_requests(&tape.trace, &tape.history, &single);
    shapes[INSERT].late = false;
    steps_mark_late(&single, &tape.trace);
    cr_expect(!shapes[INSERT].late);
}

Test(gap, one_inside_and_nobody_else_is_one_at_a_time)
{
    static struct tape tape;
    begin(&tape);
    say(&tape, COUNT, 1, 10, 20);
    cr_expect_eq(look(&tape, 1, 0).state, GAP_ONE_AT_A_TIME);
    begin(&tape); /* just sent: it waits for nobody */
    say(&tape, COUNT, 1, 10, 20);
    say(&tape, COUNT, 2, 999 * NS_PER_MS, 1001 * NS_PER_MS);
    cr_expect_eq(look(&tape, 1, 0).state, GAP_ONE_AT_A_TIME);
    begin(&tape);
    cr_expect_eq(gap_look(&tape.trace, &(struct gap){.second = INSERT}, 1).state, GAP_NOT_REACHED);
}

/* COUNT's answer is held alone from 20 ms on. */
static struct gap_round look_held(struct tape *tape)
{
    for (size_t i = 0; i < tape->trace.count; i++) {
        struct trace_statement *traced = &tape->v[i];
        if (traced->shape == COUNT) {
            traced->flags = TRACE_HELD;
            traced->let_go = 1000 * NS_PER_MS;
        }
    }
    return look(tape, 1, 0);
}

static void lock(struct tape *tape, uint32_t connection, ns_t asked, bool granted)
{
    struct trace_statement *traced =
        say(tape, LOCK, connection, asked * NS_PER_MS, (asked + 1) * NS_PER_MS);
    traced->answer = granted ? (struct trace_values){.count = 0}
                             : (struct trace_values){.count = 1, .kinds = {TRACE_NULL}};
    strcpy(traced->tag, granted ? "OK" : "");
}

/* A lock in Redis is no mutex: others ask for it again and again, and wait nowhere. */
Test(gap, one_inside_while_others_are_refused_a_lock_is_by_a_lock_in_the_store)
{
    static struct tape tape;
    begin(&tape);
    lock(&tape, 3, 10, true);
    say(&tape, COUNT, 1, 15 * NS_PER_MS, 20 * NS_PER_MS);
    lock(&tape, 4, 100, false);
    lock(&tape, 5, 110, false);
    cr_expect_eq(look_held(&tape).state, GAP_LOCKED);
    begin(&tape); /* a key that everybody has of his own */
    lock(&tape, 3, 10, true);
    say(&tape, COUNT, 1, 15 * NS_PER_MS, 20 * NS_PER_MS);
    lock(&tape, 4, 100, true);
    cr_expect_eq(look_held(&tape).state, GAP_ONE_AT_A_TIME);
    begin(&tape); /* before the answer was held */
    lock(&tape, 3, 10, true);
    lock(&tape, 4, 11, false);
    say(&tape, COUNT, 1, 15 * NS_PER_MS, 20 * NS_PER_MS);
    cr_expect_eq(look_held(&tape).state, GAP_ONE_AT_A_TIME);
}

/* Who may wait for 50 ms alone has been told so when the answer is let go. */
Test(gap, one_who_waited_in_vain_waited_in_the_store)
{
    static struct tape tape;
    begin(&tape);
    say(&tape, COUNT, 1, 15 * NS_PER_MS, 20 * NS_PER_MS);
    say(&tape, INSERT, 2, 30 * NS_PER_MS, 80 * NS_PER_MS)->flags = TRACE_FAILED;
    cr_expect_eq(look_held(&tape).state, GAP_SERIALISED);
    begin(&tape); /* he was just slow */
    say(&tape, COUNT, 1, 15 * NS_PER_MS, 20 * NS_PER_MS);
    say(&tape, INSERT, 2, 30 * NS_PER_MS, 80 * NS_PER_MS);
    cr_expect_eq(look_held(&tape).state, GAP_ONE_AT_A_TIME);
    begin(&tape); /* for one of so many tokens */
    say(&tape, COUNT, 1, 15 * NS_PER_MS, 20 * NS_PER_MS);
    say(&tape, TAKE, 2, 30 * NS_PER_MS, 0);
    cr_expect_eq(look_held(&tape).state, GAP_SERIALISED);
}

/* Which of them it was shows in whose turn it is after an answer. */
Test(gap, requests_that_share_a_connection_take_turns_between_the_statements)
{
    static struct tape tape;
    const struct gap gap = {.first = COUNT, .second = INSERT};
    begin(&tape);
    say(&tape, COUNT, 1, 10, 20);
    say(&tape, INSERT, 1, 30, 40);
    say(&tape, COUNT, 1, 50, 60);
    say(&tape, COUNT, 1, 70, 80);
    say(&tape, INSERT, 1, 90, 95);
    cr_expect_eq(gap_refine(&tape.trace, &gap, 1, GAP_ONE_AT_A_TIME), GAP_ONE_AT_A_TIME);
    say(&tape, INSERT, 1, 100, 110);
    cr_expect_eq(gap_refine(&tape.trace, &gap, 1, GAP_ONE_AT_A_TIME), GAP_ONE_CONNECTION);
    cr_expect_eq(gap_refine(&tape.trace, &gap, 1, GAP_OPEN), GAP_OPEN);
    say(&tape, COUNT, 2, 120, 130);
    cr_expect_eq(gap_refine(&tape.trace, &gap, 1, GAP_ONE_AT_A_TIME), GAP_ONE_AT_A_TIME);
}

/* Whoever has a single connection may have a mutex in front of it or none: nobody can tell. */
Test(gap, one_connection_hides_what_else_lets_in_one_at_a_time)
{
    static struct trace_door one[] = {{"apply", "postgres", 1}, {"apply", "redis", 1}};
    static struct tape tape;
    const struct gap gap = {.first = COUNT, .second = INSERT};
    begin(&tape);
    tape.trace.doors = one;
    for (int i = 1; i <= 3; i++) {
        say(&tape, COUNT, 1, i * 100, i * 100 + 10);
        say(&tape, INSERT, 1, i * 100 + 20, i * 100 + 30);
    }
    cr_expect_eq(gap_refine(&tape.trace, &gap, 1, GAP_ONE_AT_A_TIME), GAP_ONE_CONNECTION);
    cr_expect_eq(gap_refine(&tape.trace, &gap, 1, GAP_SERIALISED), GAP_SERIALISED);
    one[0].open = 10; /* a pool, of which a mutex lets in one */
    cr_expect_eq(gap_refine(&tape.trace, &gap, 1, GAP_ONE_AT_A_TIME), GAP_ONE_AT_A_TIME);
}

/* Two instances of a service have ways of their own to the store. */
Test(gap, what_instances_do_is_the_same_gap)
{
    static struct trace_door two[] = {{"shop.1", "postgres", 0}, {"shop.2", "postgres", 0}};
    static struct tape tape;
    struct gaps gaps;
    begin(&tape);
    tape.trace.doors = two;
    tape.trace.stores_count = 2;
    for (int i = 1; i <= 4; i++) {
        ask(&tape, i * 100, i * 100 + 90, CLASS_ACCEPTED);
        say(&tape, COUNT, (uint32_t)i, i * 100 + 10, i * 100 + 20)->store = (uint8_t)(i % 2);
        say(&tape, INSERT, (uint32_t)i, i * 100 + 30, i * 100 + 40)->store = (uint8_t)(i % 2);
    }
    gaps_find(&tape.trace, &tape.history, &gaps);
    cr_assert_eq(gaps.count, 1);
}
