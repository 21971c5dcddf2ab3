/* What went wrong, carried from where it happened to the one place that prints it.
 *
 * A function that can fail returns 0, or the negative of an err_code, and takes a struct err * as
 * its last argument. It fills the struct only on failure; a NULL struct is allowed. Only main.c and
 * cmd_*.c turn an err_code into an exit code. Plain data: any thread may use its own. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

#define ERR_MESSAGE_MAX 1024

/* The codes name who has to act, because that decides the exit code. */
enum err_code {
    ERR_NONE = 0,
    ERR_USAGE,       /* a command line or a scenario is wrong: exit 3 */
    ERR_ENVIRONMENT, /* a server, file, port or limit of this machine: exit 4 */
    ERR_INVALID,     /* the run proves nothing, a burst was not a burst: exit 2 */
    ERR_TIMEOUT,     /* a deadline passed; what it means is the caller's decision */
    ERR_INTERRUPTED, /* SIGINT or SIGTERM asked us to stop: exit 130 */
    ERR_MEMORY,      /* out of memory, or over the maximum that a buffer was given */
    ERR_BUG,         /* a broken invariant of ours */
};

struct err {
    enum err_code code;
    bool retriable; /* the same call may succeed later */
    char message[ERR_MESSAGE_MAX];
};

/* Fills err (when not NULL) and returns -code, so that `return err_set(err, ...)` reads well. */
int err_set(struct err *err, enum err_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Like err_set, and appends ": " and strerror(errnum). */
int err_errno(struct err *err, enum err_code code, int errnum, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Puts "context: " in front of a message that is already there. Returns -err->code. */
int err_prefix(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
