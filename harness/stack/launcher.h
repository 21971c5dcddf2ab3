/* The harness's end of the keeper (keeper/wire.h): starts programs, hears of their ends. Any
 * thread. */
#ifndef STACK_LAUNCHER_H
#define STACK_LAUNCHER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/clock.h"
#include "base/err.h"

struct launcher;

struct launch {
    char *const *argv; /* argv[0]: absolute path */
    char *const *env;
    const char *dir;
    const char *log;
    uint32_t uid, gid; /* LAUNCH_SAME: as the harness */
    int finish_signal; /* what ends it when the harness is gone; 0: SIGKILL */
    int stdio; /* becomes its standard input and output; -1: none, and output goes to the log */
};

#define LAUNCH_SAME UINT32_MAX

/* Starts a keeper, which makes a new private directory with a short name and removes it at the end
 * (unless keep). Errors: ERR_ENVIRONMENT. */
int launcher_open(const char *keeper, bool keep, struct launcher **ret_launcher, struct err *err);

/* The private directory: sockets and data. Others can pass through it but not list it. */
const char *launcher_dir(const struct launcher *launcher);

/* The keeper, whose descendants are all that the run has started. */
pid_t launcher_keeper(const struct launcher *launcher);

int launcher_spawn(struct launcher *launcher, const struct launch *launch, pid_t *ret_pid,
                   struct err *err);

/* True when a program has ended; *ret_status is as from waitpid, *ret_at tells when. */
bool launcher_ended(struct launcher *launcher, pid_t pid, int *ret_status, ns_t *ret_at);

/* Asks the keeper, so that every end before this call is known after it. True when the keeper
 * itself has ended, and with it everything that it had started. */
bool launcher_gone(struct launcher *launcher);

/* The keeper kills what is left, removes the directory and ends; waits for that. NULL is fine. */
void launcher_close(struct launcher *launcher);

#endif
