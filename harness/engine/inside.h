/* What the engine's own files share; nobody else includes this.
 *
 * Three threads: main (phases, probes, verdict), the driver (drive.c, runs the load) and the
 * saboteur (faults.c, carries out faults). They meet in the atomics below and in `stack_lock`,
 * which guards every call on the stack after it is up. */
#ifndef ENGINE_INSIDE_H
#define ENGINE_INSIDE_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "bystander/bystander.h"
#include "engine/engine.h"
#include "load/load.h"
#include "load/prepare/prepare.h"
#include "probe/probe.h"
#include "verify/drain.h"

struct driver {
    pthread_t thread;
    bool running; /* main only */
    atomic_bool finished;
    atomic_llong ticketed; /* ns_t when all had their first answer, and polls go on; 0: not yet */
    atomic_llong settled;  /* ns_t when the last phase was settled; 0: not yet */
    sem_t leave;           /* posted when the clients may close their connections */
    struct err err;        /* valid once finished; code 0: fine */
};

struct saboteur {
    pthread_t thread;
    bool running; /* main only */
    atomic_bool stop;
    atomic_bool finished;                    /* no fault is still to come */
    atomic_bool restarting;                  /* a process is being started again */
    atomic_bool consumer_gone;               /* a fault ended or stopped a process for good */
    atomic_llong rows;                       /* the latest row count, written by main */
    atomic_int held_pending;                 /* deeds that wait for answers to be held */
    int64_t held;                            /* the most that were at a time; this thread only */
    struct run_event events[RUN_EVENTS_MAX]; /* valid once joined */
    unsigned events_count;
    struct err err; /* the first fault that could not be carried out */
};

struct engine {
    const struct scenario *scenario;
    const struct engine_settings *settings;
    struct stack *stack;
    pthread_mutex_t stack_lock;
    struct run *run;
    struct probes *probes;
    struct load *load;
    struct drain *drain;
    struct bystander *bystander;             /* NULL: none */
    struct spec_request request, poll, then; /* references resolved; texts owned */
    struct spec_request *steps;              /* of prepare, likewise; owned; NULL: none */
    struct spec_request acts[ACTIONS_MAX];   /* of actions, likewise, by their places */
    struct prepared prepared;
    struct progress progress;
    struct driver driver;
    struct saboteur saboteur;
    enum run_phase phase;
    ns_t next_tick;  /* when the listener is due again */
    bool own_target; /* the run's own processes listen there, and `processes` tells their ends */
    bool users_counted;
    int64_t accepted, tried, undecided; /* what drain_facts calls so; once counted */
    bool asserted;                      /* the rows that the verdict judges have been read */
};

/* preflight.c: whether requests can be made, who the users are, what the stores hold. */
int preflight_look(struct engine *engine, struct err *err);
/* All of that, the users prepared and the load opened. */
int preflight(struct engine *engine, struct err *err);
/* Hosts of all requests that are written out must be allowed. */
int requests_check(struct engine *engine, struct err *err);
/* Room for the history, the users prepared, the load opened. */
int load_make(struct engine *engine, struct err *err);

/* request.c */
int request_expand(struct engine *engine, struct err *err);
/* An address with its references filled in; context is the engine. */
int request_address(void *context, const char *text, char **ret_text, struct err *err);
void request_release(struct engine *engine);

/* instances.c. Hosts of a request that are written out must be allowed. Errors: ERR_USAGE. */
int instances_check(const struct engine_settings *settings, const struct spec_request *request,
                    struct err *err);
/* A service that the user starts may find its stores only now that their listeners are there: waits
 * for it, and leaves it to others to complain. */
void instances_await(struct engine *engine);
/* Who they are: fills run->instances and own_target. */
void instances_name(struct engine *engine);
void instances_look(struct engine *engine); /* fills run->target */

/* people.c: who the users are, and what each does once before the rush. */
int people_make(struct engine *engine, struct err *err);
int people_prepare(struct engine *engine, struct err *err);
/* Do their tokens still live? Just before the rush. */
int people_ready(const struct engine *engine, struct err *err);

/* warmup.c: sends what the scenario asks for, before anybody reads the stores; and has it taken
 * back, before the baseline. */
int warmup_begin(struct engine *engine, struct err *err);
int warmup_end(struct engine *engine, struct err *err);

/* drive.c */
int driver_start(struct engine *engine, struct err *err);
/* Nothing needs the cores now: the clients may go, if they have their answers. */
void driver_let_leave(struct engine *engine);
void driver_join(struct engine *engine); /* NULL-safe: does nothing when it never ran */

/* faults.c */
int saboteur_start(struct engine *engine, struct err *err);
void saboteur_join(struct engine *engine);

/* clean.c: takes the baseline. An error (ERR_ENVIRONMENT) with what to do when the stores hold
 * something from before by which a right service would look wrong, and it does not go away for as
 * long as the scenario waits. */
int clean_baseline(struct engine *engine, struct err *err);
/* What of that there was in the last one, and what to do; false: nothing. */
bool clean_leftover(const struct engine *engine, char *ret_text, size_t size);
/* What empties the table of coupons before each round, as it is typed; "": nobody need. */
void clean_advise(const struct engine *engine, char *ret_text, size_t size);
/* Who of roster_nobody has a row, or made the rows unreadable, and what to do about it. */
const char *clean_nobody(const struct roster *roster, const struct rows *rows);
void clean_own(const struct engine *engine, const char *who, char *ret_text, size_t size);
/* Notes members of the consumer's group that the run has not started. */
void clean_strangers(struct engine *engine);

/* observe.c: from the first release to the end of the late window. */
int observe(struct engine *engine, struct err *err);
/* The instant of the verdict about the processes: after everything else was read. */
void observe_processes(struct engine *engine);

/* watched.c: what passed between the processes and their stores, where the scenario has it watched.
 */
int watched(struct engine *engine, struct err *err);

/* engine.c */
struct engine *engine_new(const struct scenario *scenario, const struct engine_settings *settings,
                          struct stack *stack, struct run *run); /* NULL: no memory */
void engine_release(struct engine *engine);
void engine_enter(struct engine *engine, enum run_phase phase);
void engine_tick(struct engine *engine,
                 const char *text);                  /* tells the listener, ten times a second */
void engine_rest(struct engine *engine, ns_t until); /* sleeps, ticking, until then or a stop */
bool engine_owns(void *engine, uint16_t port);       /* do the run's own processes listen there? */
bool engine_stopping(struct engine *engine);         /* passes the stop flag on to the load */

#endif
