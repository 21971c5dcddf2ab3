/* What explore makes of a scenario: the same service, stores and evidence under loads of its own.
 * Pure. */
#ifndef EXPLORE_PLAN_H
#define EXPLORE_PLAN_H

#include "model/spec.h"

/* The limit that explore prefers, where the scenario hands ${limit} to its service: small, so that
 * few requests reach the edge, and three of them win one after the other in the trace. */
#define PLAN_LIMIT 3
/* Told no in the trace, one after the other. */
#define PLAN_NO 3
/* More than so many are never sold one at a time. */
#define PLAN_LIMIT_MAX 5000

enum plan_kind {
    PLAN_OWN,   /* the scenario's own load */
    PLAN_TRACE, /* single requests, each after the one before has come to its end: the last ones
                   that win, and a few more */
    PLAN_EDGE,  /* one place is left when the burst comes */
    PLAN_FIELD, /* all places are free when it comes */
};

#define PLAN_STEPS_MAX   8
#define PLAN_EXPECTS_MAX 128

struct plan {
    struct scenario scenario;                          /* what it borrows is the original's */
    struct spec_phase loads[1 + PLAN_LIMIT + PLAN_NO]; /* where its load is */
    unsigned single; /* of a trace: the first phase that is a single request's */
    struct spec_expect expects[PLAN_EXPECTS_MAX];
    struct spec_hold hold;
    char *answers[PLAN_STEPS_MAX];
    struct spec_fault fault;
};

/* May the limit be another one: does the service get it by ${limit}? And the one at which exploring
 * begins: small, or where copies of a request are to meet, large enough for two of them to win. */
bool plan_gives_limit(const struct scenario *scenario);
int64_t plan_limit(const struct scenario *scenario);

/* ret_plan must stay where it is: its scenario points into it. requests: of the burst. */
void plan_make(const struct scenario *scenario, int64_t limit, enum plan_kind kind,
               int64_t requests, struct plan *ret_plan);

/* The answers to these statements are kept back while its burst runs, until all its requests have
 * one, or for so long. The texts must stay. */
void plan_hold(struct plan *plan, const char *const *answers, unsigned count, ns_t deadline);

/* This process is killed as soon as an answer is held, and started again; who has no answer then
 * asks again. The name must stay. */
void plan_crash(struct plan *plan, const char *process);

/* How many requests the scenario's own load has, and by how many users, where that can be told;
 * else many. */
int64_t plan_requests(const struct scenario *scenario);
int64_t plan_users(const struct scenario *scenario);

/* Several items, or several units of one: there is no last place that is the same for all. */
bool plan_is_mixed(const struct scenario *scenario);

/* Do more ask than may win? Where they do not, nobody knows what the service would tell them, and
 * exploring never asks for more. */
static inline bool plan_has_edge(const struct scenario *scenario)
{
    return plan_users(scenario) > scenario->limit && !plan_is_mixed(scenario);
}

#endif
