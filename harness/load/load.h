/* The load: phases of requests, one record a request, whoever sends them. The engine drives it by
 * the verbs below; a driver is one file and one struct load_ops.
 *
 * Made, driven and freed by one thread; a driver owns its own. A phase is stage, release, settle,
 * in this order. `progress` may be read by anybody meanwhile, and progress->stop makes every call
 * come back soon: requests on the way become unknown (CAUSE_STOPPED), others are skipped. */
#ifndef LOAD_LOAD_H
#define LOAD_LOAD_H

#include "base/err.h"
#include "load/away.h"
#include "load/gate/freezer.h"
#include "model/history.h"
#include "model/items.h"
#include "model/progress.h"
#include "model/roster.h"
#include "model/run.h"
#include "model/share.h"
#include "model/spec.h"

/* All of it but the freezer must outlive the load. */
struct feeder;

struct load_settings {
    const struct scenario *scenario;
    const struct roster *roster;        /* of its users */
    const struct items *items;          /* NULL: none */
    const struct spec_request *request; /* its texts have no references left */
    const struct spec_request *poll;    /* of `decide`, the same; NULL: none */
    const struct spec_request *then;
    const struct feeder *prepared; /* what users have captured, a row a user; NULL: nothing */
    const char *dir; /* where relative file names of the scenario (feeder, ca …) are looked up */
    struct history *history;         /* with phases_room */
    const struct spec_request *acts; /* of the scenario's actions, the same as request */
    struct history *actions;         /* with phases_actions_room */
    struct progress *progress;
    const struct load_freezer *freezer; /* NULL: none */
    struct share share;                 /* of its users; all zero: all of them */
    const struct load_away *away;       /* of a driver elsewhere; NULL: it is in this process */
};

/* What a driver's own struct begins with. */
struct load {
    const struct load_ops *ops;
};

/* The verbs, as the functions of the same names below tell them. */
struct load_ops {
    int (*open)(const struct load_settings *settings, struct load **ret_load, struct err *err);
    int (*stage)(struct load *load, unsigned index, struct load_phase_info *ret_info,
                 struct err *err);
    int (*release)(struct load *load, ns_t at, struct err *err);
    int (*settle)(struct load *load, struct err *err);
    int (*decide)(struct load *load, struct err *err);
    void (*close)(struct load *load);
    void (*free)(struct load *load);
    void (*answers)(const struct load *load, struct answers *ret_answers);
    void (*decisions)(const struct load *load, struct load_decisions *ret_decisions,
                      struct answers *ret_polled);
    void (*acted)(const struct load *load, struct answers *ret_answers);
    void (*memory)(const struct load *load, struct load_memory *ret_memory);
};

/* Who the users are; those of a file are read from it. The caller frees. Errors: ERR_USAGE,
 * ERR_MEMORY. */
int load_people(const struct scenario *scenario, const char *dir, struct roster **ret_roster,
                struct err *err) __attribute__((warn_unused_result));

/* What of the request and its feeder can be told before anything runs. Errors: ERR_USAGE,
 * ERR_ENVIRONMENT, ERR_MEMORY. */
int load_check(const struct scenario *scenario, const char *dir, struct err *err)
    __attribute__((warn_unused_result));

/* Worker threads of this process. */
extern const struct load_ops load_local;

int load_open(const struct load_ops *ops, const struct load_settings *settings,
              struct load **ret_load, struct err *err) __attribute__((warn_unused_result));

/* Prepares phase `index` of the scenario. For a burst: N of N connections open (TLS done) and every
 * request held at the gate, or an error within the deadline that says which limit was hit; never a
 * part of it. Fills the phase's info. */
int load_stage(struct load *load, unsigned index, struct load_phase_info *ret_info, struct err *err)
    __attribute__((warn_unused_result));

/* Opens the gate (burst) or starts the schedule (the others), not before the instant `at` (0: at
 * once), and returns. */
int load_release(struct load *load, ns_t at, struct err *err) __attribute__((warn_unused_result));

/* Waits until every request of the phase is answered, refused or timed out. Nothing hangs past the
 * request's timeout. Adds the phase's records to history->count. */
int load_settle(struct load *load, struct err *err) __attribute__((warn_unused_result));

/* Waits until each ticket of the phases settled so far is decided, or its time is over, and puts
 * that into the history. */
int load_decide(struct load *load, struct err *err) __attribute__((warn_unused_result));

/* Closes the connections of the phase that is settled. A thousand take some ten milliseconds. */
void load_close(struct load *load);

/* Closes connections and joins workers; NULL is fine. */
void load_free(struct load *load);

/* What came back in all phases settled so far, samples masked. */
void load_answers(const struct load *load, struct answers *ret_answers);

/* What became of tickets, and what polls were answered. */
void load_decisions(const struct load *load, struct load_decisions *ret_decisions,
                    struct answers *ret_polled);

/* What actions were answered in all phases settled so far. */
void load_acted(const struct load *load, struct answers *ret_answers);

/* Resident bytes that staging cost for each connection. */
void load_memory(const struct load *load, struct load_memory *ret_memory);

#endif
