/* The truth about first come, first served: every order of effects that real time allows, every
 * request without an answer applied or not, every slot taken or not. */
#ifndef TESTS_UNIT_ORACLE_FAIR_H
#define TESTS_UNIT_ORACLE_FAIR_H

#include "oracle_story.h"

/* ---- what is known of one request and one user ---- */

static inline bool is_open(const struct ask *ask) /* may have been served, without a decision */
{
    return strchr("UDEX", ask->told) != NULL;
}

static inline bool is_told(const struct ask *ask)
{
    return ask->told == 'A' || ask->told == 'R';
}

static inline bool was_told(const struct story *story, int user, char told)
{
    for (int i = 0; i < story->asks_count; i++)
        if (story->asks[i].user == user && story->asks[i].told == told)
            return true;
    return false;
}

static inline int count_yes(const struct story *story)
{
    int yes = 0;
    for (int user = 1; user <= USERS; user++)
        yes += was_told(story, user, 'A');
    return yes;
}

/* ---- is there an order of effects? ---- */

struct search {
    const struct story *story;
    bool one_each;       /* at most one slot a user */
    bool timeless;       /* the releases are not certain: nothing is ordered */
    unsigned char *seen; /* states that lead nowhere, by left and slots */
};

static inline bool may_be_next(const struct search *search, unsigned left, int i)
{
    const struct ask *asks = search->story->asks;
    for (int j = 0; !search->timeless && j < search->story->asks_count; j++)
        if ((left & 1U << j) && is_told(&asks[j]) && asks[j].to < asks[i].from)
            return false;
    return true;
}

static inline bool holds_slot(const struct story *story, unsigned slots, int user)
{
    for (int i = 0; i < story->asks_count; i++)
        if ((slots & 1U << i) && story->asks[i].user == user)
            return true;
    return false;
}

/* left: requests that have yet to take effect. slots: those that took one. */
static inline bool explains(const struct search *search, unsigned left, unsigned slots)
{
    const struct story *story = search->story;
    if (!left)
        return true;
    unsigned char *seen = &search->seen[left << ASKS | slots];
    if (*seen)
        return false;
    *seen = 1;
    bool sold_out = __builtin_popcount(slots) >= story->limit;
    for (int i = 0; i < story->asks_count; i++) {
        const struct ask *ask = &story->asks[i];
        unsigned me = 1U << i;
        if (!(left & me) || !may_be_next(search, left, i))
            continue;
        bool holds = holds_slot(story, slots, ask->user);
        bool takes = !sold_out && (!holds || !search->one_each) && ask->told != 'R';
        bool takes_none = ask->told == 'A' ? holds : ask->told == 'R' ? sold_out || holds : true;
        if ((takes && explains(search, left & ~me, slots | me)) ||
            (takes_none && explains(search, left & ~me, slots)))
            return true;
    }
    return false;
}

static inline bool is_explained(const struct story *story, bool one_each, bool timeless)
{
    struct search search = {story, one_each, timeless, calloc(1, 1U << (2 * ASKS))};
    unsigned all = 0;
    for (int i = 0; i < story->asks_count; i++)
        all |= is_open(&story->asks[i]) || is_told(&story->asks[i]) ? 1U << i : 0;
    bool explained = explains(&search, all, 0);
    free(search.seen);
    return explained;
}

static inline enum verdict truth_fcfs(const struct story *story)
{
    if (!count_yes(story))
        return UNKNOWN;
    if (is_explained(story, true, false))
        return PASS;
    if (is_explained(story, false, false))
        return UNKNOWN;
    return story->late_stamps && is_explained(story, false, true) ? UNKNOWN : FAIL;
}

/* ---- users as intervals ---- */

#define NEVER 1000000

/* The first of the user's requests that may have been served; NEVER: there is none. */
static inline int first_chance(const struct story *story, int user)
{
    int first = NEVER;
    for (int i = 0; i < story->asks_count; i++) {
        const struct ask *ask = &story->asks[i];
        if (ask->user == user && (is_open(ask) || ask->told == 'A') && ask->from < first)
            first = ask->from;
    }
    return first;
}

/* The user's answer of this kind that came first; NULL: there is none. */
static inline const struct ask *first_told(const struct story *story, int user, char told)
{
    const struct ask *first = NULL;
    for (int i = 0; i < story->asks_count; i++) {
        const struct ask *ask = &story->asks[i];
        if (ask->user == user && ask->told == told && (!first || ask->to < first->to))
            first = ask;
    }
    return first;
}

/* Turned away, whatever a request of his own became. */
static inline bool is_denied(const struct story *story, int user)
{
    const struct ask *no = first_told(story, user, 'R');
    return no && first_chance(story, user) > no->to;
}

/* Turned away, unless a request of his own had been served by then. */
static inline bool is_excusable(const struct story *story, int user)
{
    return first_told(story, user, 'R') && !was_told(story, user, 'A') && !is_denied(story, user);
}

/* ---- distance ---- */

