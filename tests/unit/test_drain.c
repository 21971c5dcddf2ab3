/* links: verify probe */
/* Each outcome, each gate and the pace of the drain state machine, one small story at a time. */
#include <criterion/criterion.h>
#include <string.h>

#include "probe/probe.h"
#include "verify/drain.h"

#define MS NS_PER_MS
#define T0 (100 * NS_PER_S)

static char *topics[] = {"coupon_create"};
static struct spec_pipeline pipeline = {.topics = topics, .topics_count = 1, .group = "group_1"};
static struct spec_rows coupons = {.postgres = "SELECT user_id FROM coupon"};

/* A story: one drain, its samples and facts, made by steps in milliseconds after the settled load.
 */
struct story {
    struct scenario scenario;
    struct drain *drain;
    struct drain_facts facts;
    struct partition_reading partitions[2];
    struct sample sample;
    enum drain_step step;
    struct drain_result result;
};

static struct sample blank(void)
{
    return (struct sample){.rows = COUNT_UNKNOWN,
                           .parked = COUNT_UNKNOWN,
                           .saved = COUNT_UNKNOWN,
                           .counter = COUNT_UNKNOWN,
                           .members = COUNT_UNKNOWN,
                           .records = COUNT_UNKNOWN,
                           .unsaved = COUNT_UNKNOWN};
}

static void begin(struct story *s, bool kafka, bool rows, int64_t accepted)
{
    memset(s, 0, sizeof *s);
    s->scenario.drain = (struct spec_drain){.timeout = 30 * NS_PER_S,
                                            .rounds = 3,
                                            .quiet = NS_PER_S,
                                            .stall = 3 * NS_PER_S,
                                            .poll_min = MS,
                                            .poll_max = 50 * MS,
                                            .window = 250 * MS};
    s->scenario.evidence.pipeline = kafka ? &pipeline : NULL;
    s->scenario.evidence.coupons = rows ? &coupons : NULL;
    s->drain = drain_new(&s->scenario, NULL);
    s->facts = (struct drain_facts){.settled = T0, .accepted = accepted};
    s->partitions[0] = (struct partition_reading){0, 0, OFFSET_UNDEFINED, 0};
    s->partitions[1] = (struct partition_reading){0, 1, OFFSET_UNDEFINED, 0};
    s->sample = blank();
    struct sample baseline = blank();
    baseline.at = baseline.committed_at = baseline.ends_at = baseline.rows_at = T0 - 500 * MS;
    baseline.rows = rows ? 0 : COUNT_UNKNOWN;
    baseline.flags = SAMPLE_BASELINE;
    baseline.partitions = kafka ? s->partitions : NULL;
    baseline.partitions_count = kafka ? 2 : 0;
    cr_assert_eq(drain_feed(s->drain, &baseline, &s->facts), DRAIN_CONTINUE);
}

static void end(struct story *s)
{
    drain_free(s->drain);
}

static void offsets(struct story *s, int partition, int64_t committed, int64_t last)
{
    s->partitions[partition].committed = committed;
    s->partitions[partition].end = last;
}

static void saved(struct story *s, int64_t rows, int64_t records, int64_t unsaved)
{
    s->sample.rows = rows;
    s->sample.saved = rows;
    s->sample.records = records;
    s->sample.unsaved = unsaved;
}

/* A round that ends so many ms after the load was settled, with what was set last. */
static enum drain_outcome feed(struct story *s, int64_t ms)
{
    s->sample.at = T0 + ms * MS;
    bool kafka = s->scenario.evidence.pipeline && !(s->sample.flags & SAMPLE_KAFKA_BLOCKED);
    s->sample.committed_at = kafka ? s->sample.at - 3000 : 0;
    s->sample.ends_at = kafka ? s->sample.at - 2000 : 0;
    s->sample.partitions = kafka ? s->partitions : NULL;
    s->sample.partitions_count = kafka ? 2 : 0;
    s->sample.rows_at = s->sample.rows == COUNT_UNKNOWN ? 0 : s->sample.at - 1000;
    s->step = drain_feed(s->drain, &s->sample, &s->facts);
    drain_result(s->drain, &s->result);
    cr_assert_eq(s->step == DRAIN_DECIDED, s->result.outcome != DRAIN_NOT_RUN);
    return s->result.outcome;
}

