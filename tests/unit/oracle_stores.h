/* The truth about rows, records and the counter, by the laws alone:
 *   pass  every source that it needs was read whole, after the last answer;
 *   fail  it was there, or it was not there and nothing is left that could bring it;
 *   else  unknown. */
#ifndef TESTS_UNIT_ORACLE_STORES_H
#define TESTS_UNIT_ORACLE_STORES_H

#include "oracle_fair.h"

/* ---- sources ---- */

static inline bool has_garbage(const struct list *list)
{
    for (int i = 0; i < list->count; i++)
        if (!list->v[i])
            return true;
    return false;
}

static inline bool is_known(const struct list *list)
{
    return list->state == READ && !has_garbage(list) && !list->unplaced;
}

static inline bool is_whole(const struct list *list)
{
    return is_known(list) && !list->stale;
}

static inline bool is_whole_if_given(const struct list *list)
{
    return list->state == ABSENT || is_whole(list);
}

static inline bool is_known_if_given(const struct list *list)
{
    return list->state == ABSENT || is_known(list);
}

/* The table of parked events and the topic of dead letters are one source. */
static inline bool parked_known(const struct story *story)
{
    bool given = story->parked.state != ABSENT || story->dead.state != ABSENT;
    return given && is_known_if_given(&story->parked) && is_known_if_given(&story->dead);
}

static inline bool rows_whole(const struct story *story)
{
    return is_whole(&story->rows) && is_whole_if_given(&story->parked) &&
           is_whole_if_given(&story->dead);
}

/* Is everything that is still to come known to be nothing? */
static inline bool at_rest(const struct story *story)
{
    return story->foreign || story->outcome == DRAIN_DRAINED ||
           story->outcome == DRAIN_DRAINED_LOSSY;
}

/* ---- who ---- */

static inline bool has_asked(const struct story *story, int user)
{
    for (int i = 0; i < story->asks_count; i++)
        if (story->asks[i].user == user)
            return true;
    return false;
}

/* At least one of his requests may have reached the service. */
static inline bool has_reached(const struct story *story, int user)
{
    return first_chance(story, user) < NEVER || was_told(story, user, 'R');
}

static inline bool surely_reached(const struct story *story, int user)
{
    return was_told(story, user, 'A') || was_told(story, user, 'R') || was_told(story, user, 'D');
}

/* Rows of nobody who asked are another table's, or the user is in another column. */
static inline void story_place_rows(struct story *story)
{
    bool any = false;
    for (int i = story->rows.before; i < story->rows.count; i++)
        any |= story->rows.state == READ && has_reached(story, story->rows.v[i]);
    story->rows.unplaced =
        story->rows.state == READ && story->rows.count > story->rows.before && !any;
    for (int i = story->parked.before; story->parked.state == READ && i < story->parked.count; i++)
        any |= has_reached(story, story->parked.v[i]);
    any &= story->rows.state == READ || story->parked.state == READ;
    /* And a topic without a record beside them is another one. */
    story->produced.unplaced =
        story->produced.state == READ && !story->produced.count && any && !story->foreign;
}

/* Told no, and nothing else of his can have been served. */
static inline bool only_told_no(const struct story *story, int user)
{
    return was_told(story, user, 'R') && first_chance(story, user) == NEVER;
}

static inline int count_asks(const struct story *story, int user)
{
    int asks = 0;
    for (int i = 0; i < story->asks_count; i++)
        asks += story->asks[i].user == user;
    return asks;
}

static inline int count_told(const struct story *story, const char *letters)
{
    int told = 0;
    for (int i = 0; i < story->asks_count; i++)
        told += strchr(letters, story->asks[i].told) != NULL;
    return told;
}

/* A counter that stands still while users are told yes is another one. */
static inline bool counter_speaks(const struct story *story)
{
    bool idle = !story->growth && count_told(story, "A") && !story->foreign;
    return story->counter == READ && !idle;
}

/* A no means something beside a yes, or beside answers that may be one. */
static inline bool decides(const struct story *story)
{
    return count_told(story, "A") || (count_told(story, "R") && count_told(story, "D"));
}

/* When nobody was told yes, the address or the rules may be wrong: nothing is said against the
 * service, unless there are no rules and every answer is the same. */
static inline bool is_the_target(const struct story *story)
{
    return decides(story) || (story->cannot_tell && !count_told(story, "R"));
}

