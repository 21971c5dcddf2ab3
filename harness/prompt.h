/* Questions to a person at a terminal: asked on stderr, answered by a line of stdin. Main thread.
 */
#ifndef HARNESS_PROMPT_H
#define HARNESS_PROMPT_H

#include <stdbool.h>

#include "base/err.h"

#define PROMPT_LINE 4096

/* A line of its own; what came from outside is made harmless. */
void prompt_say(const char *text);

/* The answer without blanks around it. Errors: ERR_USAGE, there is none. */
int prompt_line(const char *question, char ret_line[static PROMPT_LINE], struct err *err)
    __attribute__((warn_unused_result));

/* y, n, or what Enter stands for. Errors: as prompt_line. */
int prompt_whether(const char *question, bool otherwise, bool *ret_yes, struct err *err)
    __attribute__((warn_unused_result));

#endif
