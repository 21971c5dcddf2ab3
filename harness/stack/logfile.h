/* Reading what a program wrote to its log. Any thread. */
#ifndef STACK_LOGFILE_H
#define STACK_LOGFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

off_t logfile_size(const char *path); /* 0 when there is none */

/* The last lines that fit into size bytes, whole ones when there are any, without a final line
 * feed; only what was written from `from` on. "" when there is nothing. */
void logfile_tail(const char *path, off_t from, char *ret_text, size_t size);

/* True when a line from *from on contains the text. Moves *from past the lines that were read in
 * full. */
bool logfile_contains(const char *path, off_t *from, const char *text);

#endif
