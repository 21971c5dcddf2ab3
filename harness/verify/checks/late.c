#include "verify/checks/judges.h"

/* One figure of a sample that must stand still. */
struct figure {
    const char *what;   /* for the witness */
    const char *called; /* in the message */
    int64_t (*read)(const struct sample *sample);
};

static int64_t read_rows(const struct sample *sample)
{
    return sample->rows;
}

static int64_t read_parked(const struct sample *sample)
{
    return sample->parked;
}

static int64_t read_counter(const struct sample *sample)
{
    return sample->counter;
}

static int64_t read_ends(const struct sample *sample)
{
    if (!sample->partitions_count)
        return COUNT_UNKNOWN;
    int64_t sum = 0;
    for (uint32_t i = 0; i < sample->partitions_count; i++)
        sum += sample->partitions[i].end;
    return sum;
}

static const struct figure figures[] = {
    {"rows changed after drained", "rows", read_rows},
    {"parked events changed after drained", "parked events", read_parked},
    {"the counter changed after drained", "counter", read_counter},
    {"records were produced after drained", "end offsets", read_ends},
};

/* The last reading before the window, or the first one in it. COUNT_UNKNOWN: never read. */
static int64_t reference(const struct timeline *timeline, const struct figure *figure)
{
    int64_t value = COUNT_UNKNOWN;
    for (size_t i = 0; i < timeline->count; i++) {
        const struct sample *sample = &timeline->v[i];
        bool watched = (sample->flags & SAMPLE_WATCH) != 0;
        int64_t now = figure->read(sample);
        /* The counter before the release says nothing about the counter after it. */
        if (now == COUNT_UNKNOWN || (sample->flags & SAMPLE_BASELINE))
            continue;
        if (watched && value != COUNT_UNKNOWN)
            return value;
        value = now;
        if (watched)
            return value;
    }
    return value;
}

/* Follows one figure through the window. Returns how often it was compared. */
static int64_t follow(const struct case_file *facts, const struct figure *figure,
                      struct finding *finding)
{
    const struct timeline *timeline = &facts->run->timeline;
    int64_t before = reference(timeline, figure), compared = 0;
    for (size_t i = 0; i < timeline->count; i++) {
        const struct sample *sample = &timeline->v[i];
        int64_t now = figure->read(sample);
        if (!(sample->flags & SAMPLE_WATCH) || now == COUNT_UNKNOWN)
            continue;
        compared++;
        if (now == before)
            continue;
        struct witness *witness = finding_witness(finding, figure->what);
        if (witness) {
            witness->row = now;
            witness->at = sample->at;
        }
        if (finding->verdict == VERDICT_FAIL) /* the first change tells the story */
            return compared;
        finding_actual(finding, "%s from %" PRId64 " to %" PRId64, figure->called, before, now);
        finding_set(finding, VERDICT_FAIL,
                    "%s changed from %" PRId64 " to %" PRId64 ", %.0f ms after drained",
                    figure->called, before, now,
                    (double)(sample->at - facts->run->drain.decided) / (double)NS_PER_MS);
        return compared;
    }
    return compared;
}

void judge_late(const struct case_file *facts, const struct spec_expect *expect,
                struct finding *finding)
{
    (void)expect;
    int64_t compared = 0;
    finding_expect(finding, "no change");
    finding_actual(finding, "none");
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        compared += follow(facts, &figures[i], finding);
    if (finding->verdict == VERDICT_FAIL) {
        finding_hint(finding,
                     "who writes when everybody has been answered? a retry, a scheduled job, a "
                     "second consumer");
    } else if (!compared) {
        finding_actual(finding, "not watched");
        finding_set(finding, VERDICT_UNKNOWN, "the late window was not watched (%s)",
                    drain_outcome_name(facts->run->drain.outcome));
        finding_hint(finding, "the window begins when the pipeline has drained: see `drained`");
    } else {
        finding_set(finding, VERDICT_PASS, "nothing changed in the late window");
    }
}
