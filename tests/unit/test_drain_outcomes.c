/* links: verify probe */
/* Every other outcome, one small story at a time. */
#include "drain_story.h"

/* ---- incomplete: waited for until the timeout, whatever it looks like ---- */

struct shortage {
    const char *name;
    bool kafka;
    int64_t accepted, tried, undecided;
    int64_t committed, end, saved, unsaved;
    int64_t members;
    bool gone;
    uint32_t flags;
    enum drain_outcome outcome;
    const char *says;
};

static const struct shortage shortages[] = {
    {"three were never produced", true, 100, 1000, 0, 97, 97, 97, 0, 1, false, 0,
     DRAIN_DRAINED_LOSSY, "97 users saved of 100 accepted: no row 30 s after the last answer"},
    {"a loss and a double", true, 100, 1000, 0, 100, 100, 100, 1, 1, false, 0, DRAIN_DRAINED_LOSSY,
     "1 users in the topics have no row"},
    {"without a queue", false, 100, 1000, 0, 0, 0, 24, 0, COUNT_UNKNOWN, false, 0,
     DRAIN_DRAINED_LOSSY, "24 users saved of 100 accepted: no row 30 s after the last answer"},
    {"answers decide nothing", false, COUNT_UNKNOWN, 1000, 1000, 0, 0, 24, 0, COUNT_UNKNOWN, false,
     0, DRAIN_DRAINED_LOSSY, "24 users saved of 100 who can win"},
    {"only those without an answer are missing", true, 97, 1000, 3, 97, 97, 97, 0, 1, false, 0,
     DRAIN_DRAINED, "97 users saved"},
    {"lossy, but a process has ended", true, 100, 1000, 0, 97, 97, 97, 0, 1, true, 0,
     DRAIN_NO_CONSUMER, "a process of the run has ended or is stopped, 97 rows of 100 accepted"},
    {"lossy without a queue, but a process has ended", false, 100, 1000, 0, 0, 0, 24, 0,
     COUNT_UNKNOWN, true, 0, DRAIN_NO_CONSUMER, "a process of the run has ended or is stopped"},
    {"frozen below the end", true, 34, 1000, 0, 17, 34, 17, 17, 1, false, 0, DRAIN_STALLED,
     "coupon_create[0] committed 17 of 34"},
    {"only the commit is missing", true, 34, 1000, 0, 0, 34, 34, 0, 1, false, 0, DRAIN_STALLED,
     "every record has its row: only the commit is missing"},
    {"nobody is in the group", true, 34, 1000, 0, 17, 34, 17, 17, 0, false, 0, DRAIN_NO_CONSUMER,
     "nobody is in group group_1; coupon_create[0] committed 17 of 34"},
    {"a consumer that ended", true, 34, 1000, 0, 17, 34, 17, 17, COUNT_UNKNOWN, true, 0,
     DRAIN_NO_CONSUMER, "a process of the run has ended or is stopped"},
    {"never a commit, and nobody can say who is there", true, 34, 1000, 0, COMMITTED_UNDEFINED, 34,
     0, 34, COUNT_UNKNOWN, false, 0, DRAIN_NO_CONSUMER, "group group_1 has committed nothing"},
    {"never a commit, with somebody in the group", true, 34, 1000, 0, COMMITTED_UNDEFINED, 34, 0,
     34, 1, false, 0, DRAIN_STALLED, "nothing committed, end 34"},
    {"kafka does not answer", true, 34, 1000, 0, 34, 34, 34, 0, 1, false, SAMPLE_PIPELINE_BLOCKED,
     DRAIN_BLOCKED, "kafka did not answer"},
    {"the database does not answer", true, 34, 1000, 0, 34, 34, COUNT_UNKNOWN, COUNT_UNKNOWN, 1,
     false, SAMPLE_ROWS_BLOCKED, DRAIN_BLOCKED, "database did not answer"},
};

