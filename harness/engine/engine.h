/* The engine: one run of a scenario, phase by phase (design, section 3). Main thread; it starts the
 * load's driver thread and the probes, and has joined them when it returns. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "base/err.h"
#include "load/load.h"
#include "model/dry_run.h"
#include "model/progress.h"
#include "model/run.h"
#include "model/spec.h"
#include "stack/stack.h"

struct engine_settings {
    const char *scenario_dir; /* where the scenario file is; "." for one from flags */
    const char *program_dir;
    const char *const *allow_hosts; /* hosts beside loopback that may be loaded */
    size_t allow_hosts_count;
    bool allow_reset;
    bool keep;
    const struct load_ops *driver; /* of the load, elsewhere; NULL: this process */
    void *driver_settings;         /* its own */
    struct share share;            /* of the users, of an engine_part */
    const volatile bool *stop;     /* set by the signal handler */
    progress_listener listener;    /* NULL: none */
    void *listener_context;
};

/* Starts the stack for one or more rounds. run->dir must exist. */
int engine_open(const struct scenario *scenario, const struct engine_settings *settings,
                struct run *run, struct stack **ret_stack, struct err *err)
    __attribute__((warn_unused_result));

/* Preflight to check on a stack that is up. On failure run->error, run->verdict and run->exit_code
 * say what is known so far; on success they are the verdict. Never leaves a thread behind. */
int engine_round(const struct scenario *scenario, const struct engine_settings *settings,
                 struct stack *stack, struct run *run, struct err *err)
    __attribute__((warn_unused_result));

/* Everything but the burst, on a stack that is up: preflight, the preparation of one user, his one
 * request, and what the stores hold of it. spend: also where nothing gives back what that takes.
 * What is wrong is told as a problem of the dry run and ends nothing that can go on. Errors:
 * ERR_INTERRUPTED, ERR_MEMORY. */
int engine_dry_run(const struct scenario *scenario, const struct engine_settings *settings,
                   bool spend, struct stack *stack, struct run *run, struct dry_run *dry,
                   struct err *err) __attribute__((warn_unused_result));

/* ---- one of several machines that send ---- */

struct engine;

/* Makes the users of settings->share ready, and their load. bare: a stack_bare. The listener is
 * told of the preparation. Errors: as of engine_round's preflight. */
int engine_part_open(const struct scenario *scenario, const struct engine_settings *settings,
                     struct stack *bare, struct run *run, struct engine **ret_engine,
                     struct err *err) __attribute__((warn_unused_result));
struct load *engine_part_load(struct engine *engine);
struct progress *engine_part_progress(struct engine *engine);
void engine_part_close(struct engine *engine); /* NULL is fine */

#endif
