/* links: verify probe */
/* What drained means, one small story at a time. */
#include "drain_story.h"

/* ---- drained ---- */

Test(drain, three_rounds_in_a_row)
{
    struct story s;
    begin(&s, true, true, 100);
    offsets(&s, 0, 60, 60);
    offsets(&s, 1, 40, 40);
    saved(&s, 100, 100, 0);
    cr_assert_eq(feed(&s, 10), DRAIN_NOT_RUN); /* rows and ends have moved since the baseline */
    cr_gate(&s, "ends moved");
    cr_gate(&s, "rows moved");
    cr_assert_eq(feed(&s, 11), DRAIN_NOT_RUN);
    cr_assert_eq(feed(&s, 12), DRAIN_NOT_RUN);
    cr_assert_eq(feed(&s, 13), DRAIN_DRAINED);
    cr_assert_eq(s.result.rounds, 4);
    cr_assert_eq(s.result.resets, 0);
    cr_assert_eq(s.result.rows_max, 100);
    cr_assert_eq(s.result.last_growth, T0 + 10 * MS);
    cr_assert_eq(s.result.decided, T0 + 13 * MS);
    end(&s);
}

Test(drain, a_failing_gate_starts_anew_and_keeps_what_nearly_was_believed)
{
    struct story s;
    begin(&s, true, true, 100);
    offsets(&s, 0, 100, 100);
    saved(&s, 100, 100, 0);
    feed(&s, 10);
    feed(&s, 11);
    feed(&s, 12);
    cr_assert_null(drain_before_reset(s.drain));
    offsets(&s, 0, 100, 101); /* the 101st */
    saved(&s, 100, 101, 1);
    cr_assert_eq(feed(&s, 13), DRAIN_NOT_RUN);
    cr_gate(&s, "lag");
    cr_gate(&s, "users without a row");
    cr_assert_eq(s.result.resets, 1);
    const struct sample *nearly = drain_before_reset(s.drain);
    cr_assert_not_null(nearly);
    cr_assert_eq(nearly->at, T0 + 12 * MS);
    cr_assert_eq(nearly->lanes[0].end, 100);
    offsets(&s, 0, 101, 101);
    saved(&s, 101, 101, 0);
    cr_assert_eq(feed(&s, 14), DRAIN_NOT_RUN);
    cr_assert_eq(feed(&s, 15), DRAIN_NOT_RUN);
    cr_assert_eq(feed(&s, 16), DRAIN_NOT_RUN);
    cr_assert_eq(feed(&s, 17), DRAIN_DRAINED);
    cr_assert_eq(s.result.rows_max, 101);
    end(&s);
}

Test(drain, rounds_are_settable)
{
    struct story s;
    begin(&s, true, true, 0);
    s.scenario.drain.rounds = 1;
    drain_free(s.drain);
    s.drain = drain_new(&s.scenario, NULL);
    saved(&s, 0, 0, 0);
    feed(&s, 1);
    cr_assert_eq(feed(&s, 2), DRAIN_DRAINED);
    end(&s);
}

Test(drain, nothing_accepted_is_drained_but_never_before_the_load_settled)
{
    struct story s;
    begin(&s, true, true, COUNT_UNKNOWN);
    s.facts.settled = 0;
    saved(&s, 0, 0, 0);
    for (int ms = -400; ms < 0; ms += 10)
        cr_assert_eq(feed(&s, ms), DRAIN_NOT_RUN);
    cr_gate(&s, "load not settled");
    s.facts.settled = T0;
    s.facts.accepted = 0;
    feed(&s, 1);
    feed(&s, 2);
    cr_assert_eq(feed(&s, 3), DRAIN_DRAINED);
    end(&s);
}

Test(drain, a_round_that_began_before_the_load_settled_does_not_count)
{
    struct story s;
    begin(&s, true, true, 0);
    saved(&s, 0, 0, 0);
    feed(&s, -1); /* its first read came back before T0 */
    cr_gate(&s, "load not settled");
    feed(&s, 1);
    feed(&s, 2);
    cr_assert_eq(feed(&s, 3), DRAIN_DRAINED);
    cr_assert_eq(s.result.rounds, 4);
    end(&s);
}

