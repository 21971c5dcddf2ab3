/* The case: a run's requests, rows and records joined by user once, so that every check is a walk
 * over it. Pure; built and read by one thread; borrows the run. O(n log n) at most (in fact a few
 * linear passes), and at most 64 bytes a request beyond the history at its peak, fairness included.
 *
 * Users that ask more than once get one decision:
 *
 * - accepted: at least one of their requests was told yes;
 * - unknown: else, at least one may have been applied without a yes (timeout, reset, undecided,
 *   5xx);
 * - rejected: else, at least one was told no;
 * - limited: else, at least one was turned away before it was decided: who has nothing but that is
 * no demand, and a row for him is a phantom;
 * - none: nothing of theirs ever reached the service (skipped, connection refused).
 *
 * Unknown comes before rejected: "no" to a second request may mean "you have one already". */
#ifndef VERIFY_CASE_H
#define VERIFY_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/run.h"
#include "verify/fairness.h"

struct ledger; /* verify/ledger.h */

/* The greater one wins. */
enum decision {
    DECISION_NONE,
    DECISION_LIMITED,
    DECISION_REJECTED,
    DECISION_UNKNOWN,
    DECISION_ACCEPTED
};

/* Where a user was seen, as bits of case_user.seen. */
enum seen {
    SEEN_COUPON = 1,
    SEEN_COUPON_TWICE = 2,
    SEEN_PARKED = 4, /* in the table of parked events or in the dead-letter queue */
    SEEN_PARKED_TWICE = 8,
    SEEN_PRODUCED = 16,
    SEEN_PRODUCED_TWICE = 32,
    SEEN_BEFORE = 64, /* with a coupon row from before the run */
};

struct case_user {
    uint32_t first; /* of its requests, in the case's order; they end where the next user's begin */
    uint8_t decision; /* enum decision */
    uint8_t seen;     /* enum seen */
    bool certain;     /* one of its requests surely reached the service */
};

/* One list of rows or records in the order of their users. */
struct case_list {
    uint32_t *order;  /* owned; indices into the list, by user, then by place */
    size_t count;     /* of them: none when a record cannot be decoded, see verify/sources.h */
    size_t distinct;  /* users */
    size_t repeats;   /* entries beyond the first of their user */
    size_t strangers; /* entries of users that never asked */
    size_t undecoded;
    size_t unplaced; /* rows of which none is of anybody who asked: they are in no other count */
    size_t before;   /* rows that were there before the run: they are in no other count */
};

/* What a request can have done to the service. */
enum reach { REACH_NEVER, REACH_MAYBE, REACH_CERTAIN };

struct case_file {
    const struct run *run;
    const struct history *history; /* the run's, or `spread` */
    struct history *spread; /* owned; a record for each line of an order; NULL: each has one line */
    unsigned lines;         /* records of one request, which stand together */
    int64_t limit;
    unsigned given;    /* enum check_needs: evidence that the scenario promises */
    unsigned known;    /* of it: what could be read */
    unsigned whole;    /* of it: what was read whole, after the last answer */
    const char *queue; /* what the pipeline calls its queue: "topic" */
    bool foreign;  /* a history from elsewhere: no engine watched it, its rows are the last word */
    bool nameless; /* nothing tells whose a row or a record is: there are only numbers of them */
    bool early;    /* the scenario asserted before that, by its own choice */

    uint32_t *order;         /* owned; requests by user; NULL: the history is in that order */
    struct case_user *users; /* owned; by user, and one more whose first is the count of requests */
    int64_t
        *ids; /* owned; parallel to users; NULL: where the history is in their order, it tells */
    size_t users_count;
    struct case_list coupons, parked, dead, produced;

    int64_t accepted, rejected, limited, undecided; /* users by decision */
    int64_t tried_certain, tried_maybe;             /* users */
    int64_t requests_certain, requests_maybe, requests_accepted, requests_rejected;
    int64_t sent, answered;
    int64_t causes[CAUSE_COUNT];    /* of requests and actions that are failed or unknown */
    int64_t saved;                  /* distinct users with a coupon, and who asked and was parked */
    int64_t twice;                  /* users that asked more than once */
    uint8_t *first_of_many, *later; /* owned; bits for requests of those users; NULL: none */
    struct ledger *ledger;          /* owned; who was granted what of which item; NULL: one pool */
    struct fair_view fair;          /* decisions by the index of their user's first request */
};

