/* A program of the stack, server or process of the scenario: how it is started, whether it runs,
 * how it ended, and starting it again with the same settings. One thread at a time, but for
 * child_pid. */
#ifndef STACK_CHILD_H
#define STACK_CHILD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/clock.h"
#include "base/err.h"
#include "stack/launcher.h"
#include "stack/texts.h"

struct child {
    struct launcher *launcher; /* borrowed */
    char name[32];
    struct texts argv, env; /* owned */
    char *dir, *log;        /* owned */
    uint32_t uid, gid;
    int finish_signal;
    int talk; /* our end of its standard input and output, or -1 */
    bool wants_talk;

    _Atomic pid_t pid;        /* 0: not running */
    int64_t starts, restarts; /* a round's restarts: the owner sets them back */
    off_t log_from;           /* where the log of this start begins */
    int status;           /* of the last end, as from waitpid; valid when starts > 0 and pid is 0 */
    ns_t ended;           /* when that was */
    int excused;          /* signal that was sent on purpose; see child_asked. 0: none */
    bool stopped;         /* by SIGSTOP */
    bool may_end;         /* by itself, with exit code 0 */
    const char *patience; /* the scenario's key that gives it longer to be ready; NULL: none */
};

/* Empty, and fit for child_free. */
void child_init(struct child *child, struct launcher *launcher, const char *name);
void child_free(struct child *child);

/* Sets the log file: <logs>/<name>.log. */
int child_log(struct child *child, const char *logs, struct err *err);

/* Starts it, or starts it again after it ended. */
int child_start(struct child *child, struct err *err) __attribute__((warn_unused_result));

/* Looks whether it has ended by now; true: it is not running. */
bool child_ended(struct child *child);

/* Was the end of a child that has ended asked for, by a fault or by us? A signal that means "end"
 * (KILL, TERM) excuses any end, one that mostly does (INT, QUIT, HUP) any exit, every signal the
 * end by itself. */
bool child_asked(const struct child *child);

/* Has it ended, as it may? */
bool child_is_done(struct child *child);

/* True when it has ended and nobody had asked. */
bool child_failed(struct child *child);

/* Sends a signal to it alone, or to it and all its descendants. Not running: ERR_ENVIRONMENT. */
int child_signal(struct child *child, int signal, bool descendants, struct err *err);

/* Asks it to end by the signal, and does not wait. */
void child_ask_end(struct child *child, int signal);

/* Waits for the end of one that was asked; at the deadline it is killed. */
void child_await_end(struct child *child, ns_t deadline);

/* Kills it and its descendants; waits for its end. */
void child_kill(struct child *child);

/* "exit code 3", "signal 9 (Killed)". */
const char *child_how_ended(const struct child *child, char *ret_text, size_t size);

/* Puts the tail of this start's log behind the message in err. Returns -err->code. */
int child_blame(const struct child *child, struct err *err);

#endif
