/* links: verify probe */
/* When the drain state machine wants to look again, and at what, one small story at a time. */
#include "drain_story.h"

/* ---- the pace ---- */

static ns_t next_span(struct story *s, unsigned *ret_wants)
{
    return drain_next(s->drain, s->sample.at, ret_wants) - s->sample.at;
}

Test(drain_pace, wants_are_numbered_like_the_probes)
{
    struct story s;
    unsigned wants = 0;
    begin(&s, true, true, 100);
    offsets(&s, 0, 100, 100);
    saved(&s, 100, 100, 0);
    feed(&s, 10);
    next_span(&s, &wants);
    cr_assert_eq(wants, PROBE_PIPELINE | PROBE_ROWS | PROBE_SAVED | PROBE_COUNTER);
    offsets(&s, 0, 50, 100);
    s.sample = blank();
    s.sample.rows = 50;
    for (int ms = 20; ms < 1000; ms += 100)
        feed(&s, ms);
    next_span(&s, &wants);
    cr_assert(wants & PROBE_MEMBERS);
    end(&s);
}

Test(drain_pace, backs_off_while_nothing_moves_and_is_eager_after_a_pass)
{
    struct story s;
    unsigned wants = 0;
    begin(&s, true, true, 100);
    offsets(&s, 0, 0, 100);
    s.sample.rows = 0;
    feed(&s, 0);
    cr_assert_eq(next_span(&s, &wants), MS);
    ns_t span = 0;
    for (int ms = 1; ms < 4200; ms += (int)(span / MS) + 1) {
        feed(&s, ms);
        ns_t next = next_span(&s, &wants);
        cr_assert_geq(next, span);
        span = next;
    }
    cr_assert_eq(span, 50 * MS);
    offsets(&s, 0, 100, 100);
    saved(&s, 100, 100, 0);
    feed(&s, 4300);
    cr_assert_eq(next_span(&s, &wants), MS);
    feed(&s, 4301);
    cr_assert_eq(next_span(&s, &wants), MS);
    end(&s);
}

/* A consumer of 20 ms a row: how many looks until the end, and how late is the first look after it?
 */
Test(drain_pace, few_looks_and_close_to_the_end)
{
    struct story s;
    unsigned wants = 0;
    begin(&s, true, true, 100);
    ns_t now = T0;
    int looks = 0, row_looks = 0;
    int64_t done = 0;
    while (done < 100) {
        now = drain_next(s.drain, now, &wants);
        done = (now - T0) / (20 * MS);
        done = done > 100 ? 100 : done;
        s.sample = blank();
        if (wants & PROBE_ROWS)
            s.sample.rows = done;
        offsets(&s, 0, done, 100);
        cr_assert_eq(feed(&s, (now - T0) / MS), DRAIN_NOT_RUN);
        now = s.sample.at;
        looks++;
        row_looks += (wants & PROBE_ROWS) != 0;
    }
    ns_t late = now - (T0 + 2000 * MS);
    cr_assert_leq(late, 8 * MS, "%lld us late", (long long)(late / NS_PER_US));
    cr_assert_leq(looks, 100);
    cr_assert_leq(row_looks, 41);
    end(&s);
}

/* An outbox whose relay comes by once in a while: no rows are read as long as some wait. */
Test(drain_pace, rows_are_looked_at_as_soon_as_nothing_waits)
{
    struct story s;
    unsigned wants = 0;
    begin(&s, true, true, 100);
    for (int ms = 10; ms < 1200; ms += 10) {
        offsets(&s, 0, ms < 200 ? 0 : 80, 100);
        feed(&s, ms);
    }
    cr_assert_gt(next_span(&s, &wants), 5 * MS);
    offsets(&s, 0, 100, 100);
    feed(&s, 1200);
    cr_assert_eq(next_span(&s, &wants), MS);
    cr_assert_eq(wants & (PROBE_ROWS | PROBE_SAVED), PROBE_ROWS | PROBE_SAVED);
    saved(&s, 80, COUNT_UNKNOWN, COUNT_UNKNOWN);
    feed(&s, 1201);
    feed(&s, 1221);
    cr_assert_gt(next_span(&s, &wants), MS, "who has not written them yet is not hurried");
    end(&s);
}

Test(drain_pace, during_the_load_the_stores_are_left_in_peace)
{
    struct story s;
    unsigned wants = 0;
    begin(&s, true, true, COUNT_UNKNOWN);
    s.facts.settled = 0;
    s.sample.rows = 5;
    feed(&s, -100);
    cr_assert_eq(next_span(&s, &wants), 10 * MS);
    cr_assert_eq(wants & PROBE_SAVED, 0);
    cr_assert(wants & PROBE_ROWS);
    end(&s);
}

Test(drain_pace, all_rows_are_read_when_there_are_enough_of_them)
{
    struct story s;
    unsigned wants = 0;
    begin(&s, false, true, 100);
    s.sample.rows = 90;
    feed(&s, 10);
    feed(&s, 20);
    next_span(&s, &wants);
    cr_assert(wants & PROBE_SAVED, "never read yet");
    s.sample.saved = 90;
    feed(&s, 30);
    s.sample.saved = COUNT_UNKNOWN;
    feed(&s, 40);
    next_span(&s, &wants);
    cr_assert_eq(wants & (PROBE_SAVED | PROBE_PIPELINE), 0, "90 rows cannot be 100 users");
    s.sample.rows = 100;
    feed(&s, 50);
    next_span(&s, &wants);
    cr_assert(wants & PROBE_SAVED);
    end(&s);
}

/* 30 s without a change: the stores are asked for counts 20 times a second, and for all rows once.
 */
Test(drain_pace, waiting_for_what_is_missing_is_cheap)
{
    for (int kafka = 0; kafka < 2; kafka++) {
        struct story s;
        unsigned wants = 0;
        int rounds = 0, full = 0;
        ns_t now = T0;
        begin(&s, kafka, true, 100);
        offsets(&s, 0, 97, 97);
        while (now < T0 + 29 * NS_PER_S) {
            now = drain_next(s.drain, now, &wants);
            saved(&s, 97, kafka ? 97 : COUNT_UNKNOWN, kafka ? 0 : COUNT_UNKNOWN);
            if (!(wants & PROBE_SAVED))
                s.sample.saved = s.sample.unsaved = s.sample.records = COUNT_UNKNOWN;
            cr_assert_eq(feed(&s, (now - T0) / MS + 1), DRAIN_NOT_RUN);
            now = s.sample.at;
            rounds++;
            full += (wants & PROBE_SAVED) != 0;
        }
        cr_assert_leq(rounds, 760, "%d rounds", rounds);
        cr_assert_leq(full, 34, "%d full reads", full);
        end(&s);
    }
}
