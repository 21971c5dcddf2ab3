/* The stack's own struct, for the files that make up the stack. */
#ifndef STACK_INSIDE_H
#define STACK_INSIDE_H

#include "model/run.h"
#include "stack/kafkalink.h"
#include "stack/process.h"
#include "stack/proxy.h"
#include "stack/refs.h"
#include "stack/server.h"
#include "stack/stack.h"

#define MEMBERS_KEPT 16

struct stack {
    const struct scenario *scenario;
    char *dir, *logs, *scenario_dir, *program_dir; /* owned; absolute */
    bool keep;
    uint64_t missed;                          /* see struct place */
    struct kafka_member before[MEMBERS_KEPT]; /* in the consumer's group before the processes */
    int before_count;
    struct place place;
    struct halt halt;
    struct launcher *launcher;
    struct server servers[SERVER_COUNT];
    struct refs refs;
    struct proxy proxy;        /* where `between` asks for it */
    struct process *processes; /* owned; every instance of those of the scenario */
    unsigned processes_count;
    struct steps *steps; /* owned; of the scenario's setup */
};

/* Starts every server on a thread of its own and waits for all (servers.c). */
int stack_start_servers(struct stack *stack, struct err *err);

/* What ${...} stands for when the servers are these: after they are up (references.c). */
int stack_make_refs(const struct stack *stack, const struct server *servers, struct refs *refs,
                    struct err *err);
/* ${name}, ${name.port} and ${instance} are this instance's from now on. */
int stack_point_at(struct refs *refs, const struct process *process, struct err *err);
/* ${limit} is the scenario's, as it is now. */
int stack_point_at_limit(const struct stack *stack, struct refs *refs, struct err *err);

/* The scenario's own commands for its stores, before the processes start; new: before the first
 * round. And, when they are ready: every table that a command did not find is there (reset.c). */
int stack_run_resets(struct stack *stack, bool new, struct err *err);
int stack_look_for_missed(struct stack *stack, struct err *err);

/* The steps that prepare the stores (setup.c): reserves what programs need; resolves them; runs all
 * in order, before the first process and in each round. Errors name the step. */
int setup_make(struct stack *stack, struct err *err);
int setup_resolve(struct stack *stack, const struct surroundings *around, struct err *err);
int setup_renew(struct stack *stack, const struct surroundings *around, struct err *err);
int setup_run(struct stack *stack, struct err *err);
void setup_free(struct steps *steps); /* NULL is fine */

/* The address for commands of a store by its name, of the stack or that rows are read from; the
 * caller frees it. NULL: there is none (reset.c). */
int stack_reset_address(const struct stack *stack, const char *name, char **ret_url,
                        struct err *err);

/* Starts the scenario's processes in order, each ready before the next (stack.c). */
int stack_start_processes(struct stack *stack, struct err *err);

/* Keeps who is in the consumer's group before the processes start (strangers.c). */
void strangers_remember(struct stack *stack);

/* Fills the run's servers and processes, as they are just after the start (stack.c). */
void stack_describe(const struct stack *stack, struct run *run);

/* Ends the scenario's processes, the last one first. */
void stack_stop_processes(struct stack *stack);

/* The child of that name, process or server; NULL when there is none. *ret_server is NULL for a
 * process. */
struct child *stack_find(struct stack *stack, const char *name, struct server **ret_server);

#endif
