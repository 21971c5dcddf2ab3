/* links: model verify */
/* Every check against an oracle that knows nothing of its code: random small runs, users with
 * several requests included, whose truth is found by trying everything. A mismatch is printed as a
 * row that can be pasted into a table of tests. */
#include "often.h"
#include "oracle_run.h"
#include "oracle_words.h"

#define SHOWN 3 /* mismatches of a check */

struct truth {
    const char *check;
    enum verdict (*tell)(const struct story *story);
    int64_t verdicts[VERDICT_FAIL + 1];
    int shown;
};

static struct truth truths[] = {
    {"response_classified", truth_response_classified, {0}},
    {"errors", truth_errors, {0}},
    {"not_vacuous", truth_not_vacuous, {0}},
    {"drained", truth_drained, {0}},
    {"cap_safety", truth_cap_safety, {0}},
    {"cap_exact", truth_cap_exact, {0}},
    {"lost", truth_lost, {0}},
    {"parked", truth_parked, {0}},
    {"phantom", truth_phantom, {0}},
    {"unexpected", truth_unexpected, {0}},
    {"duplicate", truth_duplicate, {0}},
    {"counter", truth_counter, {0}},
    {"slots_burned", truth_slots_burned, {0}},
    {"retry", truth_retry, {0}},
    {"late", truth_late, {0}},
    {"fcfs", truth_fcfs, {0}},
    {"fcfs_distance", truth_fcfs_distance, {0}},
    {"fcfs_rank", truth_fcfs_rank, {0}},
    {"fcfs_power", truth_fcfs_power, {0}},
    {"processes", truth_processes, {0}},
    {"sql", truth_sql, {0}},
    {"redis", truth_redis, {0}},
};

#define TRUTHS (sizeof truths / sizeof *truths)

/* All of them in one run: each expectation is judged for itself. */
static void expect_all(struct story *story, struct small *small, struct spec_expect *ret_v)
{
    struct evidence *evidence = &small->run.evidence;
    evidence->asked = calloc(TRUTHS, sizeof *evidence->asked);
    evidence->asked_count = TRUTHS;
    for (size_t i = 0; i < TRUTHS; i++)
        ret_v[i] = (struct spec_expect){.check = (char *)(uintptr_t)truths[i].check,
                                        .at_most = story->at_most,
                                        .power_percent = 10};
    for (int i = 0; i < 2; i++) { /* the last two of the table */
        size_t place = TRUTHS - 2 + (size_t)i;
        query_expect(&story->side.queries[i], &ret_v[place]);
        query_answer(&story->side.queries[i], &evidence->asked[place]);
    }
    small->scenario.expect = ret_v;
    small->scenario.expect_count = TRUTHS;
}

static int compare(struct story *story)
{
    static const char *const names[] = {"PASS", "UNKNOWN", "FAIL"};
    struct words words;
    struct small_run text = story_words(story, &words);
    struct small *small = story_run(story, &text);
    struct spec_expect expect[TRUTHS];
    int mismatches = 0;
    expect_all(story, small, expect);
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    for (size_t i = 0; i < TRUTHS; i++) {
        struct truth *truth = &truths[i];
        const struct finding *finding = findings_find(&small->run.findings, truth->check);
        enum verdict expected = truth->tell(story);
        truth->verdicts[expected]++;
        if (finding->verdict == expected)
            continue;
        mismatches++;
        if (truth->shown++ >= SHOWN)
            continue;
        story_show(story, &text, truth->check, names[expected]);
        fprintf(stderr, "    is %s: %s\n", verdict_name(finding->verdict), finding->message);
    }
    small_free(small);
    return mismatches;
}

/* What it found when it was new, by hand. */
Test(oracle, what_it_found)
{
    static const struct {
        const char *check;
        struct small_case row;
    } rows[] = {
        {"slots_burned", CASE("another topic", UNKNOWN, NULL, NULL, 1, "A1 R2", .rows = "1",
                              .produced = "", .counter_given = true, .counter = 2)},
        {"duplicate",
         CASE("another topic", UNKNOWN, NULL, NULL, 1, "A1 R2", .rows = "1", .produced = "")},
        {"counter", CASE("another key", UNKNOWN, NULL, NULL, 1, "A1 R2", .rows = "1",
                         .counter_given = true, .counter = 0)},
        {"counter", CASE("accepts, and nobody was told yes", UNKNOWN, NULL, NULL, 1, "R1 R5",
                         .rows = "1", .counter_given = true, .counter = 1, .counts_accepts = true)},
        {"parked", CASE("he may be served yet", UNKNOWN, NULL, NULL, 2, "A1 A2", .rows = "1",
                        .parked = "2", .outcome = DRAIN_MOVING)},
        {"parked", CASE("rows unread: has he a coupon?", UNKNOWN, NULL, NULL, 2, "A1 A2",
                        .rows = "-", .parked = "2")},
        {"slots_burned",
         CASE("they may be counted yet", UNKNOWN, NULL, NULL, 3, "A1 A2", .rows = "1 2",
              .counter_given = true, .counter = 1, .outcome = DRAIN_MOVING)},
        {"slots_burned", CASE("more than the limit", FAIL, NULL, NULL, 1, "A1 A2", .rows = "1 2",
                              .counter_given = true, .counter = 1, .outcome = DRAIN_MOVING)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        small_judge(rows[i].check, &rows[i].row);
}

Test(oracle, every_check_tells_the_truth, .timeout = 240)
{
    struct rng rng;
    int mismatches = 0, runs = often(20000);
    rng_seed(&rng, 20261126);
    for (int run = 0; run < runs; run++) {
        struct story story = story_random(&rng);
        story_place_rows(&story);
        mismatches += compare(&story);
    }
    for (size_t i = 0; i < TRUTHS; i++)
        fprintf(stderr, "%-20s %6d runs: %6lld pass %6lld unknown %6lld fail\n", truths[i].check,
                runs, (long long)truths[i].verdicts[PASS], (long long)truths[i].verdicts[UNKNOWN],
                (long long)truths[i].verdicts[FAIL]);
    cr_expect_eq(mismatches, 0);
}
