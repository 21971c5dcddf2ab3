/* links: verify probe */
/* Every other outcome, one small story at a time. */
#include "drain_story.h"

/* ---- lossy ---- */

Test(drain, accepted_without_a_row_is_lossy_after_a_quiet_span)
{
    struct story s;
    int64_t when = 0;
    begin(&s, true, true, 100);
    offsets(&s, 0, 97, 97); /* three were never produced */
    saved(&s, 97, 97, 0);
    cr_assert_eq(feed_on(&s, 10, 5000, &when), DRAIN_DRAINED_LOSSY);
    cr_assert(when >= 1000 && when <= 1100, "%lld ms", (long long)when);
    cr_says(&s, "97 users saved of 100 accepted");
    end(&s);
}

Test(drain, a_loss_and_a_double_do_not_cancel_out)
{
    struct story s;
    int64_t when = 0;
    begin(&s, true, true, 100);
    offsets(&s, 0, 100, 100);
    saved(&s, 100, 100, 1); /* 100 rows, 100 users, and still one of the records' users has none */
    cr_assert_eq(feed_on(&s, 10, 5000, &when), DRAIN_DRAINED_LOSSY);
    cr_says(&s, "1 users in the topics have no row");
    end(&s);
}

Test(drain, a_row_that_comes_after_its_commit_is_waited_for)
{
    struct story s;
    begin(&s, true, true, 2);
    offsets(&s, 0, 2, 2);
    saved(&s, 1, 2, 1);
    for (int ms = 10; ms < 900; ms += 10)
        cr_assert_eq(feed(&s, ms), DRAIN_NOT_RUN);
    saved(&s, 2, 2, 0);
    feed(&s, 900);
    feed(&s, 901);
    feed(&s, 902);
    cr_assert_eq(feed(&s, 903), DRAIN_DRAINED);
    end(&s);
}

Test(drain, a_slow_writer_stretches_the_quiet_span)
{
    struct story s;
    int64_t when = 0;
    begin(&s, true, true, 3);
    offsets(&s, 0, 3, 3);
    saved(&s, 1, 3, 2);
    feed(&s, 10);
    feed_on(&s, 20, 900, &when);
    saved(&s, 2, 3, 1); /* 900 ms between two rows: quiet of 1 s is too near */
    cr_assert_eq(feed_on(&s, 910, 2600, &when), DRAIN_NOT_RUN);
    saved(&s, 3, 3, 0);
    cr_assert_eq(feed_on(&s, 2610, 3000, &when), DRAIN_DRAINED);
    end(&s);
}

/* ---- moving, stalled, nobody ---- */

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
    cr_says(&s, "coupon_create[0] committed 60 of 100");
    cr_says(&s, "60 rows of 100 accepted");
    end(&s);
}

Test(drain, frozen_below_the_end_is_stalled)
{
    struct story s;
    int64_t when = 0;
    begin(&s, true, true, 51);
    offsets(&s, 0, 17, 17);
    offsets(&s, 1, 17, 34);
    s.sample.rows = 34;
    cr_assert_eq(feed_on(&s, 10, 10000, &when), DRAIN_STALLED);
    cr_assert(when >= 3000 && when <= 3100, "%lld ms", (long long)when);
    cr_says(&s, "coupon_create[1] committed 17 of 34");
    cr_says(&s, "unchanged for 3 s");
    end(&s);
}

Test(drain, a_fault_to_come_suspends_it)
{
    struct story s;
    int64_t when = 0;
    begin(&s, true, true, 34);
    offsets(&s, 1, 17, 34);
    s.sample.rows = 17;
    s.facts.disturbed = true;
    cr_assert_eq(feed_on(&s, 10, 6000, &when), DRAIN_NOT_RUN);
    s.facts.disturbed = false; /* its span begins now */
    cr_assert_eq(feed_on(&s, 6010, 20000, &when), DRAIN_STALLED);
    cr_assert(when >= 9000 && when <= 9100, "%lld ms", (long long)when);
    end(&s);
}

Test(drain, every_record_saved_and_only_the_commit_missing_is_given_more_time)
{
    struct story s;
    int64_t when = 0;
    begin(&s, true, true, 34);
    offsets(&s, 0, 0, 34); /* the official client commits every 5 s by default */
    saved(&s, 34, 34, 0);
    cr_assert_eq(feed_on(&s, 10, 5000, &when), DRAIN_NOT_RUN);
    offsets(&s, 0, 34, 34);
    cr_assert_eq(feed_on(&s, 5010, 6000, &when), DRAIN_DRAINED);
    end(&s);
    begin(&s, true, true, 34);
    offsets(&s, 0, 0, 34);
    saved(&s, 34, 34, 0);
    cr_assert_eq(feed_on(&s, 10, 9000, &when), DRAIN_STALLED);
    cr_says(&s, "though every record has its row");
    end(&s);
}