/* How often the user is in a list that can be read; rows of before the run do not count. */
static inline int times_in(const struct list *list, int user)
{
    int times = 0;
    for (int i = list->before; is_known(list) && i < list->count; i++)
        times += list->v[i] == user;
    return times;
}

static inline int times_in_topic(const struct list *list, int user, bool second)
{
    int times = 0;
    for (int i = list->before; is_known(list) && i < list->count; i++)
        times += list->v[i] == user && list->second[i] == second;
    return times;
}

static inline bool is_parked(const struct story *story, int user)
{
    return times_in(&story->parked, user) || times_in(&story->dead, user);
}

static inline bool is_saved(const struct story *story, int user)
{
    return times_in(&story->rows, user) || is_parked(story, user);
}

/* Does any store show that the service was reached at all? */
static inline bool left_a_trace(const struct story *story)
{
    bool trace = count_yes(story) || (story->counter == READ && story->growth);
    for (int user = 1; user <= EVERYBODY; user++)
        trace |= is_saved(story, user) || times_in(&story->produced, user);
    return trace;
}

static inline bool had_before(const struct story *story, int user)
{
    bool had = false;
    for (int i = 0; i < story->rows.before; i++)
        had |= story->rows.v[i] == user;
    return had;
}

/* Has somebody a row from before, and none of this run? */
static inline bool is_remembered(const struct story *story)
{
    bool any = false;
    for (int i = 0; story->rows.before && i < story->rows.before; i++)
        any |= has_reached(story, story->rows.v[i]) && !is_saved(story, story->rows.v[i]);
    return any;
}

/* Is it the service's table, as far as anybody can tell? */
static inline bool shows_one_of_ours(const struct story *story)
{
    bool shown = false;
    for (int user = 1; user <= USERS; user++)
        shown |= has_reached(story, user) && is_saved(story, user);
    return shown;
}

/* A user without a decision may still be served, until the wait is over. */
static inline bool is_proof_of_one(const struct story *story)
{
    bool open = false;
    if (story->foreign)
        return true;
    if (!left_a_trace(story))
        return false;
    if (story->rows.state != ABSENT && !shows_one_of_ours(story))
        return false;
    for (int user = 1; user <= USERS; user++)
        open |= !was_told(story, user, 'A') && first_chance(story, user) < NEVER;
    return story->outcome == DRAIN_DRAINED_LOSSY ||
           (story->outcome == DRAIN_DRAINED && (!open || story->waited));
}

/* A service that remembers rows of before may count them. */
static inline bool is_proof(const struct story *story)
{
    return is_proof_of_one(story) && (story->foreign || !is_remembered(story));
}

/* What is not there will not come, and would have had to. */
static inline bool is_gone(const struct story *story)
{
    return is_proof(story) && is_the_target(story);
}

/* A failed event of somebody who never asked saves nobody. */
static inline int count_saved(const struct story *story)
{
    int saved = 0;
    for (int user = 1; user <= EVERYBODY; user++)
        saved +=
            times_in(&story->rows, user) || (is_parked(story, user) && has_reached(story, user));
    return saved;
}

static inline int at_limit(const struct story *story, int count)
{
    return count < story->limit ? count : story->limit;
}

/* ---- rows ---- */

static inline enum verdict truth_cap_safety(const struct story *story)
{
    int most = story->rows.count - story->rows.before, seen = story->peak - story->rows.before;
    if (!is_known(&story->rows) || story->foreign)
        return UNKNOWN;
    if ((seen > most ? seen : most) > story->limit)
        return FAIL;
    return is_whole(&story->rows) ? PASS : UNKNOWN;
}

static inline enum verdict truth_cap_exact(const struct story *story)
{
    int surely = 0, perhaps = 0, saved = count_saved(story);
    for (int user = 1; user <= USERS; user++) {
        surely += surely_reached(story, user);
        perhaps += has_reached(story, user);
    }
    if (!is_known(&story->rows))
        return UNKNOWN;
    if (saved > at_limit(story, perhaps))
        return FAIL;
    if (saved < at_limit(story, surely))
        return rows_whole(story) && is_gone(story) ? FAIL : UNKNOWN;
    return perhaps && rows_whole(story) && at_rest(story) ? PASS : UNKNOWN;
}

static inline int count_users(const struct list *list)
{
    int users = 0;
    for (int user = 1; user <= EVERYBODY; user++)
        users += times_in(list, user) > 0;
    return users;
}

/* Nobody was told yes, and more are in the topic than may win: whoever reads it chooses. */
static inline bool is_chosen_later(const struct story *story)
{
    return !count_yes(story) && count_users(&story->produced) > story->limit;
}

