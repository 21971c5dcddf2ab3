/* The truth about the counter, the answers and the run as a whole, by the same laws. */
#ifndef TESTS_UNIT_ORACLE_RUN_H
#define TESTS_UNIT_ORACLE_RUN_H

#include "oracle_stores.h"

static inline enum verdict truth_retry(const struct story *story)
{
    int again = 0, several = 0, none = 0, parked = 0;
    for (int user = 1; user <= USERS; user++) {
        bool asked_again = count_asks(story, user) > 1;
        again += asked_again;
        several += asked_again && times_in(&story->rows, user) > 1;
        none += asked_again && was_told(story, user, 'A') && !is_saved(story, user);
        parked += asked_again && was_told(story, user, 'A') && !times_in(&story->rows, user);
    }
    if (!is_known(&story->rows) || !again)
        return UNKNOWN;
    if (several)
        return FAIL;
    if (none)
        return rows_whole(story) && is_gone(story) ? FAIL : UNKNOWN;
    return is_whole(&story->rows) && (!parked || parked_whole(story)) && at_rest(story) ? PASS
                                                                                        : UNKNOWN;
}

/* What came in the late window convicts only where the rows that were left are wrong. */
static inline enum verdict truth_late(const struct story *story)
{
    bool wrong =
        story->rows.count - story->rows.before > story->limit || count_repeats(&story->rows);
    for (int user = 1; user <= EVERYBODY; user++) {
        bool has = times_in(&story->rows, user) > 0;
        wrong |= has && !has_reached(story, user);
        wrong |= has && only_told_no(story, user) && decides(story);
        wrong |= was_told(story, user, 'A') && !is_saved(story, user) && is_proof(story) &&
                 rows_whole(story);
    }
    if (!is_known(&story->rows) || story->foreign)
        return UNKNOWN;
    return story->peak != story->rows.count && wrong ? FAIL : PASS;
}

/* ---- the counter ---- */

static inline bool counter_whole(const struct story *story)
{
    return counter_speaks(story) && !story->counter_stale;
}

static inline void growth_range(const struct story *story, enum counts counts, int *ret_low,
                                int *ret_high)
{
    int users = 0, users_at_most = 0;
    for (int user = 1; user <= USERS; user++) {
        users += surely_reached(story, user);
        users_at_most += has_reached(story, user);
    }
    switch (counts) {
    case COUNTS_ACCEPTS:
        *ret_low = count_yes(story);
        *ret_high = count_told(story, "AUDEX");
        return;
    case COUNTS_USERS:
        *ret_low = users;
        *ret_high = users_at_most;
        return;
    case COUNTS_ANY:
    case COUNTS_REQUESTS:
        *ret_low = count_told(story, "ARD");
        *ret_high = count_told(story, "ARDUEX");
    }
}

/* Answers that are all alike may be accepts, where rows tell that there were some. */
static inline bool accepts_told(const struct story *story)
{
    return count_yes(story) || (count_told(story, "D") && is_known(&story->rows));
}

/* What nobody said it counts it counts when it adds up; requests, when nothing does. */
static inline enum counts meaning(const struct story *story, int growth)
{
    int moved = growth < 0 ? -growth : growth;
    for (int as = COUNTS_REQUESTS; story->counts == COUNTS_ANY && moved && as <= COUNTS_USERS;
         as++) {
        int low = 0, high = 0;
        growth_range(story, (enum counts)as, &low, &high);
        if (low <= moved && moved <= high && (as != COUNTS_ACCEPTS || accepts_told(story)))
            return (enum counts)as;
    }
    return story->counts;
}

static inline enum verdict truth_counter(const struct story *story)
{
    int low = 0, high = 0, growth = story->down ? -story->growth : story->growth;
    growth_range(story, meaning(story, growth), &low, &high);
    if (!counter_speaks(story) || (story->counts == COUNTS_ACCEPTS && !accepts_told(story)))
        return UNKNOWN;
    if (growth < 0) /* a stock, if nobody said so? */
        return !story->down && -growth >= low && -growth <= high ? UNKNOWN : FAIL;
    if (growth > high)
        return FAIL;
    if (growth < low)
        return counter_whole(story) && is_gone(story) ? FAIL : UNKNOWN;
    return high && counter_whole(story) ? PASS : UNKNOWN;
}

static inline int lesser(int a, int b)
{
    return a < b ? a : b;
}

/* Entries of a list that may each be a slot: as many a user as he asked times. Of two topics one
 * may be for retries, which takes no slot: surely no more than one of them holds. */
static inline int slots_in(const struct story *story, const struct list *list, bool surely)
{
    int slots = 0;
    for (int user = 1; user <= EVERYBODY; user++) {
        int one = times_in_topic(list, user, false), other = times_in_topic(list, user, true);
        int asks = count_asks(story, user), most = one > other ? one : other;
        slots += lesser(surely ? most : one + other, asks ? asks : 1);
    }
    return slots;
}

/* A slot becomes a record, without Kafka a row. Below the limit more users than slots are a fault
 * only when none can have been counted since. */