Test(drain, an_empty_group_is_no_consumer)
{
    struct story s;
    int64_t when = 0;
    begin(&s, true, true, 34);
    offsets(&s, 0, 17, 34);
    s.sample.rows = 17;
    s.sample.members = 0;
    cr_assert_eq(feed_on(&s, 10, 5000, &when), DRAIN_NO_CONSUMER);
    cr_assert(when >= 1000 && when <= 1100, "%lld ms", (long long)when);
    cr_says(&s, "nobody is in group group_1");
    cr_says(&s, "coupon_create[0] committed 17 of 34");
    end(&s);
}

Test(drain, a_consumer_that_ended_is_no_consumer)
{
    struct story s;
    int64_t when = 0;
    begin(&s, true, true, 34);
    offsets(&s, 0, 17, 34);
    s.sample.rows = 17;
    s.facts.consumer_gone = true;
    cr_assert_eq(feed_on(&s, 10, 5000, &when), DRAIN_NO_CONSUMER);
    cr_assert_leq(when, 1100);
    cr_says(&s, "process has ended");
    end(&s);
}

Test(drain, never_a_commit_and_members_unknown_is_no_consumer)
{
    struct story s;
    int64_t when = 0;
    begin(&s, true, true, 34);
    offsets(&s, 0, OFFSET_UNDEFINED, 34);
    s.sample.rows = 0;
    cr_assert_eq(feed_on(&s, 10, 5000, &when), DRAIN_NO_CONSUMER);
    cr_says(&s, "coupon_create[0] has no committed offset, end 34");
    end(&s);
    begin(&s, true, true, 34); /* with somebody in the group it is stalled */
    offsets(&s, 0, OFFSET_UNDEFINED, 34);
    s.sample.rows = 0;
    s.sample.members = 1;
    cr_assert_eq(feed_on(&s, 10, 5000, &when), DRAIN_STALLED);
    end(&s);
}

/* ---- without Kafka, and blocked ---- */

Test(drain, without_kafka_quiet_rows_are_all_there_is)
{
    struct story s;
    int64_t when = 0;
    begin(&s, false, true, 100);
    saved(&s, 100, COUNT_UNKNOWN, COUNT_UNKNOWN);
    cr_assert_eq(feed_on(&s, 10, 5000, &when), DRAIN_QUIET_ONLY);
    cr_assert(when >= 1000 && when <= 1100, "%lld ms", (long long)when);
    end(&s);
    begin(&s, false, true, 100); /* rows are missing: looked at for longer */
    saved(&s, 24, COUNT_UNKNOWN, COUNT_UNKNOWN);
    cr_assert_eq(feed_on(&s, 10, 5000, &when), DRAIN_QUIET_ONLY);
    cr_assert(when >= 3000 && when <= 3100, "%lld ms", (long long)when);
    cr_says(&s, "24 rows of 100 accepted");
    end(&s);
    begin(&s, false, false, 100);
    cr_assert_eq(feed_on(&s, 10, 5000, &when), DRAIN_QUIET_ONLY);
    cr_says(&s, "neither rows nor topics");
    end(&s);
}

static void blocked(uint32_t flag, const char *name)
{
    struct story s;
    int64_t when = 0;
    begin(&s, true, true, 100);
    offsets(&s, 0, 100, 100);
    saved(&s, 100, 100, 0);
    feed(&s, 1);
    s.sample = blank();
    if (flag == SAMPLE_KAFKA_BLOCKED)
        saved(&s, 100, COUNT_UNKNOWN, COUNT_UNKNOWN);
    s.sample.flags = flag;
    cr_assert_eq(feed_on(&s, 10, 20000, &when), DRAIN_BLOCKED);
    cr_assert(when > 1000 && when <= 3100, "%lld ms", (long long)when);
    cr_says(&s, name);
    end(&s);
}

Test(drain, a_blocked_probe_is_named)
{
    blocked(SAMPLE_KAFKA_BLOCKED, "kafka did not answer");
    blocked(SAMPLE_ROWS_BLOCKED, "database did not answer");
}

Test(drain, a_short_stop_of_a_store_is_no_block)
{
    struct story s;
    int64_t when = 0;
    begin(&s, true, true, 100);
    offsets(&s, 0, 100, 100);
    s.sample.flags = SAMPLE_ROWS_BLOCKED;
    cr_assert_eq(feed_on(&s, 10, 1500, &when), DRAIN_NOT_RUN);
    s.sample.flags = 0;
    saved(&s, 100, 100, 0);
    cr_assert_eq(feed_on(&s, 1510, 2000, &when), DRAIN_DRAINED);
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