Test(drain, no_committed_offset_is_undefined_and_not_zero)
{
    struct story s;
    begin(&s, true, false, COUNT_UNKNOWN);
    s.facts.accepted = 5;
    offsets(&s, 0, COMMITTED_UNDEFINED, 5);
    int64_t when = 0;
    cr_assert_neq(feed_on(&s, 1, 2000, &when), DRAIN_DRAINED);
    cr_gate(&s, "nothing committed");
    end(&s);
    /* Where nothing was produced there is nothing to commit. */
    begin(&s, true, false, COUNT_UNKNOWN);
    s.facts.accepted = 5;
    offsets(&s, 0, 5, 5);
    offsets(&s, 1, COMMITTED_UNDEFINED, 0);
    cr_assert_eq(feed_on(&s, 1, 2000, &when), DRAIN_DRAINED);
    end(&s);
}

Test(drain, records_from_before_the_release_do_not_count)
{
    struct story s;
    begin(&s, true, false, 0);
    struct sample baseline = blank();
    baseline.at = baseline.committed_at = baseline.ends_at = T0 - 400 * MS;
    baseline.flags = SAMPLE_BASELINE;
    baseline.lanes = s.lanes;
    baseline.lanes_count = 2;
    offsets(&s, 0, COMMITTED_UNDEFINED, 700);
    drain_feed(s.drain, &baseline, &s.facts);
    int64_t when = 0;
    cr_assert_eq(feed_on(&s, 1, 2000, &when), DRAIN_DRAINED);
    end(&s);
}

Test(drain, committed_beyond_the_end_is_drained)
{
    struct story s;
    begin(&s, true, false, 10);
    offsets(&s, 0, 12, 10); /* transaction markers were consumed too */
    int64_t when = 0;
    cr_assert_eq(feed_on(&s, 1, 2000, &when), DRAIN_DRAINED);
    end(&s);
}

Test(drain, reads_in_another_order_are_no_proof)
{
    struct story s;
    begin(&s, true, true, 0);
    saved(&s, 0, 0, 0);
    for (int ms = 1; ms < 20; ms++) {
        s.sample.at = T0 + ms * MS;
        s.sample.ends_at = s.sample.at - 3000;
        s.sample.committed_at = s.sample.at - 2000;
        s.sample.rows_at = s.sample.at;
        s.sample.lanes = s.lanes;
        s.sample.lanes_count = 2;
        cr_assert_eq(drain_feed(s.drain, &s.sample, &s.facts), DRAIN_CONTINUE);
    }
    drain_result(s.drain, &s.result);
    cr_gate(&s, "order of reads");
    end(&s);
}

/* Nothing of this waits for a quiet time: complete is complete. */
Test(drain, complete_is_decided_at_once)
{
    static const struct {
        const char *name;
        bool kafka;
        int64_t accepted, tried, undecided, saved;
    } cases[] = {
        {"everybody told yes is saved", true, 7, 1000, 0, 7},
        {"without a queue", false, 7, 1000, 0, 7},
        {"more than may win: no wait makes that good", false, 130, 1000, 0, 130},
        {"answers decide nothing: the limit is saved", true, COUNT_UNKNOWN, 1000, 1000, 100},
        {"answers decide nothing, without a queue", false, COUNT_UNKNOWN, 1000, 1000, 100},
        {"answers decide nothing, fewer asked than may win", true, COUNT_UNKNOWN, 7, 7, 7},
        {"a time-out, and all that may win are saved", true, 99, 999, 1, 100},
        {"the consumer chooses: more records than may win", true, COUNT_UNKNOWN, 1000, 1000, 100},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct story s;
        int64_t when = 0;
        begin(&s, cases[i].kafka, true, cases[i].accepted);
        s.facts.tried = cases[i].tried;
        s.facts.undecided = cases[i].undecided;
        offsets(&s, 0, cases[i].saved, cases[i].saved);
        saved(&s, cases[i].saved, cases[i].saved, 0);
        if (strstr(cases[i].name, "the consumer chooses"))
            saved(&s, 100, 1000, 900);
        cr_assert_eq(feed_on(&s, 10, 5000, &when), DRAIN_DRAINED, "%s: %s", cases[i].name,
                     s.result.gates);
        cr_assert_leq(when, 40, "%s", cases[i].name);
        end(&s);
    }
}