static inline enum verdict truth_slots_burned(const struct story *story)
{
    int growth = story->down ? -story->growth : story->growth;
    int slots = growth < 0 ? 0 : at_limit(story, growth);
    bool kafka = is_known(&story->produced) && !is_chosen_later(story);
    int users = kafka ? count_users(&story->produced) : count_saved(story);
    int used = kafka ? slots_in(story, &story->produced, false)
                     : users + slots_in(story, &story->rows, false) - count_users(&story->rows);
    int surely = kafka ? slots_in(story, &story->produced, true) : used;
    bool whole = counter_whole(story) && is_whole_if_given(&story->produced) &&
                 is_whole_if_given(&story->rows) && is_whole_if_given(&story->parked) &&
                 is_whole_if_given(&story->dead);
    if (!counter_speaks(story) || (!kafka && !is_known(&story->rows)))
        return UNKNOWN;
    if (users > story->limit)
        return FAIL;
    if (users > slots)
        return whole && is_gone(story) ? FAIL : UNKNOWN;
    if (!slots)
        return UNKNOWN;
    if (used < slots)
        return whole && is_gone(story) ? FAIL : UNKNOWN;
    return surely >= slots && counter_whole(story) &&
                   is_whole(kafka ? &story->produced : &story->rows) &&
                   is_whole_if_given(&story->produced)
               ? PASS
               : UNKNOWN;
}

/* ---- answers, and the run as a whole ---- */

static inline enum verdict truth_response_classified(const struct story *story)
{
    if (count_told(story, "X") > story->at_most) /* or are the rules wrong? */
        return count_yes(story) && count_told(story, "RD") && !story->cannot_tell ? FAIL : UNKNOWN;
    return count_told(story, "ARDEX") ? PASS : UNKNOWN;
}

static inline enum verdict truth_errors(const struct story *story)
{
    if (count_told(story, "UEC") > story->at_most)
        return is_the_target(story) ? FAIL : UNKNOWN;
    return count_told(story, "ARDEXUC") ? PASS : UNKNOWN;
}

/* Told yes, with a row of this run, and in no topic although it was read. */
static inline bool somebody_is_unannounced(const struct story *story)
{
    bool any = false;
    for (int user = 1; user <= USERS; user++)
        any |= was_told(story, user, 'A') && times_in(&story->rows, user) &&
               !times_in(&story->produced, user) && !is_parked(story, user);
    return any && is_whole(&story->produced) && is_whole(&story->rows) && !story->foreign;
}

/* Lossy is a fault only when it is the loss of somebody who was told yes, or may have won. */
/* Is a record of somebody who never asked all that there is to go by? */
static inline bool goes_by_a_stranger(const struct story *story)
{
    bool any = false;
    for (int user = 1; user <= EVERYBODY; user++)
        any |= times_in(&story->produced, user) && !has_reached(story, user);
    return story->rows.state == ABSENT && is_known(&story->produced) && any;
}

static inline enum verdict truth_drained(const struct story *story)
{
    bool harmless = count_yes(story) && is_whole(&story->rows);
    bool read = is_whole_if_given(&story->rows) && is_whole_if_given(&story->parked) &&
                is_whole_if_given(&story->dead);
    for (int user = 1; user <= USERS; user++) {
        bool yes = was_told(story, user, 'A');
        harmless &= yes ? is_saved(story, user) : first_chance(story, user) == NEVER;
    }
    if (story->outcome == DRAIN_DRAINED_LOSSY)
        return harmless ? PASS : read && is_gone(story) ? FAIL : UNKNOWN;
    if (story->outcome == DRAIN_DRAINED &&
        (somebody_is_unannounced(story) || goes_by_a_stranger(story)))
        return UNKNOWN;
    return story->outcome == DRAIN_DRAINED ? PASS : UNKNOWN;
}

static inline enum verdict truth_processes(const struct story *story)
{
    return side_processes(&story->side);
}

static inline enum verdict truth_sql(const struct story *story)
{
    return side_query(&story->side.queries[0]);
}

static inline enum verdict truth_redis(const struct story *story)
{
    return side_query(&story->side.queries[1]);
}

/* At least one decision and one thing read; a no when more asked than the limit; a row. */
static inline enum verdict truth_not_vacuous(const struct story *story)
{
    int reached = 0, found = 0;
    for (int user = 1; user <= USERS; user++)
        reached += has_reached(story, user);
    const struct list *const lists[] = {&story->rows, &story->parked, &story->produced,
                                        &story->dead};
    bool read = counter_speaks(story) || story->foreign;
    for (int i = 0; i < 2; i++)
        read |= story->side.queries[i].asked;
    read |= is_known(&story->rows) || parked_known(story) || is_known(&story->produced);
    for (int i = 0; i < 4; i++) {
        found += is_known(lists[i]) ? lists[i]->count - lists[i]->before : 0;
    }
    bool alike = story->cannot_tell && count_told(story, "D") && found;
    bool enough = count_yes(story) ? count_told(story, "R") || reached <= story->limit : alike;
    bool rows = !story->rows.unplaced && (!is_known(&story->rows) || story->rows.count);
    return reached && enough && read && rows ? PASS : UNKNOWN;
}

#endif
