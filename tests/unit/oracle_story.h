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
#define EVERYBODY (USERS + STRANGERS)
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
    bool stale;    /* read before the last answer only */
    bool unplaced; /* there are rows, and none is of anybody who asked */
    int before;    /* so many of the first were there before the run */
    int v[LIST];
    int count;
};

struct story {
    int limit;
    struct ask asks[ASKS];
    int asks_count;
    struct list rows, parked, dead, produced;
    enum state counter;
    bool counter_stale, down;
    enum counts counts;
    int growth;
    int at_most;
    bool cannot_tell, late_stamps;
    enum drain_outcome outcome;
    bool foreign; /* a history from elsewhere, which nobody watched */
    bool waited;  /* until drain.timeout */
    int peak;     /* rows of the sample that saw most */
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

static inline int users_of(const struct story *story)
{
    int users = 0;
    bool seen[USERS + 1] = {0};
    for (int i = 0; i < story->asks_count; i++) {
        users += !seen[story->asks[i].user];
        seen[story->asks[i].user] = true;
    }
    return users;
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
    story->counts = (enum counts)rng_below(rng, 3);
    story->growth = story->counts == COUNTS_REQUESTS ? story->asks_count
                    : story->counts == COUNTS_USERS  ? users_of(story)
                                                     : taken;
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
            list_add(list, between(rng, 1, EVERYBODY));
            break;
        default:
            if (list->count)
                list_add(list, list->v[rng_below(rng, (uint64_t)list->count)]);
        }
}

static inline void list_see(struct list *list, struct rng *rng, int absent)
{
    list->state = chance(rng, absent) ? ABSENT : chance(rng, 8) ? UNREAD : READ;
    list->stale = chance(rng, 8);
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
    if (chance(rng, 15))
        list_add(&story->parked, between(rng, 1, EVERYBODY));
    if (chance(rng, 30))
        list_add(&story->dead, between(rng, 0, EVERYBODY));
    if (chance(rng, 5) && story->rows.count)
        story->rows.before = between(rng, 1, story->rows.count);
    list_see(&story->rows, rng, 10);
    list_see(&story->parked, rng, 40);
    list_see(&story->produced, rng, 40);
    list_see(&story->dead, rng, story->produced.state == ABSENT ? 100 : 70);
    story->peak = story->rows.count + (chance(rng, 10) ? between(rng, 1, 3) : 0);
}

static inline void story_spoil_counter(struct story *story, struct rng *rng)
{
    story->counter = chance(rng, 30) ? ABSENT : chance(rng, 8) ? UNREAD : READ;
    story->counter_stale = chance(rng, 8);
    story->down = chance(rng, 20);
    story->growth += chance(rng, 30) ? between(rng, -2, 2) : 0;
    if (story->down != chance(rng, 5))
        story->growth = -story->growth;
}

/* It promises nothing beyond itself. */
static inline void story_from_elsewhere(struct story *story)
{
    enum state *const states[] = {&story->rows.state, &story->parked.state, &story->dead.state,
                                  &story->produced.state, &story->counter};
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        *states[i] = *states[i] == READ ? READ : ABSENT;
    story->foreign = true;
    story->outcome = DRAIN_NOT_RUN;
    story->rows.before = 0;
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
    story_spoil_counter(&story, rng);
    story.at_most = chance(rng, 80) ? 0 : between(rng, 1, 2);
    story.cannot_tell = chance(rng, 3);
    story.late_stamps = chance(rng, 5);
    story.waited = chance(rng, 30);
    if (chance(rng, 30))
        story.outcome = outcomes[rng_below(rng, sizeof outcomes / sizeof *outcomes)];
    if (chance(rng, 5))
        story_from_elsewhere(&story);
    return story;
}

/* ---- as a run, by the words of small_run.h ---- */

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
    static const char *const counts[] = {"requests", "accepts", "users"};
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
