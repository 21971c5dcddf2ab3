/* Random small runs for the oracle: a service that is right is played, its answers and stores are
 * then left alone, lost, or spoiled. All instants are whole milliseconds and few, so that ties and
 * touching intervals are frequent. */
#ifndef TESTS_UNIT_ORACLE_STORY_H
#define TESTS_UNIT_ORACLE_STORY_H

#include "base/rng.h"
#include "small_run.h"

#define ASKS      10
#define USERS     6 /* 1 to 6 may ask; 7 and 8 never do */
#define STRANGERS 2
#define LIST      24
#define TIMES     14

struct ask {
    char told; /* as in small_run.h */
    int user, from, to;
    bool ranked;
    int rank;
};

enum state { ABSENT, UNREAD, READ };

/* Users; 0 is a record that cannot be read. */
struct list {
    enum state state;
    int v[LIST];
    int count;
};

struct story {
    int limit;
    struct ask asks[ASKS];
    int asks_count;
    struct list rows, parked, produced;
    bool counter_given;
    int growth;
    int at_most;
    bool cannot_tell, late_stamps;
    enum drain_outcome outcome;
    int peak; /* rows of the sample that saw most */
};

static inline bool chance(struct rng *rng, int percent)
{
    return (int)rng_below(rng, 100) < percent;
}

static inline int between(struct rng *rng, int low, int high)
{
    return (int)rng_between(rng, low, high);
}

/* ---- who asks, and a service that decides ---- */

static inline void story_ask(struct story *story, struct rng *rng)
{
    int users = between(rng, 1, USERS);
    story->limit = between(rng, 1, 5);
    story->asks_count = between(rng, 0, ASKS);
    for (int i = 0; i < story->asks_count; i++) {
        int from = between(rng, 1, TIMES);
        story->asks[i] = (struct ask){
            'R', between(rng, 1, users), from, from + between(rng, 0, TIMES / 2), false, 0};
    }
}

static inline void list_add(struct list *list, int user)
{
    if (list->count < LIST)
        list->v[list->count++] = user;
}

/* Requests take effect one after the other, each within its interval. once: one slot a user, and
 * later requests are told no, or yes again. */
static inline void story_serve(struct story *story, struct rng *rng)
{
    int effect[ASKS], taken = 0, base = chance(rng, 30) ? 0 : 1, rank_of[USERS + 1] = {0};
    bool once = chance(rng, 70), again = chance(rng, 30), has[USERS + 1] = {0}, served[ASKS] = {0};
    for (int i = 0; i < story->asks_count; i++)
        effect[i] = between(rng, story->asks[i].from, story->asks[i].to);
    for (int step = 0; step < story->asks_count; step++) {
        int next = -1;
        for (int i = 0; i < story->asks_count; i++)
            if (!served[i] && (next < 0 || effect[i] < effect[next]))
                next = i;
        struct ask *ask = &story->asks[next];
        served[next] = true;
        if (once && has[ask->user]) {
            ask->told = again ? 'A' : 'R';
        } else if (taken < story->limit) {
            ask->told = 'A';
            has[ask->user] = true;
            rank_of[ask->user] = base + taken++;
            list_add(&story->rows, ask->user);
            list_add(&story->produced, ask->user);
        }
        ask->ranked = ask->told == 'A';
        ask->rank = rank_of[ask->user];
    }
    story->growth = once ? story->asks_count : taken + between(rng, 0, 2);
}

/* ---- what goes wrong ---- */

static inline void story_lose_answers(struct story *story, struct rng *rng)
{
    static const char lost[] = "UUUEEDXCS";
    int percent = chance(rng, 40) ? 0 : between(rng, 5, 40);
    bool undecided = chance(rng, 10);
    for (int i = 0; i < story->asks_count; i++)
        if (undecided)
            story->asks[i].told = 'D';
        else if (chance(rng, percent))
            story->asks[i].told = lost[rng_below(rng, sizeof lost - 1)];
}

static inline void story_spoil_answers(struct story *story, struct rng *rng)
{
    if (!story->asks_count || chance(rng, 50))
        return;
    for (int times = between(rng, 1, 3); times; times--) {
        struct ask *ask = &story->asks[rng_below(rng, (uint64_t)story->asks_count)];
        switch (rng_below(rng, 4)) {
        case 0:
            ask->told = chance(rng, 50) ? 'A' : 'R';
            break;
        case 1:
            ask->rank = between(rng, -1, 6);
            break;
        case 2:
            ask->ranked = !ask->ranked;
            break;
        default:
            ask->from = between(rng, 1, TIMES);
            ask->to = ask->from + between(rng, 0, TIMES / 2);
        }
    }
}

static inline void list_drop(struct list *list, struct rng *rng)
{
    if (!list->count)
        return;
    list->v[rng_below(rng, (uint64_t)list->count)] = list->v[list->count - 1];
    list->count--;
}

