/* links: model verify */
/* Every check against an oracle that knows nothing of its code: random small runs, users with
 * several requests included, whose truth is found by trying everything. A mismatch is printed as a
 * row that can be pasted into a table of tests. */
#include "oracle_fair.h"

#ifndef RUNS
#define RUNS 20000
#endif
#define MISMATCHES 20 /* shown of them */

struct truth {
    const char *check;
    enum verdict (*tell)(const struct story *story);
    bool needs_decisions;
    int64_t verdicts[VERDICT_FAIL + 1];
};

static struct truth truths[] = {
    {"fcfs", truth_fcfs, true, {0}},
    {"fcfs_distance", truth_fcfs_distance, true, {0}},
    {"fcfs_rank", truth_fcfs_rank, true, {0}},
    {"fcfs_power", truth_fcfs_power, true, {0}},
};

#define TRUTHS (sizeof truths / sizeof *truths)

/* Whether yes and no can be told apart at all. */
static bool tells(const struct story *story)
{
    bool told = !story->cannot_tell;
    for (int i = 0; i < story->asks_count; i++)
        told |= is_told(&story->asks[i]);
    return told;
}

static int compare(const struct story *story, struct truth *truth)
{
    struct words words;
    struct small_run text = story_words(story, &words);
    struct small *small = small_new(&text);
    small->run.load[0].late_stamps = story->late_stamps;
    small_expect(small, truth->check)->at_most = text.at_most;
    cr_assert_eq(checks_run(&small->run, NULL), 0);
    const struct finding *finding = findings_find(&small->run.findings, truth->check);
    enum verdict expected = truth->needs_decisions && !tells(story) ? UNKNOWN : truth->tell(story);
    int mismatch = finding->verdict != expected;
    truth->verdicts[expected]++;
    if (mismatch) {
        static const char *const names[] = {"PASS", "UNKNOWN", "FAIL"};
        story_show(&text, truth->check, names[expected], story->late_stamps);
        fprintf(stderr, "    is %s: %s\n", verdict_name(finding->verdict), finding->message);
    }
    small_free(small);
    return mismatch;
}

Test(oracle, every_check_tells_the_truth, .timeout = 240)
{
    struct rng rng;
    int mismatches = 0;
    rng_seed(&rng, 20261126);
    for (int run = 0; run < RUNS && mismatches < MISMATCHES; run++) {
        struct story story = story_random(&rng);
        for (size_t i = 0; i < TRUTHS; i++)
            mismatches += compare(&story, &truths[i]);
    }
    for (size_t i = 0; i < TRUTHS; i++)
        fprintf(stderr, "%-20s %6d runs: %6lld pass %6lld unknown %6lld fail\n", truths[i].check,
                RUNS, (long long)truths[i].verdicts[PASS], (long long)truths[i].verdicts[UNKNOWN],
                (long long)truths[i].verdicts[FAIL]);
    cr_expect_eq(mismatches, 0);
}
