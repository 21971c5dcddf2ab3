/* Questions of a line each, answered by a line each, over a unix socket. Connects when it is
 * needed, and again when the connection was lost. One thread. */
#ifndef BASE_DIALOGUE_H
#define BASE_DIALOGUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"

struct dialogue {
    const char *path; /* borrowed */
    ns_t patience;    /* an answer later than this is none */
    int fd;           /* -1: not connected */
};

struct dialogue dialogue_at(const char *path, ns_t patience);
void dialogue_close(struct dialogue *dialogue);

/* The answer without its end of line; false: ret_answer says why there is none. */
bool dialogue_ask(struct dialogue *dialogue, const char *question, char *ret_answer, size_t size);

#endif