/* Who is saved by being parked is so as long as nobody has taken him out again. */
static inline bool parked_whole(const struct story *story)
{
    return is_whole_if_given(&story->parked) && is_whole_if_given(&story->dead);
}

/* When nobody was told yes, the topic says who won. */
static inline enum verdict truth_lost(const struct story *story)
{
    bool by_answers = count_yes(story) > 0, by_topic = !by_answers && is_known(&story->produced);
    int promised = 0, missing = 0, parked = 0, new = 0;
    for (int user = 1; user <= USERS; user++) {
        bool wins = by_answers ? was_told(story, user, 'A')
                               : has_asked(story, user) && times_in(&story->produced, user);
        promised += wins;
        missing += wins && !is_saved(story, user);
        parked += wins && !times_in(&story->rows, user);
        new += wins && !is_saved(story, user) && (story->foreign || !had_before(story, user));
    }
    if (!is_known(&story->rows) || !(by_answers || by_topic))
        return UNKNOWN;
    if (by_topic && is_chosen_later(story)) /* nobody was promised anything */
        return is_whole(&story->rows) ? PASS : UNKNOWN;
    if (new &&by_answers) /* a promise, whatever others had before */
        return rows_whole(story) && is_proof_of_one(story) && is_the_target(story) ? FAIL : UNKNOWN;
    if (missing)
        return rows_whole(story) && is_gone(story) ? FAIL : UNKNOWN;
    return promised && is_whole(&story->rows) && (!parked || parked_whole(story)) &&
                   (by_answers || is_whole(&story->produced))
               ? PASS
               : UNKNOWN;
}

static inline enum verdict truth_phantom(const struct story *story)
{
    if (!is_known(&story->rows) || !decides(story))
        return UNKNOWN;
    for (int user = 1; user <= USERS; user++)
        if (only_told_no(story, user) &&
            (times_in(&story->rows, user) || times_in(&story->parked, user)))
            return FAIL;
    for (int user = 1; user <= USERS; user++)
        if (only_told_no(story, user) && times_in(&story->dead, user))
            return UNKNOWN;
    return is_whole(&story->rows) ? PASS : UNKNOWN;
}

static inline enum verdict truth_unexpected(const struct story *story)
{
    if (!is_known(&story->rows))
        return UNKNOWN;
    for (int user = 1; user <= EVERYBODY; user++)
        if ((times_in(&story->rows, user) || times_in(&story->parked, user)) &&
            !has_reached(story, user))
            return FAIL;
    if (story->rows.before) /* nobody who runs now can help what was there */
        return UNKNOWN;
    for (int user = 1; user <= EVERYBODY; user++)
        if (times_in(&story->dead, user) && !has_reached(story, user))
            return UNKNOWN;
    return is_whole(&story->rows) ? PASS : UNKNOWN;
}

/* Parked, and not served since. */
static inline enum verdict truth_parked(const struct story *story)
{
    int parked = 0, served = 0;
    for (int user = 1; user <= USERS; user++) {
        bool his = has_asked(story, user) && is_parked(story, user) &&
                   (!decides(story) || was_told(story, user, 'A'));
        parked += his && !times_in(&story->rows, user);
        served += his && times_in(&story->rows, user);
    }
    if (!parked_known(story))
        return UNKNOWN;
    if (parked > story->at_most) /* he may be served yet */
        return is_whole_if_given(&story->rows) && is_gone(story) ? FAIL : UNKNOWN;
    if (parked + served > story->at_most) /* served from there, or put aside although saved? */
        return UNKNOWN;
    return parked_whole(story) && (!served || is_whole(&story->rows)) ? PASS : UNKNOWN;
}

/* A topic for retries holds the same user again, and nobody has sent twice. */
static inline int count_repeats(const struct list *list)
{
    int repeats = 0;
    for (int user = 1; user <= EVERYBODY; user++)
        for (int topic = 0; topic < 2; topic++) {
            int times = times_in_topic(list, user, topic);
            repeats += times > 1 ? times - 1 : 0;
        }
    return repeats;
}

static inline enum verdict truth_duplicate(const struct story *story)
{
    if (!is_known(&story->rows) && !is_known(&story->produced))
        return UNKNOWN;
    if (count_repeats(&story->rows) || count_repeats(&story->produced) > story->at_most)
        return FAIL;
    return is_whole_if_given(&story->rows) && is_whole_if_given(&story->produced) ? PASS : UNKNOWN;
}

#endif
