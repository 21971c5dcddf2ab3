#include "verify/checks/judges.h"

/* One figure of a sample that must stand still. */
struct figure {
    const char *what;   /* for the witness */
    const char *called; /* in the message */
    struct maybe (*read)(const struct sample *sample);
};

static struct maybe unless_unknown(int64_t count)
{
    return (struct maybe){count != COUNT_UNKNOWN, count};
}

static struct maybe read_rows(const struct sample *sample)
{
    return unless_unknown(sample->rows);
}

static struct maybe read_parked(const struct sample *sample)
{
    return unless_unknown(sample->parked);
}

static struct maybe read_counter(const struct sample *sample)
{
    return sample->counter;
}

static struct maybe read_ends(const struct sample *sample)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < sample->lanes_count; i++)
        sum += sample->lanes[i].end;
    return (struct maybe){sample->lanes_count > 0, sum};
}

static const struct figure figures[] = {
    {"rows changed after drained", "rows", read_rows},
    {"parked events changed after drained", "parked events", read_parked},
    {"the counter changed after drained", "counter", read_counter},
    {"records were produced after drained", "ends", read_ends},
};

/* The last reading before the window, or the first one in it. None: never read. */
static struct maybe reference(const struct timeline *timeline, const struct figure *figure)
{
    struct maybe value = {0};
    for (size_t i = 0; i < timeline->count; i++) {
        const struct sample *sample = &timeline->v[i];
        bool watched = (sample->flags & SAMPLE_WATCH) != 0;
        struct maybe now = figure->read(sample);
        /* The counter before the release says nothing about the counter after it. */
        if (!now.known || (sample->flags & SAMPLE_BASELINE))
            continue;
        if (watched && value.known)
            return value;
        value = now;
        if (watched)
            return value;
    }
    return value;
}

static bool has_phantoms(const struct case_file *facts)
{
    for (size_t i = 0; i < facts->users_count; i++)
        if (facts->users[i].decision == DECISION_REJECTED && facts->users[i].seen & SEEN_COUPON)
            return facts->known & NEEDS_DECISIONS;
    return false;
}

/* What came late was waited for. It convicts only when the rows that were left are wrong: too many,
 * twice, of somebody who did not ask or was told no; or gone. */
static bool is_violation(const struct case_file *facts, const struct figure *figure)
{
    const struct case_list *rows = &facts->coupons;
    unsigned needed = NEEDS_PROOF | NEEDS_COUPONS | (facts->given & NEEDS_PARKED);
    bool gone = (facts->whole & needed) == needed && facts->accepted && case_missing(facts);
    return figure->read == read_rows &&
           ((int64_t)rows->count > facts->limit || (rows->repeats && !facts->ledger) ||
            rows->strangers || gone || has_phantoms(facts));
}

/* Follows one figure through the windows; the first change tells the story. Returns how often it
 * was compared. */
static int64_t follow(const struct case_file *facts, const struct figure *figure,
                      struct finding *finding)
{
    const struct timeline *timeline = &facts->run->timeline;
    struct maybe before = reference(timeline, figure);
    int64_t compared = 0;
    for (size_t i = 0; i < timeline->count; i++) {
        const struct sample *sample = &timeline->v[i];
        struct maybe now = figure->read(sample);
        if (!(sample->flags & SAMPLE_WATCH) || !now.known)
            continue;
        compared++;
        if (maybe_equal(now, before))
            continue;
        struct witness *witness = finding_witness(finding, figure->what);
        if (witness) {
            witness->row = now;
            witness->at = sample->at;
        }
        if (finding->message[0])
            return compared;
        finding_actual(finding, "%s from %" PRId64 " to %" PRId64, figure->called, before.value,
                       now.value);
        finding_set(finding, is_violation(facts, figure) ? VERDICT_FAIL : VERDICT_PASS,
                    "%s changed from %" PRId64 " to %" PRId64 " in the late window", figure->called,
                    before.value, now.value);
        return compared;
    }
    return compared;
}

void judge_late(const struct case_file *facts, const struct spec_expect *expect,
                struct finding *finding)
{
    (void)expect;
    int64_t compared = 0;
    finding_expect(finding, "no change, or none that is wrong");
    finding_actual(finding, "none");
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        compared += follow(facts, &figures[i], finding);
    if (finding->verdict == VERDICT_FAIL) {
        const char *more = facts->run->scenario->evidence.pipeline ? ", a second consumer" : "";
        int64_t open = facts->sent - facts->answered;
        if (open)
            finding_hint(finding,
                         "%" PRId64 " request%s had no answer by then, and the service may have "
                         "worked on %s still; else: a retry, a scheduled job%s",
                         open, plural(open), open == 1 ? "it" : "them", more);
        else
            finding_hint(finding,
                         "who writes when everybody has been answered? a retry, a "
                         "scheduled job%s",
                         more);
    } else if (finding->message[0]) {
        finding_hint(finding, "what came was waited for and judged with the rest; a longer "
                              "drain.window looks for longer");
    } else if (!compared) {
        finding_actual(finding, "not watched");
        finding_set(finding, VERDICT_UNKNOWN, "the late window was not watched (%s)",
                    drain_outcome_name(facts->run->drain.outcome));
        finding_hint(finding, "the window begins when the pipeline has drained: see `drained`");
    } else {
        finding_set(finding, VERDICT_PASS, "nothing changed in the late window");
    }
}
