/* links: model */
#include <criterion/criterion.h>
#include <string.h>

#include "base/mask.h"
#include "model/gate.h"
#include "model/run.h"

static struct request answered(ns_t released, ns_t done, enum request_class cls)
{
    return (struct request){.user = 1,
                            .planned = released,
                            .released = released,
                            .first_byte = done,
                            .done = done,
                            .status = 200,
                            .cls = (uint8_t)cls};
}

static void fill(struct history *history, const struct request *requests, size_t count)
{
    struct err err = {0};
    cr_assert_eq(history_init(history, count, &err), 0);
    memcpy(history->v, requests, count * sizeof *requests);
    history->count = count;
}

Test(tally, identities_spread_and_peak)
{
    struct request requests[] = {
        answered(100, 900, CLASS_ACCEPTED),
        answered(200, 500, CLASS_REJECTED),
        answered(500, 700, CLASS_REJECTED),
        answered(800, 1000, CLASS_FAILED),
        {.cls = CLASS_SKIPPED, .cause = CAUSE_LATE, .planned = 5},
        {.cls = CLASS_UNKNOWN, .cause = CAUSE_TIMEOUT, .planned = 900, .released = 950},
    };
    struct history history;
    fill(&history, requests, 6);
    struct tally tally;
    struct err err = {0};
    cr_assert_eq(tally_make(&history, TALLY_ALL_PHASES, &tally, &err), 0, "%s", err.message);
    cr_assert_eq(tally.planned, 6);
    cr_assert_eq(tally.sent, 5);
    cr_assert_eq(tally.skipped, 1);
    cr_assert_eq(tally.accepted, 1);
    cr_assert_eq(tally.rejected, 2);
    cr_assert_eq(tally.failed, 1);
    cr_assert_eq(tally.unknown, 1);
    cr_assert_eq(tally.causes[CAUSE_TIMEOUT], 1);
    cr_assert_eq(tally.spread, 850);
    /* At 500 the second is answered before the third counts; at 950 the fourth and the unknown are
     * out. */
    cr_assert_eq(tally.peak_in_flight, 2);
    cr_assert_eq(tally.before_first_answer, 2);
    cr_assert_eq(tally.last_response, 1000);
    history_free(&history);
}

Test(tally, a_record_without_class_breaks_the_identity)
{
    struct request requests[] = {{.cls = CLASS_SKIPPED, .released = 5}};
    struct history history;
    fill(&history, requests, 1);
    struct tally tally;
    struct err err = {0};
    cr_assert_eq(tally_make(&history, TALLY_ALL_PHASES, &tally, &err), -(int)ERR_BUG);
    cr_assert_not_null(strstr(err.message, "planned 1 = sent 1 + skipped 1"));
    history_free(&history);
}

Test(tally, phases_are_told_apart)
{
    struct request requests[] = {answered(1, 2, CLASS_ACCEPTED), answered(3, 9, CLASS_ACCEPTED)};
    requests[1].phase = 1;
    struct history history;
    fill(&history, requests, 2);
    struct tally tally;
    struct err err = {0};
    cr_assert_eq(tally_make(&history, 1, &tally, &err), 0);
    cr_assert_eq(tally.planned, 1);
    cr_assert_eq(tally.first_released, 3);
    history_free(&history);
}

Test(tally, an_empty_history_is_all_zero)
{
    struct history history = {0};
    struct tally tally;
    struct err err = {0};
    cr_assert_eq(tally_make(&history, TALLY_ALL_PHASES, &tally, &err), 0);
    cr_assert_eq(tally.planned, 0);
    cr_assert_eq(tally.decided_span, 0);
}

/* An answer is of the sample that was taken at its instant or next; one behind the last is none's.
 */
Test(timeline, each_sample_knows_what_was_answered_by_then)
{
    struct request requests[] = {
        answered(1, 30, CLASS_REJECTED),
        answered(1, 5, CLASS_ACCEPTED),
        answered(1, 10, CLASS_FAILED),
        {.cls = CLASS_UNKNOWN, .cause = CAUSE_TIMEOUT, .planned = 1, .released = 1},
        answered(1, 11, CLASS_REJECTED),
        answered(1, 41, CLASS_REJECTED),
    };
    struct run run;
    struct err err = {0};
    run_init(&run);
    fill(&run.history, requests, 6);
    const ns_t instants[] = {4, 10, 30, 40};
    const int64_t expected[] = {0, 2, 4, 4};
    for (size_t i = 0; i < 4; i++) {
        struct sample sample = {.at = instants[i], .answered = 77};
        cr_assert_eq(timeline_add(&run.timeline, &sample, &err), 0);
    }
    run_count_answered(&run);
    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(run.timeline.v[i].answered, expected[i], "sample %zu", i);
    run_free(&run);
}

