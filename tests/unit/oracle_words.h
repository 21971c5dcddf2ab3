/* A story as a run, by the words of small_run.h, and as a row of a table that can be pasted into a
 * test.
 */
#ifndef TESTS_UNIT_ORACLE_WORDS_H
#define TESTS_UNIT_ORACLE_WORDS_H

#include "oracle_story.h"

struct words {
    char answers[512], rows[128], parked[128], produced[128], before[128], curve[64];
};

static inline const char *list_words(const struct list *list, char *ret_text, size_t size)
{
    size_t used = 0;
    ret_text[0] = '\0';
    if (list->state != READ)
        return list->state == UNREAD ? "-" : NULL;
    for (int i = 0; i < list->count; i++) {
        const char *blank = i ? " " : "";
        used += (size_t)(list->v[i] ? snprintf(ret_text + used, size - used, "%s%d%s", blank,
                                               list->v[i], list->second[i] ? "+" : "")
                                    : snprintf(ret_text + used, size - used, "%s?", blank));
    }
    return ret_text;
}

static inline void ask_words(const struct story *story, char *ret_text, size_t size)
{
    size_t used = 0;
    ret_text[0] = '\0';
    for (int i = 0; i < story->asks_count; i++) {
        const struct ask *ask = &story->asks[i];
        char rank[16] = "";
        if (ask->ranked)
            snprintf(rank, sizeof rank, "=%d", ask->rank);
        used += (size_t)snprintf(ret_text + used, size - used, "%s%c%d%s@%d-%d", i ? " " : "",
                                 ask->told, ask->user, rank, ask->from, ask->to);
    }
}

static inline struct small_run story_words(const struct story *story, struct words *ret_words)
{
    ask_words(story, ret_words->answers, sizeof ret_words->answers);
    snprintf(ret_words->curve, sizeof ret_words->curve, "0 %d w%d w%d", story->peak,
             story->rows.count, story->rows.count);
    struct list before = {.state = READ, .count = story->rows.before};
    memcpy(before.v, story->rows.v, sizeof before.v);
    list_words(&before, ret_words->before, sizeof ret_words->before);
    bool sampled = story->rows.state == READ && !story->foreign;
    return (struct small_run){
        .limit = story->limit,
        .answers = ret_words->answers,
        .rows = list_words(&story->rows, ret_words->rows, sizeof ret_words->rows),
        .parked = list_words(&story->parked, ret_words->parked, sizeof ret_words->parked),
        .produced = list_words(&story->produced, ret_words->produced, sizeof ret_words->produced),
        .before = story->rows.before ? ret_words->before : NULL,
        .counter = story->counter == ABSENT ? 0 : story->growth,
        .counter_given = story->counter != ABSENT,
        .curve = sampled ? ret_words->curve : NULL,
        .outcome = story->outcome,
        .not_run = story->foreign,
        .cannot_tell = story->cannot_tell,
        .at_most = story->at_most,
    };
}

/* What small_run.h has no words for. */
static inline struct small *story_run(const struct story *story, const struct small_run *text)
{
    struct small *small = small_new(text);
    struct run *run = &small->run;
    ns_t last = run->tally.last_response, timeout = small->scenario.drain.timeout = NS_PER_S;
    struct evidence *evidence = &run->evidence;
    evidence->coupons.asked = last + !story->rows.stale;
    if (story->dead.state == READ) {
        char dead[128];
        small_records(&evidence->dead_letter, list_words(&story->dead, dead, sizeof dead));
    }
    if (story->dead.state != ABSENT)
        small->pipeline.dead_letter = small->topics[0];
    if (story->foreign)
        run->phases[PHASE_STACK].started = 0;
    evidence->dead_letter.asked = last + !story->dead.stale;
    evidence->parked.asked = last + !story->parked.stale;
    evidence->produced.asked = last + !story->produced.stale;
    evidence->counter.asked = last + !story->counter_stale;
    evidence->counter.known = story->counter == READ;
    if (run->timeline.count) {
        run->timeline.v[0].flags |= SAMPLE_BASELINE;
        run->timeline.v[0].rows = story->rows.before;
    }
    small->counter.counts = story->counts;
    small->counter.down = story->down;
    run->drain.decided = last + (story->waited ? timeout : timeout / 2);
    run->load[0].late_stamps = story->late_stamps;
    side_run(&story->side, last, run);
    return small;
}

static inline void show_list(const char *name, const char *users)
{
    if (users)
        fprintf(stderr, ", .%s = \"%s\"", name, users);
}

/* The run as a row of a table, to be pasted into a test, and what has no words there. */
static inline void story_show(const struct story *story, const struct small_run *run,
                              const char *check, const char *verdict)
{
    static const char *const counts[] = {"any", "requests", "accepts", "users"};
    fprintf(stderr, "%s: CASE(\"oracle\", %s, NULL, NULL, %lld, \"%s\"", check, verdict,
            (long long)run->limit, run->answers);
    show_list("rows", run->rows);
    show_list("parked", run->parked);
    show_list("produced", run->produced);
    show_list("before", run->before);
    show_list("curve", run->curve);
    if (run->counter_given)
        fprintf(stderr, ", .counter_given = true, .counter = %lld", (long long)run->counter);
    fprintf(stderr, ", .outcome = %d%s", (int)run->outcome,
            run->cannot_tell ? ", .cannot_tell = true" : "");
    char dead[128];
    const char *buried = list_words(&story->dead, dead, sizeof dead);
    fprintf(stderr, ", .at_most = %lld), /* %s;%s%s%s%s%s%s%s counts %s%s%s dead %s%s */\n",
            (long long)run->at_most, drain_outcome_name(run->outcome),
            story->foreign ? " foreign" : "", story->waited ? " waited" : "",
            story->late_stamps ? " late stamps" : "", story->rows.stale ? " stale rows" : "",
            story->parked.stale ? " stale parked" : "",
            story->produced.stale ? " stale records" : "",
            story->counter_stale ? " stale counter" : "", counts[story->counts],
            story->down ? " down" : "", story->counter == UNREAD ? " unread" : "",
            buried ? buried : "none", story->dead.stale ? " stale" : "");
}

#endif