static inline int contradicting(const struct story *story, unsigned excused, int half)
{
    int wrong = 0;
    for (int user = 1; user <= USERS; user++) {
        const struct ask *no = first_told(story, user, 'R');
        bool counts =
            is_denied(story, user) || (is_excusable(story, user) && !(excused & 1U << user));
        wrong += was_told(story, user, 'A') && 2 * first_chance(story, user) > half;
        wrong += counts && 2 * no->to < half;
    }
    return wrong;
}

/* The least over all excuses that leave everybody a slot, and all instants of a sell-out. */
static inline int least_contradicting(const struct story *story, int *ret_denied)
{
    unsigned excusable = 0;
    int least = NEVER, yes = count_yes(story), denied = 0;
    for (int user = 1; user <= USERS; user++) {
        excusable |= is_excusable(story, user) ? 1U << user : 0;
        denied += is_denied(story, user);
    }
    *ret_denied = NEVER;
    for (unsigned excused = excusable;; excused = (excused - 1) & excusable) {
        int held = __builtin_popcount(excused);
        bool fits = yes > story->limit || yes + held <= story->limit;
        int others = denied + __builtin_popcount(excusable) - held;
        if (fits && others < *ret_denied)
            *ret_denied = others;
        for (int half = 0; fits && half <= 4 * TIMES; half++) {
            int wrong = contradicting(story, excused, half);
            least = wrong < least ? wrong : least;
        }
        if (!excused)
            return least;
    }
}

static inline enum verdict truth_fcfs_distance(const struct story *story)
{
    int denied, distance = least_contradicting(story, &denied);
    if (distance > story->at_most)
        return story->late_stamps ? UNKNOWN : FAIL;
    return count_yes(story) && denied ? PASS : UNKNOWN;
}

/* ---- power ---- */

static inline enum verdict truth_fcfs_power(const struct story *story)
{
    struct ask decisions[2 * USERS];
    int count = 0, ordered = 0, denied = 0, all;
    for (int user = 1; user <= USERS; user++) {
        const struct ask *yes = first_told(story, user, 'A'), *no = first_told(story, user, 'R');
        if (yes)
            decisions[count++] = (struct ask){.from = first_chance(story, user), .to = yes->to};
        if (is_denied(story, user))
            decisions[count++] = *no;
        denied += is_denied(story, user);
    }
    for (int i = 0; i < count; i++)
        for (int j = 0; j < count; j++)
            ordered += decisions[i].to < decisions[j].from;
    all = count * (count - 1) / 2;
    return count_yes(story) && denied && 10 * ordered >= all ? PASS : UNKNOWN;
}

/* ---- ranks ---- */

/* A rank that a user was told; the answer that told it first is the one that counts. */
struct rank {
    int user, rank, from, to;
};

static inline int list_ranks(const struct story *story, struct rank *ret_ranks)
{
    int count = 0;
    for (int i = 0; i < story->asks_count; i++) {
        const struct ask *ask = &story->asks[i];
        bool new = ask->told == 'A' && ask->ranked;
        for (int k = 0; new &&k < count; k++)
            if (ret_ranks[k].user == ask->user && ret_ranks[k].rank == ask->rank) {
                ret_ranks[k].to = ask->to < ret_ranks[k].to ? ask->to : ret_ranks[k].to;
                new = false;
            }
        if (new)
            ret_ranks[count++] =
                (struct rank){ask->user, ask->rank, first_chance(story, ask->user), ask->to};
    }
    return count;
}

/* Users who must have been told a wrong rank: those overtaken, all but one of those who share one,
 * and those whose rank is no place when places are counted as fits most of them. */
static inline int wrong_ranks(const struct rank *ranks, int count, int low, int high, bool timeless)
{
    int wrong = 0;
    for (int rank = -2; rank <= 8; rank++) {
        bool kept = false;
        for (int i = 0; i < count; i++) {
            bool overtaken = false;
            if (ranks[i].rank != rank)
                continue;
            for (int j = 0; !timeless && j < count; j++)
                overtaken |= ranks[j].rank < rank && ranks[i].to < ranks[j].from;
            bool keeps = !overtaken && !kept && rank >= low && rank <= high;
            kept |= keeps;
            wrong += !keeps;
        }
    }
    return wrong;
}

static inline int count_rank(const struct rank *ranks, int count, int rank)
{
    int told = 0;
    for (int i = 0; i < count; i++)
        told += ranks[i].rank == rank;
    return told;
}

static inline enum verdict truth_fcfs_rank(const struct story *story)
{
    struct rank ranks[ASKS];
    int count = list_ranks(story, ranks), firsts = count_rank(ranks, count, 0),
        lasts = count_rank(ranks, count, story->limit), low = 0, high = story->limit;
    if (firsts && lasts && firsts <= lasts)
        low = 1;
    else if (firsts && lasts)
        high = story->limit - 1;
    if (wrong_ranks(ranks, count, low, high, false) > story->at_most)
        return story->late_stamps && wrong_ranks(ranks, count, low, high, true) <= story->at_most
                   ? UNKNOWN
                   : FAIL;
    return count ? PASS : UNKNOWN;
}

#endif