/* Rows first, records later: an outbox. What never comes into the topics holds nobody up for ever.
 */
Test(drain, whoever_was_told_yes_is_waited_for_in_the_topics_too)
{
    struct story s;
    int64_t ms = 0;
    begin(&s, true, true, 5);
    saved(&s, 5, 0, 0);
    cr_assert_eq(feed_on(&s, 1, 8000, &ms), DRAIN_NOT_RUN, "all rows, no record");
    cr_gate(&s, "users without a record");
    offsets(&s, 0, 3, 3);
    saved(&s, 5, 3, 0);
    cr_assert_eq(feed_on(&s, 8010, 9000, &ms), DRAIN_NOT_RUN, "two are missing");
    offsets(&s, 1, 2, 2);
    saved(&s, 5, 5, 0);
    cr_assert_eq(feed_on(&s, 9010, 9100, &ms), DRAIN_DRAINED);
    end(&s);

    begin(&s, true, true, 5);
    offsets(&s, 0, 3, 3);
    saved(&s, 5, 3, 0);
    cr_assert_eq(feed_on(&s, 1, 40000, &ms), DRAIN_DRAINED);
    cr_assert(ms >= 30000 && ms <= 30100, "%d ms", (int)ms);
    end(&s);

    begin(&s, true, true, 5); /* put aside before it was sent */
    offsets(&s, 0, 3, 3);
    saved(&s, 5, 3, 0);
    s.sample.parked = 2;
    cr_assert_eq(feed_on(&s, 1, 100, &ms), DRAIN_DRAINED);
    end(&s);
}

Test(drain, what_was_not_read_is_no_proof)
{
    struct story s;
    int64_t when = 0;
    begin(&s, true, true, 100);
    offsets(&s, 0, 100, 100);
    saved(&s, 100, 100, 0);
    feed(&s, 1);
    s.sample.saved = s.sample.rows = COUNT_UNKNOWN; /* it was well a moment ago */
    cr_assert_eq(feed_on(&s, 10, 900, &when), DRAIN_NOT_RUN);
    cr_gate(&s, "rows not read");
    end(&s);

    begin(&s, true, true, 100);
    offsets(&s, 0, 100, 100);
    saved(&s, 100, 100, 0);
    feed(&s, 1);
    for (int ms = 10; ms < 900; ms += 10) {
        s.sample.at = s.sample.rows_at = T0 + ms * MS;
        s.sample.committed_at = s.sample.ends_at = 0;
        cr_assert_eq(drain_feed(s.drain, &s.sample, &s.facts), DRAIN_CONTINUE);
    }
    drain_result(s.drain, &s.result);
    cr_gate(&s, "ends not read");
    end(&s);
}

Test(drain, where_records_cannot_be_read_a_long_silence_has_to_do)
{
    struct story s;
    int64_t when = 0;
    begin(&s, true, true, 100);
    offsets(&s, 0, 100, 100);
    saved(&s, 100, COUNT_UNKNOWN, COUNT_UNKNOWN);
    cr_assert_eq(feed_on(&s, 10, 9000, &when), DRAIN_DRAINED);
    cr_assert(when >= 3000 && when <= 3100, "%lld ms", (long long)when);
    cr_gate(&s, "records not read");
    end(&s);
}

/* ---- a queue that tells how many records wait, and no more ---- */

static void depth(struct story *s, int64_t waiting)
{
    s->sample.flags |= SAMPLE_DEPTH_ONLY;
    offsets(s, 0, 0, waiting);
    offsets(s, 1, 0, 0);
}

Test(drain, a_depth_alone_is_weaker_than_a_count_of_what_was_published)
{
    struct story s;
    int64_t when = 0;
    begin(&s, true, false, 100);
    depth(&s, 17);
    cr_assert_eq(feed(&s, 10), DRAIN_NOT_RUN);
    cr_gate(&s, "lag");
    depth(&s, 0);
    cr_assert_eq(feed_on(&s, 20, 5000, &when), DRAIN_QUIET_ONLY);
    cr_says(&s, "nothing waits; what was published nobody can say");
    cr_assert(when >= 1020 && when <= 1080, "after drain.quiet, not at %d ms", (int)when);
    end(&s);
}