Test(verdict, merging_prefers_the_worst)
{
    cr_assert_eq(verdict_merge(VERDICT_PASS, VERDICT_UNKNOWN), VERDICT_UNKNOWN);
    cr_assert_eq(verdict_merge(VERDICT_FAIL, VERDICT_UNKNOWN), VERDICT_FAIL);
    struct findings findings = {0};
    cr_assert_eq(findings_verdict(&findings), VERDICT_UNKNOWN, "no check at all is no pass");
    findings_add(&findings, "a");
    cr_assert_eq(findings_verdict(&findings), VERDICT_PASS);
    finding_set(findings_add(&findings, "b"), VERDICT_FAIL, "because %d", 1);
    cr_assert_eq(findings_verdict(&findings), VERDICT_FAIL);
    cr_assert_str_eq(findings_find(&findings, "b")->message, "because 1");
    cr_assert_null(findings_find(&findings, "c"));
    findings_free(&findings);
}

Test(witness, reads_as_a_sentence)
{
    struct findings findings = {0};
    struct finding *finding = findings_add(&findings, "lost");
    struct witness *witness = finding_witness(finding, "accepted, no coupon");
    witness->user = maybe_of(812);
    witness->released = 1000000 + 3100000;
    witness->done = 1000000 + 9200000;
    struct buf text;
    buf_init(&text, 1000);
    cr_assert_eq(witness_describe(witness, NULL, 1000000, &text), 0);
    cr_assert_str_eq(buf_text(&text),
                     "user 812 (released 3.10 ms, done 9.20 ms): accepted, no coupon");
    buf_free(&text);
    findings_free(&findings);
}

Test(sample, undefined_offsets_count_from_the_start)
{
    struct lane_reading partitions[] = {{0, 0, COMMITTED_UNDEFINED, 10}, {0, 1, 4, 6}};
    struct sample sample = {.lanes = partitions, .lanes_count = 2};
    cr_assert_eq(sample_lag(&sample), 12);
    struct sample none = {0};
    cr_assert_eq(sample_lag(&none), COUNT_UNKNOWN);
}

Test(gate, the_default_follows_from_what_this_machine_allows)
{
    char reason[128];
    static const struct {
        struct gate_facts facts;
        enum gate gate;
    } rows[] = {{{.urgent = true, .own = true}, GATE_LAST_BYTE},
                {{.urgent = true, .own = false}, GATE_LAST_BYTE},
                {{.urgent = false, .own = true}, GATE_FREEZE},
                {{.urgent = false, .own = false}, GATE_LAST_BYTE}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum gate gate = gate_choose(GATE_AUTO, &rows[i].facts, reason, sizeof reason);
        cr_assert_eq(gate, rows[i].gate, "row %zu", i);
        cr_assert_eq(strncmp(reason, gate_name(gate), strlen(gate_name(gate))), 0, "%s", reason);
        cr_assert_eq(gate_choose(GATE_CORKED, &rows[i].facts, reason, sizeof reason), GATE_CORKED);
        cr_assert_not_null(strstr(reason, "asked for"));
    }
}

Test(names, go_both_ways)
{
    for (int i = 0; i < CLASS_COUNT; i++)
        cr_assert_eq(request_class_find(request_class_name((enum request_class)i)), i);
    for (int i = 0; i < CAUSE_COUNT; i++)
        cr_assert_eq(request_cause_find(request_cause_name((enum request_cause)i)), i);
    for (int i = 0; i < DRAIN_OUTCOME_COUNT; i++)
        cr_assert_eq(drain_outcome_find(drain_outcome_name((enum drain_outcome)i)), i);
    for (int i = GATE_AUTO; i <= GATE_FREEZE; i++)
        cr_assert_eq(gate_find(gate_name((enum gate)i)), i);
    cr_assert_eq(request_class_find("nonsense"), -1);
}

/* As it is read, when it is text; a secret is masked, also where it would be cut in two. */
Test(produced, shows_what_is_no_user_as_it_is_read)
{
    const struct {
        const char *bytes;
        size_t size;
        const char *shown;
    } rows[] = {
        {"{\"userId\": 7.0}", 15, "'{\"userId\": 7.0}' (15 bytes)"},
        {"caf\xc3\xa9\n", 6, "'caf\u00e9' (6 bytes)"},
        {"  1 ", 4, "'  1 ' (4 bytes)"},
        {"\0\0\0\7", 4, "00 00 00 07 (4 bytes)"},
        {"caf\xe9", 4, "63 61 66 e9 (4 bytes)"},
        {"", 0, "(0 bytes)"},
        {NULL, 0, "(0 bytes)"},
        {"\1abcdefghijklmnopqrstuvwxyz", 27,
         "01 61 62 63 64 65 66 67 68 69 6a 6b 6c 6d 6e 6f 70 71 72 73 74 75 76 77 \u2026 (27 "
         "bytes)"},
        {"{\"a\": \"......................................................\", \"b\": "
         "\"sesame-open-the-door\"}",
         92,
         "'{\"a\": \"......................................................\", \"b\": \"*** "
         "\u2026' "
         "(92 bytes)"},
    };
    mask_add("sesame-open-the-door");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct produced produced = {0};
        produced_undecoded(&produced, rows[i].bytes, rows[i].size);
        cr_expect_str_eq(produced.undecoded, rows[i].shown, "row %zu: %s", i, produced.undecoded);
    }
    mask_forget();
}