/* Rows of before the run by their id, to find them among those of after it. Errors: -ERR_MEMORY. */
struct keyed;
int case_sort_before(const struct rows *before, struct keyed **ret_v)
    __attribute__((warn_unused_result));
bool case_was_before(const struct rows *before, const struct keyed *by_id, const struct row *row);

/* Errors: ERR_MEMORY. */
int case_build(const struct run *run, struct case_file *ret_facts, struct err *err)
    __attribute__((warn_unused_result));
void case_free(struct case_file *facts); /* an all-zero struct is fine */

enum reach request_reach(const struct request *request);

/* Orders of several lines become several records: verify/spread.c. Errors: -ERR_MEMORY. */
int case_spread(struct case_file *facts) __attribute__((warn_unused_result));
void case_spread_free(struct case_file *facts);

/* Puts the requests in order by user, and fills users and the counts that follow from requests. A
 * part of case_build, in requests.c. Errors: -ERR_MEMORY. */
int case_order_requests(struct case_file *facts) __attribute__((warn_unused_result));

/* Was it sent under a key that was used before for something else? */
static inline enum key_reuse case_reuse(const struct case_file *facts,
                                        const struct request *request)
{
    const struct scenario *scenario = facts->run->scenario;
    return request->phase < scenario->load_count
               ? (enum key_reuse)scenario->load[request->phase].reuse
               : REUSE_NONE;
}

/* The k-th request in the order of users. */
static inline const struct request *case_request(const struct case_file *facts, size_t k)
{
    return &facts->history->v[facts->order ? facts->order[k] : k];
}

static inline int64_t case_user_id(const struct case_file *facts, const struct case_user *user)
{
    return facts->ids ? facts->ids[user - facts->users] : facts->history->v[user->first].user;
}

/* How many requests the user sent. */
static inline size_t case_requests(const struct case_file *facts, const struct case_user *user)
{
    return (user[1].first - user[0].first) / facts->lines;
}

/* Is the user's key somebody else's? */
static inline bool case_borrows(const struct case_file *facts, const struct case_user *user)
{
    return case_reuse(facts, case_request(facts, user->first)) == REUSE_USER;
}

/* Is it being parked alone that the user is saved by? */
static inline bool case_only_parked(const struct case_user *user)
{
    return (user->seen & (SEEN_COUPON | SEEN_PARKED)) == SEEN_PARKED;
}

/* Users told yes who have neither a coupon nor are parked; without rows to read, who are in none of
 * the queue's records. O(users). */
int64_t case_missing(const struct case_file *facts);

/* The users told yes who must have one. */
int64_t case_awaited(const struct case_file *facts);

/* Is somebody missing, or what was given back not given back yet, by the rows and by what is left?
 * O(users). */
bool case_unsettled(const struct case_file *facts);

/* Answers that are all alike, and more users in the topics than may win: whoever reads the topics
 * chooses, and a record promises nothing. */
static inline bool case_chosen_later(const struct case_file *facts)
{
    return !facts->accepted && (int64_t)facts->produced.distinct > facts->limit;
}

/* The user with that id, or NULL. O(log n). */
const struct case_user *case_find(const struct case_file *facts, int64_t user);

/* The request that speaks for a user: the first that was accepted, else the first that was
 * rejected, else the first that was sent, else its first. */
const struct request *case_spokesman(const struct case_file *facts, const struct case_user *user);

/* The position of the user's first entry in list->order, or list->count. */
size_t case_list_find(const struct case_list *list, const struct case_file *facts, int64_t user);
/* Where nothing tells whose a row is, the entries are dealt to those who asked, one each and those
 * of each list after those of the lists before it, so that numbers of users are numbers of rows; no
 * check that names anybody runs then. */
int64_t case_dealt(const struct case_file *facts, const struct case_list *list, size_t place);
int64_t case_list_user(const struct case_list *list, const struct case_file *facts, size_t place);

/* When the request was, and with which instance of the service. */
void case_show(struct witness *witness, const struct request *request);

/* A witness with the user's timings and, when it has a coupon row, that row. */
struct witness *case_witness(const struct case_file *facts, struct finding *finding,
                             const char *what, const struct case_user *user);

/* The users' decisions as fairness wants them. context is the case. A user's decision is read at
 * the index of its first request, so that a pass over all is a pass over memory. */
extern const struct fair_source case_fairness;

#endif