Test(drain, with_rows_a_depth_is_enough_and_never_a_proof_of_more)
{
    static const struct {
        int64_t rows, waits;
        enum drain_outcome outcome;
    } table[] = {{100, 0, DRAIN_DRAINED}, {99, 0, DRAIN_DRAINED_LOSSY}, {100, 3, DRAIN_STALLED}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct story s;
        int64_t when = 0;
        begin(&s, true, true, 100);
        depth(&s, table[i].waits);
        saved(&s, table[i].rows, COUNT_UNKNOWN, COUNT_UNKNOWN);
        cr_assert_eq(feed_on(&s, 10, 40000, &when), table[i].outcome, "row %zu", i);
        bool in_time = table[i].outcome == DRAIN_DRAINED ? when <= 100 : when >= 30000;
        cr_assert(in_time, "row %zu at %d ms", i, (int)when);
        end(&s);
    }
}

/* A key that is misspelt is as empty as one that is not, and the rows decide either way. */
Test(drain, a_queue_that_was_empty_at_each_look_is_said_to_have_been)
{
    for (int filled = 0; filled < 2; filled++) {
        struct story s;
        int64_t when = 0;
        begin(&s, true, true, 100);
        for (int i = 0; i < 2; i++)
            s.lanes[i] = (struct lane_reading){0, (int32_t)i, 0, filled ? 7 : 0};
        s.sample.flags |= SAMPLE_DEPTH_ONLY;
        feed(&s, 10);
        s.lanes[0].end = s.lanes[1].end = 0;
        saved(&s, 100, COUNT_UNKNOWN, COUNT_UNKNOWN);
        cr_assert_eq(feed_on(&s, 20, 1000, &when), DRAIN_DRAINED);
        cr_assert_eq(says(&s, "nothing was in coupon_create at any of"), !filled, "%s",
                     s.result.detail);
        end(&s);
    }
}

Test(drain, a_depth_that_nobody_knows_is_not_zero)
{
    struct story s;
    int64_t when = 0;
    begin(&s, true, true, 100);
    depth(&s, 5);
    offsets(&s, 0, COMMITTED_UNDEFINED, 5);
    saved(&s, 100, COUNT_UNKNOWN, COUNT_UNKNOWN);
    cr_assert_neq(feed_on(&s, 10, 40000, &when), DRAIN_DRAINED);
    cr_gate(&s, "nothing committed");
    end(&s);
}

/* RabbitMQ keeps nothing of what was acknowledged, so that alone is not for ever. */
Test(drain, what_a_queue_forgets_is_proved_by_rows_alone)
{
    struct story s;
    int64_t when = 0;
    for (int rows = 0; rows < 2; rows++) {
        begin(&s, true, rows, 100);
        s.sample.flags |= SAMPLE_FORGETS;
        offsets(&s, 0, 100, 100);
        offsets(&s, 1, 0, 0);
        if (rows)
            saved(&s, 100, 100, 0);
        cr_assert_eq(feed_on(&s, 10, 5000, &when), rows ? DRAIN_DRAINED : DRAIN_QUIET_ONLY);
        cr_assert(rows ? when <= 100 : when >= 1000, "at %d ms", (int)when);
        cr_says(&s, rows ? "users saved" : "group_1 is a share group");
        end(&s);
    }
    begin(&s, true, true, 100);
    s.sample.flags |= SAMPLE_FORGETS;
    offsets(&s, 0, 100, 100);
    offsets(&s, 1, 0, 0);
    saved(&s, 90, 100, 10);
    cr_assert_eq(feed_on(&s, 10, 40000, &when), DRAIN_DRAINED_LOSSY);
    cr_says(&s, "group_1 is a share group, whose progress nobody tells, 90 users saved of 100");
    end(&s);
    pipeline.group = NULL;
    begin(&s, true, true, 100);
    offsets(&s, 0, 17, 34);
    offsets(&s, 1, 0, 0);
    saved(&s, 17, 34, 17);
    s.sample.members = 0;
    cr_assert_eq(feed_on(&s, 10, 40000, &when), DRAIN_NO_CONSUMER);
    cr_says(&s, "nobody consumes coupon_create; coupon_create[0] committed 17 of 34");
    end(&s);
    pipeline.group = (char *)"group_1";
}