/* Rounds every 10 ms until decided; returns the outcome, *ret_ms when. */
static enum drain_outcome feed_on(struct story *s, int64_t from, int64_t until, int64_t *ret_ms)
{
    for (int64_t ms = from; ms <= until; ms += 10)
        if (feed(s, ms) != DRAIN_NOT_RUN) {
            *ret_ms = ms;
            break;
        }
    return s->result.outcome;
}

static bool says(const struct story *s, const char *words)
{
    return strstr(s->result.detail, words) != NULL;
}

#define cr_says(story, words) cr_assert(says(story, words), "detail: %s", (story)->result.detail)
#define cr_gate(story, words)                                                                      \
    cr_assert(strstr((story)->result.gates, words), "gates: %s", (story)->result.gates)

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
    cr_assert_eq(nearly->partitions[0].end, 100);
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
    offsets(&s, 0, OFFSET_UNDEFINED, 5);
    int64_t when = 0;
    cr_assert_neq(feed_on(&s, 1, 2000, &when), DRAIN_DRAINED);
    cr_gate(&s, "no committed offset");
    end(&s);
    /* Where nothing was produced there is nothing to commit. */
    begin(&s, true, false, COUNT_UNKNOWN);
    s.facts.accepted = 5;
    offsets(&s, 0, 5, 5);
    offsets(&s, 1, OFFSET_UNDEFINED, 0);
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
    baseline.partitions = s.partitions;
    baseline.partitions_count = 2;
    offsets(&s, 0, OFFSET_UNDEFINED, 700);
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
        s.sample.partitions = s.partitions;
        s.sample.partitions_count = 2;
        cr_assert_eq(drain_feed(s.drain, &s.sample, &s.facts), DRAIN_CONTINUE);
    }
    drain_result(s.drain, &s.result);
    cr_gate(&s, "order of reads");
    end(&s);
}

Test(drain, answers_that_decide_nothing_need_a_quiet_second)
{
    struct story s;
    int64_t when = 0;
    begin(&s, true, true, COUNT_UNKNOWN);
    offsets(&s, 0, 7, 7);
    saved(&s, 7, 7, 0);
    cr_assert_eq(feed_on(&s, 10, 5000, &when), DRAIN_DRAINED);
    cr_assert_geq(when, 1000);
    cr_gate(&s, "not quiet");
    end(&s);
    begin(&s, true, true, 7); /* the same with decisions: at once */
    offsets(&s, 0, 7, 7);
    saved(&s, 7, 7, 0);
    cr_assert_eq(feed_on(&s, 10, 5000, &when), DRAIN_DRAINED);
    cr_assert_leq(when, 40);
    end(&s);
    begin(&s, true, true, 7); /* and with one request that timed out */
    s.facts.undecided = 1;
    offsets(&s, 0, 7, 7);
    saved(&s, 7, 7, 0);
    cr_assert_eq(feed_on(&s, 10, 5000, &when), DRAIN_DRAINED);
    cr_assert_geq(when, 1000);
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
    cr_gate(&s, "offsets not read");
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
    cr_assert_eq(wants, PROBE_KAFKA | PROBE_ROWS | PROBE_SAVED | PROBE_COUNTER);
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
    for (int ms = 1; ms < 2000; ms += (int)(span / MS) + 1) {
        feed(&s, ms);
        ns_t next = next_span(&s, &wants);
        cr_assert_geq(next, span);
        span = next;
    }
    cr_assert_eq(span, 50 * MS);
    offsets(&s, 0, 100, 100);
    saved(&s, 100, 100, 0);
    feed(&s, 2000);
    cr_assert_eq(next_span(&s, &wants), MS);
    feed(&s, 2001);
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

Test(drain_pace, without_kafka_full_reads_come_last)
{
    struct story s;
    unsigned wants = 0;
    begin(&s, false, true, 100);
    s.sample.rows = 100;
    feed(&s, 10);
    next_span(&s, &wants);
    cr_assert_eq(wants & (PROBE_SAVED | PROBE_KAFKA), 0);
    feed(&s, 980);
    next_span(&s, &wants);
    cr_assert(wants & PROBE_SAVED);
    end(&s);
}
