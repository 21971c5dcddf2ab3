/* The stack: the servers behind the service and the processes of the scenario, started, made ready,
 * disturbed and taken down. Everything lives in the run's directory, listens on loopback or unix
 * sockets, and is gone when the harness ends, however it ends. Main thread, but for
 * stack_owns/freeze/thaw (any thread). */
#ifndef STACK_STACK_H
#define STACK_STACK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "model/run.h"
#include "model/spec.h"
#include "model/trace.h"

struct stack;

struct stack_settings {
    const char *dir;          /* logs of servers and processes: <dir>/logs; absolute */
    const char *scenario_dir; /* relative names in the scenario are relative to this */
    const char *program_dir;  /* where apply-service and friends are looked up first */
    bool allow_reset;         /* external, non-loopback stores may be reset */
    bool keep;                /* leave data directories behind for a look (--keep) */
};

/* Starts servers in parallel, creates topics, then the processes in order, each ready before the
 * next. On failure everything started is gone again, and the message has the tail of the failing
 * one's log. Errors: ERR_ENVIRONMENT, ERR_USAGE, ERR_INTERRUPTED (*stop became true). Fills
 * run->servers and run->processes. */
int stack_start(const struct scenario *scenario, const struct stack_settings *settings,
                const volatile bool *stop, struct run *run, struct stack **ret_stack,
                struct err *err) __attribute__((warn_unused_result));

/* The address of a server for the harness itself, by name ("postgres"); NULL when there is none.
 * Valid until stack_stop. */
const char *stack_address(const struct stack *stack, const char *name);

/* Replaces ${apply}, ${apply.port}, ${redis.url}, ${kafka.brokers}, ${limit}, ${dir},
 * ${scenario.dir} and the like; unknown references are ERR_USAGE with the known ones listed. The
 * caller frees *ret_text. */
int stack_expand(const struct stack *stack, const char *text, char **ret_text, struct err *err)
    __attribute__((warn_unused_result));

/* Appends what a text stands for, once for each instance when it names a process of several without
 * a number. ret_texts: room for so many; what was appended is the caller's, also after an error. */
int stack_expand_each(struct stack *stack, const char *text, char **ret_texts, unsigned room,
                      unsigned *ret_count, struct err *err) __attribute__((warn_unused_result));

/* "apply.2": the process whose own port that is; NULL: nobody's. */
const char *stack_process_at(const struct stack *stack, unsigned port);

/* Carries out a fault's action on its target now (when and at are the engine's business). A
 * FAULT_KILL with restart_after only kills: the engine calls again with FAULT_RESTART.
 * *ret_hit: false when the target had come to its end, as it may, so that nothing was disturbed. */
int stack_fault(struct stack *stack, const struct spec_fault *fault, enum fault_action action,
                bool *ret_hit, struct err *err) __attribute__((warn_unused_result));

/* Looks after children: returns true while one is gone that nobody had asked to end and nobody has
 * started again. Updates run->processes (watch.c). */
bool stack_watch(struct stack *stack, struct run *run);
/* The last lines of those that run. */
void stack_read_words(const struct stack *stack, struct run *run);

/* What a server of ours refused and a real one would have done, in a sentence that says what to
 * type; what the service did then proves nothing about it. over: as in proxy_refusal. NULL:
 * nothing.
 */
const char *stack_refusal(struct stack *stack, bool over);

/* Names members of the consumer's group that were in it before the processes of the run started,
 * and are still, beside others that came since; NULL: there is none, or the broker does not tell
 * (strangers.c). */
const char *stack_strangers(const struct stack *stack, char *ret_text, size_t size);

/* The last lines of the log of the first process that faces the load, and its name; NULL when there
 * is none (words.c). */
const char *stack_last_words(const struct stack *stack, char *ret_text, size_t size);

/* For GATE_FREEZE: every process that faces the load, by a reference in the request's URL or by
 * stack_meet, and whatever it started in its process group. stack_owns: do they, and nobody else,
 * listen on this port, so that stopping them stops the target? stack_freeze comes back when every
 * thread of them has stopped; on failure they run again. Errors: ERR_USAGE, ERR_ENVIRONMENT. */
bool stack_owns(const struct stack *stack, uint16_t port);

/* A port of this machine that the request's URL says outright, as it stands in a service's code:
 * those of the run's processes that listen there face the load from now on, when nobody else does.
 */
void stack_meet(struct stack *stack, uint16_t port);
int stack_freeze(struct stack *stack, struct err *err) __attribute__((warn_unused_result));
int stack_thaw(struct stack *stack, struct err *err) __attribute__((warn_unused_result));

/* Between rounds: processes stopped, stores emptied, processes started and ready again. The
 * scenario's own `reset` runs in between, on external stores only on loopback or with allow_reset;
 * stack_start has done so before the first round. */
int stack_reset(struct stack *stack, const volatile bool *stop, struct run *run, struct err *err)
    __attribute__((warn_unused_result));

/* The limit of the scenario that the stack was started with has changed: who is started from now on
 * is told the new one. */
int stack_tell_limit(struct stack *stack, struct err *err) __attribute__((warn_unused_result));

/* Where the scenario's `between` has the processes' statements watched (else ERR_BUG). stack_trace:
 * what was said since the processes were started. stack_hold: answers are kept back;
 * NULL: no more. stack_held: how many are at this moment. stack_said: a number that grows with
 * each statement. */
bool stack_watches(const struct stack *stack);
int stack_trace(struct stack *stack, struct trace *ret_trace, struct err *err)
    __attribute__((warn_unused_result));
int stack_hold(struct stack *stack, const struct spec_hold *hold, struct err *err)
    __attribute__((warn_unused_result));
int stack_said(struct stack *stack, uint64_t *ret_said, struct err *err)
    __attribute__((warn_unused_result));
int stack_held(struct stack *stack, int64_t *ret_held, struct err *err)
    __attribute__((warn_unused_result));

/* The scenario's own reset commands alone, while the processes run. */
int stack_reset_stores(struct stack *stack, struct err *err) __attribute__((warn_unused_result));

/* One that has started nothing and knows no reference, for stack_expand alone; freed by
 * stack_bare_free. NULL: no memory. */
struct stack *stack_bare(void);
void stack_bare_free(struct stack *stack); /* NULL is fine */

/* Takes everything down (SIGTERM, then SIGKILL after a grace period), removes data directories.
 * NULL is fine. */
void stack_stop(struct stack *stack);

#endif
