/* A member: one agent, from its place in the roll call to the last chunk of its history. Main
 * thread; the threads that it starts have ended when it returns. */
#ifndef AGENTS_MEMBER_H
#define AGENTS_MEMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"

struct member_settings {
    const char *url, *session;
    int64_t rank;    /* -1: the first that is free */
    int64_t size;    /* how many agents there are to be; 0: nobody says */
    const char *dir; /* where relative file names of the scenario are looked up */
    const char *program_dir;
    ns_t wait;                                    /* for the coordinator, and for a free rank */
    const volatile bool *stop;                    /* set by the signal handler */
    void (*say)(void *context, const char *text); /* what goes on, a line each */
    void *context;
};

/* What engines say of rank and size: JOB_COMPLETION_INDEX of Kubernetes, SLURM_PROCID and
 * SLURM_NTASKS, OMPI_COMM_WORLD_RANK and _SIZE, PMI_RANK and PMI_SIZE. lookup: getenv. *ret_rank is
 * -1 and *ret_size 0 where none says. Errors: ERR_USAGE: a value that is no such number. */
int member_place(const char *(*lookup)(const char *name), int64_t *ret_rank, int64_t *ret_size,
                 struct err *err) __attribute__((warn_unused_result));

/* Errors: ERR_USAGE, ERR_ENVIRONMENT, ERR_INVALID (nothing was fired, or not by all),
 * ERR_INTERRUPTED, ERR_MEMORY. */
int member_run(const struct member_settings *settings, struct err *err)
    __attribute__((warn_unused_result));

#endif
