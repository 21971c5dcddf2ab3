/* Random small runs for the oracle: a service that is right is played, its answers and stores are
 * then left alone, lost, or spoiled. All instants are whole milliseconds and few, so that ties and
 * touching intervals are frequent. */
#ifndef TESTS_UNIT_ORACLE_STORY_H
#define TESTS_UNIT_ORACLE_STORY_H

#include "base/rng.h"
#include "oracle_side.h"
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
    bool second[LIST]; /* records: in the second topic, as retries are */
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
    struct side side;
};

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
    story->counts = (enum counts)rng_below(rng, COUNTS_USERS + 1);
    enum counts meant = story->counts ? story->counts : (enum counts)between(rng, 1, COUNTS_USERS);
    story->growth = meant == COUNTS_REQUESTS ? story->asks_count
                    : meant == COUNTS_USERS  ? users_of(story)
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
    uint64_t place = rng_below(rng, (uint64_t)list->count--);
    list->v[place] = list->v[list->count];
    list->second[place] = list->second[list->count];
    list->second[list->count] = false;
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

/* A consumer sends what it could not do to a topic for retries; or users are spread over two. */
static inline void list_retry(struct list *list, struct rng *rng)
{
    bool spread = chance(rng, 5);
    for (int i = list->count; i > 0; i--) {
        list->second[i - 1] = spread && chance(rng, 50);
        if (!chance(rng, 4) || list->count == LIST)
            continue;
        list->second[list->count] = true;
        list_add(list, list->v[i - 1]);
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
    list_retry(&story->produced, rng);
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
    story.side = side_random(rng);
    return story;
}

#endif