Test(drain, incomplete_is_decided_after_the_timeout_and_never_before)
{
    for (size_t i = 0; i < sizeof shortages / sizeof *shortages; i++) {
        const struct shortage *c = &shortages[i];
        struct story s;
        int64_t when = 0;
        begin(&s, c->kafka, true, c->accepted);
        s.facts.tried = c->tried;
        s.facts.undecided = c->undecided;
        s.facts.consumer_gone = c->gone;
        offsets(&s, 0, c->committed, c->end);
        saved(&s, c->saved, c->end, c->unsaved);
        s.sample.members = c->members;
        s.sample.flags = c->flags;
        cr_assert_eq(feed_on(&s, 10, 60000, &when), c->outcome, "%s: %s (%s)", c->name,
                     drain_outcome_name(s.result.outcome), s.result.detail);
        cr_assert(when >= 30000 && when <= 30100, "%s: %lld ms", c->name, (long long)when);
        cr_assert(says(&s, c->says), "%s: %s", c->name, s.result.detail);
        end(&s);
    }
}

/* A counter tells of slots that nobody was told of. */
Test(drain, a_slot_that_was_counted_is_waited_for_while_somebody_has_no_decision)
{
    static struct spec_counter up = {.redis = "n"}, down = {.redis = "n", .down = true};
    struct spec_counter *const counters[] = {&up, &down};
    for (int i = 0; i < 2; i++) {
        struct story s;
        int64_t when = 0;
        begin(&s, true, true, 3);
        s.scenario.evidence.counter = counters[i];
        renew(&s);
        struct sample baseline = blank();
        baseline.flags = SAMPLE_BASELINE;
        baseline.at = T0 - 400 * MS;
        baseline.counter = maybe_of(50);
        drain_feed(s.drain, &baseline, &s.facts);
        s.facts.tried = 3;
        s.facts.undecided = 2;
        offsets(&s, 0, 3, 3);
        saved(&s, 3, 3, 0);
        s.sample.counter = maybe_of(i ? 46 : 54);
        cr_assert_eq(feed_on(&s, 10, 5000, &when), DRAIN_NOT_RUN);
        cr_gate(&s, "slots without a row");
        offsets(&s, 0, 4, 4);
        saved(&s, 4, 4, 0);
        cr_assert_eq(feed_on(&s, 5010, 6000, &when), DRAIN_DRAINED);
        end(&s);
    }
}

/* ---- late, and right ---- */

/* A scheduler writes every 5 s; the consumer commits before it saves; it joins after 12 s; the
 * answers were all alike: nobody is convicted, and each is acquitted when its last row is there. */
