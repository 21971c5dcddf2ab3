/* A scenario built by hand, a directory for its run, and short looks into its stores. */
#ifndef TESTS_STACK_FIXTURE_H
#define TESTS_STACK_FIXTURE_H

#include <stdbool.h>

#include "model/run.h"
#include "model/spec.h"
#include "stack/stack.h"

#define FIXTURE_PROCESSES_MAX 4

struct fixture {
    struct scenario scenario;
    struct spec_process processes[FIXTURE_PROCESSES_MAX];
    struct spec_ready ready[FIXTURE_PROCESSES_MAX];
    struct spec_pipeline pipeline;
    struct run run;
    struct stack *stack;
    struct err err;
    char dir[64]; /* the run's directory */
    bool interrupted;
};

/* Redis, Postgres and an embedded Kafka with topic coupon_create, and no process. */
struct fixture *fixture_new(void);
/* Without the servers that are not named: "redis", "postgres", "kafka", or NULL for none at all. */
struct fixture *fixture_only(const char *server);
void fixture_free(struct fixture *fixture); /* takes the stack down and removes the directory */

/* Adds a process: argv as an array that ends with NULL; ready as in a scenario, each may be NULL.
 */
struct spec_process *fixture_process(struct fixture *fixture, const char *name, const char **argv,
                                     const char *http, const char *tcp, const char *log);

/* 0 or the negative code; the message is in fixture->err. */
int fixture_start(struct fixture *fixture);
int fixture_fault(struct fixture *fixture, const char *target, enum fault_action action);

/* Watches until that process of the run has ended: 20 s at most. What the last look said. */
bool fixture_watch_end(struct fixture *fixture, const char *name);
/* Waits until <dir>/<name> says so, 20 s at most. */
bool fixture_says(const struct fixture *fixture, const char *name, const char *text);

/* The whole text of <dir>/<name>; freed by the caller. "" when there is none. */
char *fixture_read(const struct fixture *fixture, const char *name);

/* Looks into stores; texts are valid until the next call. NULL: no answer. */
const char *look_redis(const struct fixture *fixture, const char *command);
const char *look_postgres(const struct fixture *fixture, const char *query);
/* Produces one record and waits for its delivery, at most timeout_ms. True: delivered. */
bool look_produce(const struct fixture *fixture, const char *topic, int timeout_ms);
/* The sum of the partitions' end offsets; -1: no answer. */
long look_ends(const struct fixture *fixture, const char *topic, int partitions);

void fixture_remove(const char *dir);
bool fixture_exists(const char *path);

#endif