static inline void list_spoil(struct list *list, struct rng *rng)
{
    if (chance(rng, 60))
        return;
    for (int times = between(rng, 1, 2); times; times--)
        switch (rng_below(rng, 3)) {
        case 0:
            list_drop(list, rng);
            break;
        case 1:
            list_add(list, between(rng, 1, USERS + STRANGERS));
            break;
        default:
            if (list->count)
                list_add(list, list->v[rng_below(rng, (uint64_t)list->count)]);
        }
}

static inline enum state random_state(struct rng *rng, int absent)
{
    return chance(rng, absent) ? ABSENT : chance(rng, 8) ? UNREAD : READ;
}

static inline void story_spoil_stores(struct story *story, struct rng *rng)
{
    for (int i = story->rows.count; i > 0; i--)
        if (chance(rng, 5)) {
            list_add(&story->parked, story->rows.v[i - 1]);
            list_drop(&story->rows, rng);
        }
    list_spoil(&story->rows, rng);
    list_spoil(&story->produced, rng);
    if (chance(rng, 5))
        list_add(&story->produced, 0);
    if (chance(rng, 20))
        list_add(&story->parked, between(rng, 1, USERS + STRANGERS));
    story->rows.state = random_state(rng, 10);
    story->parked.state = random_state(rng, 40);
    story->produced.state = random_state(rng, 40);
    story->counter_given = chance(rng, 60);
    story->growth += chance(rng, 30) ? between(rng, -2, 2) : 0;
    story->peak = story->rows.count + (chance(rng, 10) ? between(rng, 1, 3) : 0);
}

static inline struct story story_random(struct rng *rng)
{
    static const enum drain_outcome outcomes[] = {DRAIN_DRAINED_LOSSY, DRAIN_MOVING, DRAIN_STALLED,
                                                  DRAIN_NO_CONSUMER, DRAIN_BLOCKED};
    struct story story = {.outcome = DRAIN_DRAINED};
    story_ask(&story, rng);
    story_serve(&story, rng);
    story_lose_answers(&story, rng);
    story_spoil_answers(&story, rng);
    story_spoil_stores(&story, rng);
    story.at_most = chance(rng, 80) ? 0 : between(rng, 1, 2);
    story.cannot_tell = chance(rng, 3);
    story.late_stamps = chance(rng, 5);
    if (chance(rng, 30))
        story.outcome = outcomes[rng_below(rng, sizeof outcomes / sizeof *outcomes)];
    return story;
}

/* ---- as a run, by the words of small_run.h ---- */

struct words {
    char answers[512], rows[128], parked[128], produced[128], curve[64];
};

static inline const char *list_words(const struct list *list, char *ret_text, size_t size)
{
    size_t used = 0;
    ret_text[0] = '\0';
    if (list->state != READ)
        return list->state == UNREAD ? "-" : NULL;
    for (int i = 0; i < list->count; i++) {
        const char *blank = i ? " " : "";
        used +=
            (size_t)(list->v[i] ? snprintf(ret_text + used, size - used, "%s%d", blank, list->v[i])
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
    bool sampled = story->rows.state == READ;
    return (struct small_run){
        .limit = story->limit,
        .answers = ret_words->answers,
        .rows = list_words(&story->rows, ret_words->rows, sizeof ret_words->rows),
        .parked = list_words(&story->parked, ret_words->parked, sizeof ret_words->parked),
        .produced = list_words(&story->produced, ret_words->produced, sizeof ret_words->produced),
        .counter = story->counter_given ? story->growth : 0,
        .counter_given = story->counter_given,
        .curve = sampled ? ret_words->curve : NULL,
        .outcome = story->outcome,
        .cannot_tell = story->cannot_tell,
        .at_most = story->at_most,
    };
}

/* The run as a row of a table, to be pasted into a test. */
static inline void story_show(const struct small_run *run, const char *check, const char *verdict,
                              bool late_stamps)
{
    fprintf(stderr, "%s: CASE(\"oracle\", %s, NULL, NULL, %lld, \"%s\"", check, verdict,
            (long long)run->limit, run->answers);
    const char *const lists[][2] = {{"rows", run->rows},
                                    {"parked", run->parked},
                                    {"produced", run->produced},
                                    {"curve", run->curve}};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (lists[i][1])
            fprintf(stderr, ", .%s = \"%s\"", lists[i][0], lists[i][1]);
    if (run->counter_given)
        fprintf(stderr, ", .counter_given = true, .counter = %lld", (long long)run->counter);
    if (run->outcome != DRAIN_DRAINED)
        fprintf(stderr, ", .outcome = %d /* %s */", (int)run->outcome,
                drain_outcome_name(run->outcome));
    fprintf(stderr, "%s", run->cannot_tell ? ", .cannot_tell = true" : "");
    if (run->at_most)
        fprintf(stderr, ", .at_most = %lld", (long long)run->at_most);
    fprintf(stderr, "),%s\n", late_stamps ? " with late stamps" : "");
}

#endif