Test(drain, what_comes_late_is_waited_for)
{
    static const struct {
        bool kafka;
        int64_t accepted, every, rows;
        bool commits_first;
    } cases[] = {
        {false, 20, 5000, 5, false},
        {false, 20, 3000, 4, false},
        {true, 100, 1500, 100, true},
        {true, 100, 12000, 100, false},
        {false, COUNT_UNKNOWN, 1500, 100, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct story s;
        int64_t when = 0, all = cases[i].accepted == COUNT_UNKNOWN ? 100 : cases[i].accepted;
        begin(&s, cases[i].kafka, true, cases[i].accepted);
        int64_t ms = 10;
        for (int64_t rows = 0; rows < all; ms += cases[i].every) {
            int64_t done = cases[i].commits_first ? all : rows;
            offsets(&s, 0, done ? done : COMMITTED_UNDEFINED, all);
            saved(&s, rows, all, cases[i].kafka ? all - rows : COUNT_UNKNOWN);
            cr_assert_eq(feed_on(&s, ms, ms + cases[i].every - 10, &when), DRAIN_NOT_RUN,
                         "case %zu at %lld ms: %s", i, (long long)when, s.result.detail);
            rows += cases[i].rows;
        }
        offsets(&s, 0, all, all);
        saved(&s, all, all, 0);
        cr_assert_eq(feed_on(&s, ms, ms + 100, &when), DRAIN_DRAINED, "case %zu", i);
        end(&s);
    }
}

Test(drain, rest_proves_something_after_three_times_the_longest_gap)
{
    struct story s;
    int64_t when = 0;
    begin(&s, false, true, 20);
    for (int64_t ms = 10, rows = 0; ms < 28000; ms += 7000, rows++) {
        saved(&s, rows, COUNT_UNKNOWN, COUNT_UNKNOWN);
        cr_assert_eq(feed_on(&s, ms, ms + 6990, &when), DRAIN_NOT_RUN);
    }
    saved(&s, 4, COUNT_UNKNOWN, COUNT_UNKNOWN); /* the last one at 28 s */
    cr_assert_eq(feed_on(&s, 28010, 90000, &when), DRAIN_DRAINED_LOSSY);
    cr_assert(when >= 49000 && when <= 49100, "%lld ms", (long long)when);
    end(&s);
    begin(&s, false, true, 20); /* and a row after the timeout says that more may follow */
    saved(&s, 3, COUNT_UNKNOWN, COUNT_UNKNOWN);
    feed(&s, 28000);
    saved(&s, 4, COUNT_UNKNOWN, COUNT_UNKNOWN);
    feed(&s, 29000);
    cr_assert_eq(feed_on(&s, 29010, 31000, &when), DRAIN_NOT_RUN);
    saved(&s, 5, COUNT_UNKNOWN, COUNT_UNKNOWN);
    cr_assert_eq(feed(&s, 31010), DRAIN_MOVING);
    end(&s);
}

Test(drain, a_short_timeout_is_kept_and_rest_still_takes_its_span)
{
    struct story s;
    int64_t when = 0;
    begin(&s, true, true, 100);
    s.scenario.drain.timeout = NS_PER_S;
    renew(&s);
    offsets(&s, 0, 97, 97);
    saved(&s, 97, 97, 0);
    cr_assert_eq(feed_on(&s, 10, 9000, &when), DRAIN_DRAINED_LOSSY);
    cr_assert(when >= 3000 && when <= 3100, "%lld ms", (long long)when);
    end(&s);
}

Test(drain, the_deadline_while_it_moves)
{
    struct story s;
    begin(&s, true, true, 100);
    enum drain_outcome outcome = DRAIN_NOT_RUN;
    int64_t ms = 100;
    for (; ms <= 31000 && outcome == DRAIN_NOT_RUN; ms += 500) {
        offsets(&s, 0, ms / 500, 100);
        s.sample.rows = ms / 500;
        outcome = feed(&s, ms);
    }
    cr_assert_eq(outcome, DRAIN_MOVING);
    cr_assert(ms > 30000, "%lld", (long long)ms);
    cr_says(&s, "rows of 100 accepted");
    end(&s);
}

/* Ends or a counter that never rest: everybody is saved, and still nobody knows what comes. */
Test(drain, what_never_rests_is_moving)
{
    for (int counter = 0; counter < 2; counter++) {
        struct story s;
        begin(&s, true, true, 100);
        offsets(&s, 0, 100, 100);
        saved(&s, 100, 100, 0);
        s.sample.counter = maybe_of(0);
        enum drain_outcome outcome = DRAIN_NOT_RUN;
        for (int64_t ms = 10; ms <= 40000 && outcome == DRAIN_NOT_RUN; ms += 10) {
            if (counter)
                s.sample.counter.value++;
            else
                offsets(&s, 1, ms, ms);
            outcome = feed(&s, ms);
        }
        cr_assert_eq(outcome, DRAIN_MOVING);
        cr_gate(&s, counter ? "counter moved" : "ends moved");
        end(&s);
    }
}

Test(drain, a_fault_that_is_still_to_come_is_no_rest)
{
    struct story s;
    int64_t when = 0;
    begin(&s, true, true, 34);
    offsets(&s, 1, 17, 34);
    s.sample.rows = 17;
    s.facts.disturbed = true;
    cr_assert_eq(feed_on(&s, 10, 29000, &when), DRAIN_NOT_RUN);
    s.facts.disturbed = false; /* its span begins now */
    s.sample.members = 1;
    cr_assert_eq(feed_on(&s, 29010, 40000, &when), DRAIN_STALLED);
    cr_assert(when >= 32000 && when <= 32100, "%lld ms", (long long)when);
    end(&s);
    begin(&s, true, true, 34);
    offsets(&s, 1, 34, 34);
    saved(&s, 17, 34, 17);
    s.facts.disturbed = true;
    cr_assert_eq(feed_on(&s, 10, 60000, &when), DRAIN_MOVING);
    end(&s);
}

/* ---- decided, and taken back ---- */

Test(drain, a_change_in_the_late_window_goes_back_to_draining)
{
    struct story s;
    int64_t when = 0;
    begin(&s, true, true, 100);
    offsets(&s, 0, 100, 100);
    saved(&s, 100, 100, 0);
    cr_assert_eq(feed_on(&s, 10, 100, &when), DRAIN_DRAINED);
    s.sample.flags = SAMPLE_WATCH;
    s.sample.saved = s.sample.unsaved = COUNT_UNKNOWN;
    cr_assert_eq(feed(&s, 120), DRAIN_DRAINED);
    offsets(&s, 0, 101, 100); /* a commit alone changes nothing */
    cr_assert_eq(feed(&s, 140), DRAIN_DRAINED);
    s.sample.rows = 101;
    cr_assert_eq(feed(&s, 160), DRAIN_NOT_RUN);
    cr_assert_eq(s.result.resets, 1);
    cr_assert_eq(s.result.rows_max, 101);
    s.sample.flags = 0;
    saved(&s, 101, 100, 0);
    cr_assert_eq(feed_on(&s, 170, 300, &when), DRAIN_DRAINED);
    s.sample.flags = SAMPLE_WATCH;
    cr_assert_eq(feed(&s, 320), DRAIN_DRAINED);
    end(&s);
}

Test(drain, the_right_number_of_the_wrong_users_is_not_complete)
{
    struct story s;
    int64_t when = 0;
    begin(&s, false, true, 100);
    saved(&s, 100, COUNT_UNKNOWN, COUNT_UNKNOWN);
    cr_assert_eq(feed_on(&s, 10, 100, &when), DRAIN_DRAINED);
    drain_misled(s.drain);
    cr_assert_eq(feed_on(&s, 110, 5000, &when), DRAIN_NOT_RUN);
    cr_gate(&s, "users without a row");
    saved(&s, 101, COUNT_UNKNOWN, COUNT_UNKNOWN);
    cr_assert_eq(feed_on(&s, 5010, 5100, &when), DRAIN_DRAINED);
    drain_misled(s.drain);
    cr_assert_eq(feed_on(&s, 5110, 60000, &when), DRAIN_DRAINED_LOSSY);
    cr_assert_geq(when, 30000);
    end(&s);
}

/* ---- nothing to read, and blocked for a while ---- */

Test(drain, nothing_to_read_is_quiet_only)
{
    struct story s;
    int64_t when = 0;
    begin(&s, false, false, 100);
    cr_assert_eq(feed_on(&s, 10, 5000, &when), DRAIN_QUIET_ONLY);
    cr_says(&s, "neither rows nor a pipeline");
    cr_assert_leq(when, 40);
    end(&s);
    static struct spec_counter counter = {.redis = "n"};
    begin(&s, false, false, 100); /* a counter has to stand still for drain.quiet */
    s.scenario.evidence.counter = &counter;
    renew(&s);
    s.sample.counter = maybe_of(1);
    feed(&s, 10);
    s.sample.counter = maybe_of(2);
    cr_assert_eq(feed_on(&s, 500, 5000, &when), DRAIN_QUIET_ONLY);
    cr_assert(when >= 1500 && when <= 1600, "%lld ms", (long long)when);
    end(&s);
}

Test(drain, a_short_stop_of_a_store_is_no_block)
{
    struct story s;
    int64_t when = 0;
    begin(&s, true, true, 100);
    offsets(&s, 0, 100, 100);
    s.sample.flags = SAMPLE_ROWS_BLOCKED;
    cr_assert_eq(feed_on(&s, 10, 25000, &when), DRAIN_NOT_RUN);
    s.sample.flags = 0;
    saved(&s, 100, 100, 0);
    cr_assert_eq(feed_on(&s, 25010, 26000, &when), DRAIN_DRAINED);
    end(&s);
}

Test(drain, a_store_that_answers_with_an_error_is_quoted)
{
    struct story s;
    struct drain_result result;
    int64_t when = 0;
    begin(&s, false, true, 100);
    s.sample.flags = SAMPLE_ROWS_BLOCKED;
    s.facts.trouble = "postgres: row 7 has no user";
    cr_assert_eq(feed_on(&s, 10, 90000, &when), DRAIN_BLOCKED);
    drain_result(s.drain, &result);
    cr_expect(strstr(result.detail, "postgres: row 7 has no user, in "), "%s", result.detail);
    end(&s);
}

Test(drain, a_kafka_that_answers_with_an_error_is_quoted)
{
    struct story s;
    struct drain_result result;
    int64_t when = 0;
    begin(&s, true, true, 100);
    s.sample.flags = SAMPLE_PIPELINE_BLOCKED;
    s.facts.trouble = "postgres: not this one";
    s.facts.pipeline_trouble = "kafka: topics: a at h:9092: Broker: Topic authorization failed";
    cr_assert_eq(feed_on(&s, 10, 90000, &when), DRAIN_BLOCKED);
    drain_result(s.drain, &result);
    cr_expect(strstr(result.detail, "a at h:9092: Broker: Topic authorization failed, in "), "%s",
              result.detail);
    end(&s);
}

/* The harness itself keeps the consumer away: until it is back nobody has failed to deliver. */
Test(drain, the_timeout_counts_from_when_a_restarted_process_is_ready)
{
    struct story s;
    int64_t when = 0;
    begin(&s, true, true, 100);
    offsets(&s, 0, 24, 100);
    saved(&s, 24, 100, 76);
    s.facts.disturbed = s.facts.restarting = true;
    cr_assert_eq(feed_on(&s, 10, 45000, &when), DRAIN_NOT_RUN);
    s.facts.disturbed = s.facts.restarting = false;
    cr_assert_eq(feed_on(&s, 45010, 60000, &when), DRAIN_NOT_RUN);
    offsets(&s, 0, 100, 100);
    saved(&s, 100, 100, 0);
    cr_assert_eq(feed_on(&s, 60010, 61000, &when), DRAIN_DRAINED);
    end(&s);
    begin(&s, true, true, 100);
    offsets(&s, 0, 24, 100);
    saved(&s, 24, 100, 76);
    s.facts.disturbed = s.facts.restarting = true;
    cr_assert_eq(feed_on(&s, 10, 45000, &when), DRAIN_NOT_RUN);
    s.facts.disturbed = s.facts.restarting = false;
    cr_assert_neq(feed_on(&s, 45010, 90000, &when), DRAIN_NOT_RUN, "and no longer than that");
    end(&s);
}

Test(drain, a_blocked_redis_blocks_nothing)
{
    struct story s;
    int64_t when = 0;
    begin(&s, true, true, 100);
    offsets(&s, 0, 100, 100);
    saved(&s, 100, 100, 0);
    s.sample.flags = SAMPLE_REDIS_BLOCKED;
    cr_assert_eq(feed_on(&s, 10, 2000, &when), DRAIN_DRAINED);
    end(&s);
}
